"""What stands above every page: who may ask for what in, the header with the pages that are this person's out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from coach.errors import CoachError
from coach.web.parts import bind, build_part
from coach.web.people import FindVisitor, Request
from coach.web.templates import fill


@dataclass(frozen=True, slots=True)
class Header:
    """The header of the pages."""

    find_person: FindVisitor
    is_trainer: Callable[[str], bool]
    """Whether a person works as a trainer: only then are there pages for trainers."""
    expects_trainer: bool
    """Whether a trainer is expected, before it is known who asks: then nothing moves for whom this is right."""
    fault: bool
    """Whether the vector index is not in use."""

    def build(self, page: str) -> None:
        """Lay the header of a page out in the blocks that are open. At every load it follows the person's roles.

        Args:
            page: its name, such as `ask`.
        """
        top = build_part("top", value=self.write(page, is_trainer=self.expects_trainer))

        def load(request: gr.Request) -> Any:
            is_trainer = self.shows_trainers(request)
            return gr.skip() if is_trainer == self.expects_trainer else self.write(page, is_trainer=is_trainer)

        context = gr.context.Context.root_block
        assert context is not None
        bind(context.load, load, None, [top])

    def shows_trainers(self, request: Request | None) -> bool:
        """Whether whoever asks works as a trainer; nobody does not."""
        try:
            return self.is_trainer(self.find_person(request))
        except CoachError:
            return False

    def write(self, page: str, *, is_trainer: bool) -> str:
        """The HTML of a page's header."""
        return fill("header", page=page, fault=self.fault, is_trainer=is_trainer)
