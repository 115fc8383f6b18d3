"""Shows Coach with a language model that is none: the name of a script in, a page that answers with its words until Ctrl+C out.

    python -m evals.scripted [--script faithful] [--port 8111] [--page-port 7860] [--home FOLDER] [--only-model]

Scripts are the writers of `writers.py`, `obedient`, and the faults of `faults.py`. Without --home, a new library of the
starter texts is made, and is gone afterwards. `--only-model` serves the scripted model alone, for a Coach of your own:

    COACH_MODEL=openai:scripted COACH_MODEL_ADDRESS=http://127.0.0.1:8111/v1 coach serve
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from evals.scripted.faults import FAULTS
from evals.scripted.obeying import Obedient
from evals.scripted.playing import Pace, Player
from evals.scripted.server import Script, serve_script
from evals.scripted.writers import WRITERS

_ROOT = Path(__file__).parents[2]
_READABLE = Pace(first=0.6, word=0.05)
"""About as fast as a small model on a good machine, and slow enough to watch."""
MODEL = "scripted"
NOTICE = (
    'This is a scripted double at {address}, and no language model: the script "{script}" writes its words by fixed rules.\n'
    "It shows how Coach checks what a model writes. It says nothing about how well any model writes. Ctrl+C ends it."
)
NAMES = (*WRITERS, "obedient", *FAULTS)


def main() -> int:
    """Serve the script, and the page in front of it."""
    parser = argparse.ArgumentParser(
        "python -m evals.scripted", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--script", choices=NAMES, default="faithful", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--port", type=int, default=8111, help="of the scripted model")
    parser.add_argument("--page-port", type=int, default=7860)
    parser.add_argument("--home", type=Path, help="the data folder of a library that is there")
    parser.add_argument("--only-model", action="store_true", help="do not open the page")
    arguments = parser.parse_args()
    stopped = threading.Event()
    # A wish to end that comes at any moment is noted, never raised: an interrupt between two steps would end this without
    # its page and its server. Behind a shell that ignores Ctrl+C it is heard as well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with serve_script(make_script(arguments.script, _READABLE), arguments.port, model=MODEL) as server:
        print(NOTICE.format(address=server.address, script=arguments.script), flush=True)
        if arguments.only_model:
            stopped.wait()
            return 0
        return run_page(server.address, arguments.page_port, arguments.home, stopped)


def make_script(name: str, pace: Pace | None = None) -> Script:
    """The script of a name, at a pace where it writes words of its own."""
    if name in FAULTS:
        return FAULTS[name]()
    return Player(Obedient() if name == "obedient" else WRITERS[name], pace=pace)


def run_page(address: str, port: int, home: Path | None, stopped: threading.Event) -> int:
    """Run `coach serve` against a scripted model until it ends or is to be stopped; its exit code, 0 when stopped."""
    with _prepare_home(home) as folder:
        environment = {**os.environ, **name_model(address), "COACH_HOME": str(folder)}
        if home is None:
            ingested = _run(["ingest", str(_ROOT / "corpus")], environment, stopped, stdout=subprocess.DEVNULL)
            if ingested or stopped.is_set():
                return ingested
        return _run(["serve", "--port", str(port)], environment, stopped)


def _run(words: list[str], environment: dict[str, str], stopped: threading.Event, stdout: int | None = None) -> int:
    with subprocess.Popen([sys.executable, "-m", "coach", *words], env=environment, stdout=stdout) as command:
        while command.poll() is None:
            if stopped.wait(0.1):
                # Of Ctrl+C the command has heard as well; of the end of this process alone it has not.
                command.terminate()
                command.wait(30)
        return 0 if stopped.is_set() else command.returncode


def name_model(address: str) -> dict[str, str]:
    """The environment in which Coach asks the scripted model."""
    return {"COACH_MODEL": f"openai:{MODEL}", "COACH_MODEL_ADDRESS": address, "COACH_MODEL_KEY": "none"}


@contextlib.contextmanager
def _prepare_home(home: Path | None) -> Iterator[Path]:
    if home is not None:
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="coach-demo-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
