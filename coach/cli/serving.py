"""`coach serve`: opens the library as its owner and serves the page."""

from __future__ import annotations

from typing import Annotated

import typer

from coach.cli.options import Home, find_person, load_settings, open_console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port on this machine.")] = 7860,
    home: Home = None,
) -> None:
    """Open the web page on this machine (127.0.0.1); Ctrl-C ends it.

    Whoever opens it works as the person that COACH_PERSON names, or as the local one. That is no log-in: whoever may read the
    data folder may read everything in it.
    """
    from coach.assembly import open_coach
    from coach.sharing import load_sharing_wording
    from coach.web.assembly import open_site
    from coach.web.server import require_port, run_server

    require_port(port)
    console = open_console(errors=True)
    settings = load_settings(home)
    with open_coach(settings, f"coach serve, port {port}") as coach, open_site(coach, settings) as site:
        coach.library.store.purge()  # what somebody was reading when it was deleted
        site.desk.conversations.clear_discarded()  # and what the last run had no time to clear
        documents = len(coach.library.store.list_states())
        if coach.fault:
            console.print(coach.fault, style="yellow", markup=False)
        if documents == 0:
            console.print(
                "The library holds no documents yet. Add some on the page, under Library; or stop this and run "
                "`coach ingest FOLDER`."
            )
        acting = find_person(coach.library.store, settings).name if settings.person else ""

        def tell() -> None:
            console.print(f"Coach answers from {documents} documents at http://127.0.0.1:{port}")
            if acting:
                console.print(load_sharing_wording().say("people.acting", name=acting), markup=False)

        run_server(site, port, tell)
