"""Serves the page on this machine alone: an opened Coach in, HTTP on 127.0.0.1 out."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from coach.errors import CoachError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from coach.assembly import OpenCoach

HOST = "127.0.0.1"


def require_port(port: int) -> None:
    """Find out before anything is loaded whether the port can be had.

    Raises:
        CoachError: another program uses it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CoachError(f"Port {port} cannot be opened ({error.strerror}). Choose one above 1024.") from error
            other = port + 1 if port < 65535 else 7860
            raise CoachError(
                f"Port {port} is in use by another program. Stop it, or choose another: `coach serve --port {other}`."
            ) from error


def build_app(coach: OpenCoach, port: int) -> FastAPI:
    """The page with its guards, as an ASGI application."""
    import gradio as gr
    from fastapi import FastAPI

    from coach.web.guard import Guard
    from coach.web.page import build_page

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health() -> dict[str, object]:
        """Whether the page is up, and whether the vector index is in use."""
        return {"ready": True, "index": coach.retriever.index_kind}

    blocks = build_page(coach).queue(max_size=100, default_concurrency_limit=4, api_open=False)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        server_name=HOST,
        server_port=port,
        allowed_paths=[],
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        footer_links=[],
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        theme=gr.themes.Base(
            primary_hue="teal",
            neutral_hue="stone",
            font=["system-ui", "sans-serif"],
            font_mono=["ui-monospace", "monospace"],
        ),
        css=_read("style.css"),
        head=f"<style>{_read('layout.css')}</style>",
    )
    mounted.add_middleware(Guard, origins=[f"http://{name}:{port}" for name in (HOST, "localhost")])
    return mounted


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8")


def run_server(coach: OpenCoach, port: int, on_ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C. `on_ready` is called when the page answers."""
    import uvicorn

    class ReadyServer(uvicorn.Server):
        """Says so when its socket is open."""

        async def startup(self, sockets: Sequence[socket.socket] | None = None) -> None:
            """Open the socket, then tell."""
            await super().startup(list(sockets) if sockets is not None else None)
            if self.started:
                on_ready()

    config = uvicorn.Config(build_app(coach, port), host=HOST, port=port, log_level="warning", workers=1)
    # Ctrl-C is how a person ends the page: no error, and nothing to complain of.
    with contextlib.suppress(KeyboardInterrupt):
        ReadyServer(config).run()
