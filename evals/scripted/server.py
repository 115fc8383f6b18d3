"""A scripted language model behind the OpenAI chat protocol: messages over HTTP in, the pieces of a script out."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

_LENGTHS = (1, 4, 2, 7, 3, 11, 5)
_MOST_BODY = 32 * 1024 * 1024
_SSE = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
_REASONS = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    429: "requests",
}


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing for so many seconds; as the first piece, no header either. The end of the server, and a client that leaves,
    end it early."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Break:
    """The connection is closed here, in the middle of the reply."""


@dataclass(frozen=True, slots=True)
class Raw:
    """These bytes stand where an event should; in a reply that does not stream they are the whole body."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Status:
    """Another HTTP status in place of a reply. It must be the first piece."""

    code: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delta:
    """Fields of one delta that are no text: tool calls, a refusal, reasoning."""

    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finish:
    """The reply ends here for this reason; without it the reason is "stop"."""

    reason: str


Piece: TypeAlias = str | Pause | Break | Raw | Status | Delta | Finish


class Script(Protocol):
    """What a model would say."""

    def reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[Piece]:
        """The pieces of one reply to these messages, each with "role" and "content"."""
        ...


class Broken(Exception):
    """The script breaks the connection off."""


class Left(Exception):
    """The client closed the connection, or the server ends."""


def make_error(message: str, code: str | None = None, kind: str = "invalid_request_error") -> bytes:
    """The body of an error as OpenAI's servers write it."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json.dumps({"error": error}, ensure_ascii=False).encode()


def cut_text(text: str, lengths: Iterator[int]) -> Iterator[str]:
    """Small parts of a text, cut as tokens would be: also within words, never within a character."""
    place = 0
    while place < len(text):
        length = next(lengths)
        yield text[place : place + length]
        place += length


class ScriptedServer:
    """A running server and what it has seen so far."""

    def __init__(
        self,
        script: Script,
        port: int = 0,
        *,
        model: str = "scripted",
        key: str | None = None,
        paths: Collection[str] = (),
        certificate: Path | None = None,
    ) -> None:
        self.script = script
        self.paths = frozenset({"/v1/chat/completions", *paths})
        self.model = model
        self.key = key
        self.requests: list[bytes] = []
        """Bodies of the requests for a reply, in order."""
        self.headers: list[dict[str, str]] = []
        """Headers of those requests, names in lower case."""
        self.strays: list[str] = []
        """Paths of posts that asked for something else."""
        self.disconnects = 0
        """How often a client left before the end of a reply."""
        self.faults: list[Exception] = []
        """What scripts raised."""
        self._changed = threading.Condition()
        self._connections: set[socket.socket] = set()
        self._ended, self._end = os.pipe()
        self._scheme = "http" if certificate is None else "https"
        self._http = _Listener(("127.0.0.1", port), self, certificate)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="scripted-server")
        self._thread.start()

    @property
    def address(self) -> str:
        """What a client takes as its base URL."""
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def open_connections(self) -> int:
        """Connections that are open now."""
        with self._changed:
            return len(self._connections)

    def wait_for_quiet(self, seconds: float = 5.0) -> bool:
        """Whether every connection was closed within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._connections, seconds)

    def close(self) -> None:
        """End every reply and every thread."""
        os.close(self._end)  # wakes all pauses
        self._http.shutdown()
        self._thread.join()
        with self._changed:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()
        os.close(self._ended)

    def pause(self, connection: socket.socket, seconds: float) -> None:
        """Wait, but no longer than the client and the server are there.

        Raises:
            Left: one of them is gone.
        """
        ready, _, _ = select.select([connection.fileno(), self._ended], [], [], seconds)
        if ready:
            raise Left

    def remember(self, connection: socket.socket) -> None:
        """A connection was opened."""
        with self._changed:
            self._connections.add(connection)

    def forget(self, connection: socket.socket) -> None:
        """A connection was closed."""
        with self._changed:
            self._connections.discard(connection)
            self._changed.notify_all()

    def count_disconnect(self) -> None:
        """A client left before the end of a reply."""
        with self._changed:
            self.disconnects += 1

    def record(self, body: bytes, headers: Mapping[str, str]) -> None:
        """A request came."""
        with self._changed:
            self.requests.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})


