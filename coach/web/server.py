"""Serves the pages on this machine alone: a site in, HTTP on 127.0.0.1 out."""

from __future__ import annotations

import contextlib
import errno
import socket
import warnings
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio

from coach.errors import CoachError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio import Blocks

    from coach.store.conversations import ConversationStore
    from coach.web.assembly import Site
    from coach.web.desk import Desk

HOST = "127.0.0.1"
_MOST_WAITING = 200
_MOST_SESSIONS = 16
"""Gradio keeps what was last shown to each visit, for ever; nothing here reads it, so that the oldest may go."""
_UNDO = timedelta(seconds=60)
"""For how long a deleted conversation can be brought back."""
_CLEARING_SECONDS = 15
_PREPARING_SECONDS = 5


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


def build_app(site: Site, port: int) -> FastAPI:
    """The pages with their guards, as an ASGI application."""
    from fastapi import FastAPI

    from coach.web import (
        arrivals,
        case_routes,
        coverage_page,
        evaluate_routes,
        pictures,
        plan_routes,
        rate_routes,
        routes,
    )
    from coach.web.guard import Guard
    from coach.web.head import HeadWriter

    desk, coach, find_person = site.desk, site.coach, site.find_person

    @contextlib.asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_clear_discarded, desk.conversations)
            tasks.start_soon(_keep_prepared, desk)
            yield
            tasks.cancel_scope.cancel()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=live)

    @app.get("/health")
    def health() -> dict[str, object]:
        """Whether the page is up, and whether the vector index is in use."""
        return {"ready": True, "index": coach.retriever.index_kind}

    for router in (
        routes.build_router(desk.conversations, desk.commitments, find_person),
        pictures.build_router(site.pictures, find_person),
        arrivals.build_router(site.arrivals, find_person),
        plan_routes.build_router(site.plans, find_person),
        case_routes.build_router(site.cases, find_person),
        coverage_page.build_router(site.coverage, find_person),
        evaluate_routes.build_router(site.evaluation, find_person),
        rate_routes.build_router(site.rating, find_person),
        routes.build_refusals(),
    ):
        app.include_router(router)
    blocks = _lay_out(site)
    blocks.state_session_capacity = _MOST_SESSIONS
    blocks.queue(max_size=_MOST_WAITING, default_concurrency_limit=4, api_open=False)
    # Several pages end its rendering on the server, it warns, which is not asked for here.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SSR mode is not supported", UserWarning)
        mounted = _mount(app, blocks, port)
    mounted.add_middleware(HeadWriter, elements=routes.write_head())
    mounted.add_middleware(Guard, origins=[f"http://{name}:{port}" for name in (HOST, "localhost")])
    return mounted


def _lay_out(site: Site) -> Blocks:
    """Every page, each under its address."""
    import gradio as gr

    from coach.web.ask_page import build_ask_page
    from coach.web.evaluate_page import build_evaluate_page
    from coach.web.library_page import build_library_page
    from coach.web.plan_page import build_plan_page
    from coach.web.rate_page import build_rate_page
    from coach.web.wording import load_page_wording

    find_person, header, wording = site.find_person, site.header, load_page_wording()
    blocks: Blocks
    with gr.Blocks(title=wording.say("page.title"), analytics_enabled=False) as blocks:
        build_ask_page(site.desk, find_person, wording, header)
    with blocks.route(wording.say("page.library"), "library", show_in_navbar=False):
        build_library_page(site.library, find_person, site.arrivals.megabytes, header)
    with blocks.route(site.plans.wording.say("plan.title"), "plan", show_in_navbar=False):
        build_plan_page(site.plans, find_person, header)
    with blocks.route(site.evaluation.bench.say("evaluate.title"), "evaluate", show_in_navbar=False):
        build_evaluate_page(site.evaluation, find_person, header)
    with blocks.route(site.rating.wording.say("rate.title"), "rate", show_in_navbar=False):
        build_rate_page(site.rating, find_person, header)
    return blocks


def _mount(app: FastAPI, blocks: Blocks, port: int) -> FastAPI:
    """Gradio with everything off that is not needed."""
    import gradio as gr

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
        # Its fonts and colours are page.css's: the theme brings none from elsewhere.
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    )
    return mounted


async def _clear_discarded(conversations: ConversationStore) -> None:
    """Delete for good what was deleted a minute ago and not brought back."""
    while True:
        await anyio.sleep(_CLEARING_SECONDS)
        await anyio.to_thread.run_sync(conversations.clear_discarded, datetime.now(UTC) - _UNDO)


async def _keep_prepared(desk: Desk) -> None:
    """Have ready what a first visit shows, from the start and soon after every change of the library."""
    prepared = -1
    while True:
        generation = await anyio.to_thread.run_sync(desk.store.read_generation)
        if generation != prepared:
            await anyio.to_thread.run_sync(desk.prepare)
            prepared = generation
        await anyio.sleep(_PREPARING_SECONDS)


def run_server(site: Site, port: int, on_ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C. `on_ready` is called when the page answers."""
    import uvicorn

    class ReadyServer(uvicorn.Server):
        """Says so when its socket is open."""

        async def startup(self, sockets: Sequence[socket.socket] | None = None) -> None:
            """Open the socket, then tell."""
            await super().startup(list(sockets) if sockets is not None else None)
            if self.started:
                on_ready()

    config = uvicorn.Config(build_app(site, port), host=HOST, port=port, log_level="warning", workers=1)
    # Ctrl-C is how a person ends the page: no error, and nothing to complain of.
    with contextlib.suppress(KeyboardInterrupt):
        ReadyServer(config).run()
