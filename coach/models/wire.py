"""The wire to a model's server: an address and a patience in, an HTTP client whose every wait ends with that patience out.

The timeouts of HTTP clients hold for one read each, so a server that sends a little now and then is never late for them.
Here each connect, read and write of the socket itself is given what is left until the deadline. So nothing waits in a
thread, nothing has to be stopped from elsewhere, and closing the wire closes its one connection.
"""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from coach.models.deadlines import Patience
from coach.models.naming import is_loopback

# What is packed small may unpack to more than any memory holds.
_PACKING = frozenset({b"accept-encoding"})
# A library that finds a key in the environment would send it to whoever is asked.
_KEY_HEADERS = frozenset({b"authorization", b"x-api-key", b"api-key"})


class Wire:
    """One client for one reply. The libraries of providers use either of two HTTP packages of the same interface."""

    def __init__(self, web: ModuleType, core: ModuleType, address: str, patience: Patience, keyed: bool) -> None:
        """Open nothing yet.

        Args:
            web: `httpx` or `httpx2`.
            core: `httpcore` or `httpcore2`, which belongs to it.
            address: the base URL that will be asked.
            patience: of the reply.
            keyed: whether a key was configured for that address.
        """
        self._web = web
        local = is_loopback(address)
        tls = web.create_ssl_context() if address.startswith("https:") else None
        # An environment's proxy is for other machines: what is meant for this one must not travel.
        proxy = None if local else _find_proxy(web, core, address)
        self._pool = core.ConnectionPool(
            ssl_context=tls,
            proxy=proxy,
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_Backend(core, _Waits(core, patience), local),
        )
        dropped = _PACKING if keyed else _PACKING | _KEY_HEADERS
        self.transport: Any = _Transport(web, core, self._pool, dropped)
        self.idle_transport: Any = web.AsyncBaseTransport()
        """For the second client that the libraries make and that nothing here uses: it can send nothing."""

    def make_client(self) -> Any:
        """A client that follows no redirection, and asks the environment for nothing."""
        return self._web.Client(transport=self.transport, trust_env=False, follow_redirects=False, timeout=None)

    def make_idle_client(self) -> Any:
        """An asynchronous client that can send nothing."""
        return self._web.AsyncClient(transport=self.idle_transport, trust_env=False)

    def close(self) -> None:
        """Close the connection, in the middle of a reply too."""
        self._pool.close()


def open_wire(address: str, patience: Patience, *, keyed: bool) -> Wire:
    """A wire for the libraries that use httpx."""
    import httpcore
    import httpx

    return Wire(httpx, httpcore, address, patience, keyed)


def open_newer_wire(address: str, patience: Patience, *, keyed: bool) -> Wire:
    """A wire for the libraries that use httpx2."""
    import httpcore2
    import httpx2

    return Wire(httpx2, httpcore2, address, patience, keyed)


def _find_proxy(web: ModuleType, core: ModuleType, address: str) -> Any:
    parts = urlsplit(address)
    proxies = urllib.request.getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or urllib.request.proxy_bypass(parts.netloc):
        return None
    proxy = web.Proxy(url)
    return core.Proxy(url=str(proxy.url), auth=proxy.raw_auth)


class _Waits:
    """What is left of a patience, as the timeout of one operation on a socket."""

    def __init__(self, core: ModuleType, patience: Patience) -> None:
        self._core = core
        self.patience = patience

    def wait(self) -> float:
        if self.patience.is_late or self.patience.is_flooded:
            raise self._core.ReadTimeout("The patience has ended.")
        return max(self.patience.seconds, 0.001)  # zero would mean not to wait at all


class _Stream:
    """A socket of the library's, each of whose operations has our timeout in place of the given one."""

    def __init__(self, inner: Any, waits: _Waits) -> None:
        self._inner = inner
        self._waits = waits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        data: bytes = self._inner.read(max_bytes, self._waits.wait())
        self._waits.patience.receive(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._inner.write(buffer, self._waits.wait())

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> _Stream:
        del timeout
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._waits.wait()), self._waits)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend:
    """Opens sockets of that kind."""

    def __init__(self, core: ModuleType, waits: _Waits, local: bool) -> None:
        self._core = core
        self._inner = core.SyncBackend()
        self._waits = waits
        self._local = local

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> _Stream:
        del timeout
        stream = self._inner.connect_tcp(host, port, self._waits.wait(), **options)
        # A name may change its meaning between two look-ups.
        if self._local and not ipaddress.ip_address(stream.get_extra_info("server_addr")[0]).is_loopback:
            stream.close()
            raise self._core.ConnectError("The address is not of this machine.")
        return _Stream(stream, self._waits)

    def sleep(self, seconds: float) -> None:
        """Never: nothing is tried again at this level."""


class _Transport:
    """Hands the requests of a client to a pool of the library below it."""

    def __init__(self, web: ModuleType, core: ModuleType, pool: Any, dropped: frozenset[bytes]) -> None:
        self._web = web
        self._core = core
        self._pool = pool
        self._dropped = dropped
        self._body = _make_body(web)

    def handle_request(self, request: Any) -> Any:
        headers = [(name, value) for name, value in request.headers.raw if name.lower() not in self._dropped]
        headers.append((b"Accept-Encoding", b"identity"))
        url = request.url
        asked = self._core.Request(
            method=request.method,
            url=self._core.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=headers,
            content=request.stream,
            extensions=request.extensions,
        )
        with _translate(self._web):
            answer = self._pool.handle_request(asked)
        response = self._web.Response(answer.status, headers=answer.headers, stream=self._body(answer.stream))
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise self._web.DecodingError("The answer is packed, which was not asked for.")
        return response

    def close(self) -> None:
        self._pool.close()


def _make_body(web: ModuleType) -> Any:
    """The class of a reply's bytes, which must descend from one of the library's."""

    class Body(web.SyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        def __iter__(self) -> Iterator[bytes]:
            with _translate(web):
                yield from self._inner

        def close(self) -> None:
            self._inner.close()

    return Body


@contextmanager
def _translate(web: ModuleType) -> Iterator[None]:
    """Errors of the library below, as those of the same name in the one above."""
    try:
        yield
    except Exception as error:
        names = (kind.__name__ for kind in type(error).__mro__ if kind.__module__.startswith("httpcore"))
        known = next((name for name in names if hasattr(web, name)), None)
        if known is None:
            raise
        raise getattr(web, known)(str(error)) from error
