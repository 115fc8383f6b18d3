"""Shows in a terminal how an answer is being written: its stages in, what stands at their end out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from coach.cli.options import drop_controls
from coach.records import Stage

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from coach.prompts import Wording

Result = TypeVar("Result")
_MARGIN = 2


def follow(steps: Iterator[Stage | Result], console: Console, wording: Wording) -> Result:
    """The answer at the end of its stages.

    On a terminal each sentence of a model's stands as soon as it was checked, and is cleared away when the answer is
    whole. Whoever interrupts it ends the work, and nothing of it is kept.

    Args:
        steps: how far the answer has come, and last the answer.
        console: where it is shown; what is no terminal gets nothing.
        wording: of a conversation.
    """
    result: Result | None = None
    with ExitStack() as stack:
        stack.callback(getattr(steps, "close", lambda: None))
        show = None
        for step in steps:
            if not isinstance(step, Stage):
                result = step
            elif console.is_terminal and not console.is_dumb_terminal and (step.statements or step.name == "writing"):
                if show is None:
                    from rich.live import Live

                    show = stack.enter_context(Live(console=console, transient=True, auto_refresh=False))
                show.update(_write_so_far(step, console, wording), refresh=True)
    assert result is not None
    return result


def _write_so_far(stage: Stage, console: Console, wording: Wording) -> Text:
    """The end of what is checked, as far as the terminal has room for it: what has scrolled away could not be cleared."""
    from rich.text import Text

    width = max(console.width - 2 * _MARGIN, 1)
    lines: list[str] = []
    for one in stage.statements:
        text = drop_controls(one.text)
        quoted = one.kind == "source" and one.origin == "quoted"
        wrapped = Text(f"“{text}”" if quoted else text).wrap(console, width)
        lines += [*(f"{' ' * _MARGIN}{line.plain.rstrip()}" for line in wrapped), ""]
    room = max(console.height - 3, 1)
    progress = wording.say("author.writing")
    return Text("\n").join([*map(Text, lines[-room:]), Text(f"{' ' * _MARGIN}{progress}", "dim")])