class _Listener(ThreadingHTTPServer):
    daemon_threads = False  # so that the end waits for every connection's thread
    request_queue_size = 64

    def __init__(self, place: tuple[str, int], owner: ScriptedServer, certificate: Path | None) -> None:
        self.owner = owner
        super().__init__(place, _Connection)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, and only then say that it is closed."""
        super().shutdown_request(request)
        self.owner.forget(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ends in an error says nothing on the terminal: the script's fault is kept elsewhere."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one write for an event, not one for each part of it

    @property
    def owner(self) -> ScriptedServer:
        return cast(_Listener, self.server).owner

    def setup(self) -> None:
        super().setup()
        self.in_reply = False
        self.owner.remember(self.connection)

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        if self.in_reply:
            self.owner.count_disconnect()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            entry = {"id": self.owner.model, "object": "model", "created": 0, "owned_by": "coach"}
            self._send(200, json.dumps({"object": "list", "data": [entry]}).encode())
        elif self.path == "/health":
            self._send(200, b'{"status":"ok"}')
        else:
            self._refuse(404, f"Unknown request URL: GET {self.path}.", "unknown_url")

    def do_POST(self) -> None:
        body = self._read_body()
        if body is None:
            return
        if self.path.split("?")[0] not in self.owner.paths:
            self.owner.strays.append(self.path)
            self._refuse(404, f"Unknown request URL: POST {self.path}.", "unknown_url")
            return
        self.owner.record(body, dict(self.headers.items()))
        if self.owner.key is not None and self.headers.get("Authorization") != f"Bearer {self.owner.key}":
            self._refuse(401, "Incorrect API key provided.", "invalid_api_key")
            return
        try:
            asked = _read_request(body)
        except ValueError as error:
            self._refuse(400, str(error))
            return
        self._reply(asked)

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BODY:
            self.close_connection = True
            self._refuse(411 if not length.isdigit() else 413, "The length of the body is missing or too large.")
            return None
        return self.rfile.read(int(length))

    def _reply(self, asked: _Request) -> None:
        pieces = self.owner.script.reply(asked.messages)
        self.in_reply = True
        try:
            while isinstance(first := next(pieces, ""), Pause):
                self.owner.pause(self.connection, first.seconds)  # before any header
            if isinstance(first, Status):
                self._send(first.code, first.body, first.headers)
            elif asked.stream:
                self._stream(asked, _chain(first, pieces))
            else:
                self._whole(asked, _chain(first, pieces))
            self.in_reply = False
        except (Left, ConnectionError):
            self.close_connection = True
        except Broken:
            self.in_reply, self.close_connection = False, True
        except Exception as error:  # a script's own fault: the test reads it from the server
            self.owner.faults.append(error)
            self.in_reply, self.close_connection = False, True
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _stream(self, asked: _Request, pieces: Iterator[Piece]) -> None:
        self.send_response(200)
        for name, value in (*_SSE.items(), ("Transfer-Encoding", "chunked")):
            self.send_header(name, value)
        self.end_headers()
        self._event(asked.chunk({"role": "assistant", "content": ""}))
        lengths, written, reason = cycle(_LENGTHS), 0, "stop"
        for piece in pieces:
            if isinstance(piece, str):
                for part in cut_text(piece, lengths):
                    self._event(asked.chunk({"content": part}))
                    written += 1
            elif isinstance(piece, Delta):
                self._event(asked.chunk(piece.fields))
            elif isinstance(piece, Raw):
                self._chunk(piece.data)
            elif isinstance(piece, Finish):
                reason = piece.reason
                break
            else:
                self._hold(piece)
        self._event(asked.chunk({}, reason))
        if asked.usage:
            self._event(asked.chunk_of_usage(written))
        self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _whole(self, asked: _Request, pieces: Iterator[Piece]) -> None:
        text, fields, reason = "", dict[str, Any](), "stop"
        for piece in pieces:
            if isinstance(piece, str):
                text += piece
            elif isinstance(piece, Delta):
                fields |= piece.fields
            elif isinstance(piece, Raw):
                self._send(200, piece.data)
                return
            elif isinstance(piece, Finish):
                reason = piece.reason
                break
            else:
                self._hold(piece)
        self._send(200, asked.whole({"role": "assistant", "content": text or None, **fields}, text, reason))

    def _hold(self, piece: Pause | Break | Status) -> None:
        if isinstance(piece, Pause):
            self.owner.pause(self.connection, piece.seconds)
        elif isinstance(piece, Break):
            raise Broken
        else:
            raise ValueError("Status must be the first piece of a reply.")

    def _event(self, event: Mapping[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.owner.pause(self.connection, 0)  # a client that has left is seen before the next write
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def _refuse(self, code: int, message: str, name: str | None = None) -> None:
        self._send(code, make_error(message, name, _REASONS.get(code, "server_error")))

    def _send(self, code: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in ({"Content-Type": "application/json"} | dict(headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


@dataclass(frozen=True, slots=True)
class _Request:
    model: str
    messages: tuple[Mapping[str, str], ...]
    stream: bool
    usage: bool

    def chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def chunk_of_usage(self, written: int) -> dict[str, Any]:
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage(written)}

    def whole(self, message: Mapping[str, Any], text: str, reason: str) -> bytes:
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        written = len(list(cut_text(text, cycle(_LENGTHS))))
        answer = {**self._head("chat.completion"), "choices": [choice], "usage": self._usage(written)}
        return json.dumps(answer, ensure_ascii=False).encode()

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-scripted", "object": kind, "created": 0, "model": self.model}

    def _usage(self, written: int) -> dict[str, int]:
        asked = sum(len(message["content"].split()) for message in self.messages)
        return {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written}


def _read_request(body: bytes) -> _Request:
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise ValueError("We could not parse the JSON body of your request.") from error
    messages = asked.get("messages") if isinstance(asked, dict) else None
    if not isinstance(messages, list) or not messages:
        raise ValueError("Missing required parameter: 'messages'.")
    if not isinstance(asked.get("model"), str):
        raise ValueError("You must provide a model parameter.")
    options = asked.get("stream_options") or {}
    read = tuple(_read_message(message) for message in messages)
    return _Request(asked["model"], read, bool(asked.get("stream")), bool(options.get("include_usage")))


def _read_message(message: Any) -> Mapping[str, str]:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ValueError("Invalid type for 'messages': each must be an object with a role.")
    content = message.get("content") or ""
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content)
    return {"role": message["role"], "content": str(content)}


def _chain(first: Piece, rest: Iterator[Piece]) -> Iterator[Piece]:
    yield first
    yield from rest


@contextlib.contextmanager
def serve_script(
    script: Script,
    port: int = 0,
    *,
    model: str = "scripted",
    key: str | None = None,
    paths: Collection[str] = (),
    certificate: Path | None = None,
) -> Iterator[ScriptedServer]:
    """A server on 127.0.0.1 for the time of the block.

    Args:
        script: what it says.
        port: 0 takes a free one.
        model: what `GET /v1/models` names; requests may name any.
        key: without this key in a request it answers 401; None asks for none.
        paths: where else it answers, such as the path of an Azure deployment.
        certificate: a file with a certificate and its key; with it the server speaks TLS.
    """
    server = ScriptedServer(script, port, model=model, key=key, paths=paths, certificate=certificate)
    try:
        yield server
    finally:
        server.close()
