"""Keeps other pages out and this one in: HTTP requests in, the same with checks before and security headers after."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Gradio puts scripts and styles into the page itself; what matters is that nothing can be loaded from, or sent to,
# another host.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-src 'none'; frame-ancestors 'none'; worker-src 'self' blob:"
)
_PERSONAL = ("text/html", "application/json", "text/event-stream", "text/plain")
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Refuses requests that another web page makes a browser send, and names of hosts that are not this machine."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._hosts = frozenset(origin.split("//", 1)[1] for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 403, or hand on and add the headers."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        reason = self._find_reason(scope, headers)
        if reason is not None:
            await PlainTextResponse(reason, status_code=403)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    response_headers[name] = value
                # What was asked and answered stays in no browser's cache.
                if response_headers.get("content-type", "").startswith(_PERSONAL):
                    response_headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _find_reason(self, scope: Scope, headers: Headers) -> str | None:
        # A name of the attacker's that resolves to this machine would make their page "same origin".
        if headers.get("host") not in self._hosts:
            return "This page is served to this machine alone."
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return "Requests from other pages are refused."
        if scope.get("method") not in _SAFE_METHODS and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return "Requests from other pages are refused."
        return None
