"""Brings style and script into the pages from their first byte: HTTP responses in, HTML with the elements in its head out.

Gradio adds what it is given as `head` only when its own script has run: until then the page would be seen without its style.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_END = b"</head>"


class HeadWriter:
    """Puts elements at the end of the head of every HTML page."""

    def __init__(self, app: ASGIApp, elements: str) -> None:
        self._app = app
        self._elements = elements.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and change the answer if it is a page."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def send_written(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body"):
                    for one in self._write(held):
                        await send(one)

        # Compressed, it could not be written into; a page is small and the way to it short.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, send_written)

    def _write(self, held: list[Message]) -> list[Message]:
        start, *parts = held
        body = b"".join(part.get("body", b"") for part in parts).replace(_END, self._elements + _END, 1)
        MutableHeaders(scope=start)["content-length"] = str(len(body))
        return [start, {"type": "http.response.body", "body": body}]


def _is_page(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")
