"""The command line: argv in, exit code out. Each command is four moves: parse, build, call, render.

Nothing heavy is imported here or in a command's module; a command imports what it needs when it runs, so that `--help`
answers at once.
"""

from __future__ import annotations

import io
import sys

import typer

from coach.cli import (
    answering,
    chat,
    commitments,
    conversations,
    coverage,
    doctor,
    evaluation,
    ingesting,
    library,
    model,
    people,
    plans,
    practices,
    protocols,
    serving,
    sharing,
)
from coach.errors import CoachError, UsageError
from coach.privacy import silence_libraries

app = typer.Typer(
    name="coach",
    help="Answers for school leaders from your study documents, with citations that open at the exact words.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ingesting.register(app)
answering.register(app)
chat.register(app)
conversations.register(app)
commitments.register(app)
plans.register(app)
protocols.register(app)
sharing.register(app)
people.register(app)
evaluation.register(app)
coverage.register(app)
serving.register(app)
library.register(app)
practices.register(app)
model.register(app)
doctor.register(app)


def main() -> None:
    """Run a command; what a person can cause ends in one message and no traceback."""
    silence_libraries()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a curly quote shows a question mark.
            stream.reconfigure(errors="replace")
    try:
        app()
    except UsageError as error:
        _complain(str(error), 2)
    except CoachError as error:
        _complain(str(error), 1)
    except KeyboardInterrupt:
        _complain("Stopped.", 1)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            # The reader of our output has gone, as `| head` does: there is nobody left to tell.
            sys.stderr.close()
            raise SystemExit(1) from None
        place = f": {error.filename}" if error.filename else ""
        _complain(f"{error.strerror or error}{place}. Check that folder, its owner and the free space.", 1)


def _complain(message: str, code: int) -> None:
    sys.stderr.write(f"coach: {message}\n")
    raise SystemExit(code)
