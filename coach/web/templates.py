"""Fills the page's HTML templates: a name and values in, HTML out in which every value is escaped.

Everything that a reader, a document or a model wrote passes through here as text, so that no word of theirs can load, link
or cover anything: only the tags of templates/ reach the browser.
"""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from coach.prompts import load_wording
from coach.sharing import load_sharing_wording
from coach.web.evaluate_wording import load_evaluate_wording
from coach.web.library_wording import load_library_wording
from coach.web.plan_wording import load_plan_page_wording
from coach.web.rate_wording import load_rate_page_wording
from coach.web.wording import load_page_wording


@cache
def _open_environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["say"] = _say
    # Sentences that answers are made of stand in wording.toml.
    environment.globals["say_answer"] = load_wording().say
    return environment


def _say(name: str, /, **values: object) -> str:
    page = load_page_wording()
    others = (
        load_sharing_wording(),
        load_library_wording(),
        load_plan_page_wording(),
        load_evaluate_wording(),
        load_rate_page_wording(),
    )
    return next((one for one in (page, *others) if name in one.sentences), page).say(name, **values)


def fill(name: str, **values: object) -> str:
    """The HTML of `templates/NAME.html`; `say` writes a wording of the pages or of prompts/sharing.toml."""
    return _open_environment().get_template(f"{name}.html").render(**values)


def embed(html: str) -> Markup:
    """HTML that `fill` wrote, as a value of another template, which takes any other value for text."""
    return Markup(html)  # noqa: S704 - every value in it was escaped when it was written


def fill_notice(text: str, *, trouble: bool = False, undo: str = "") -> str:
    """The HTML of a line that stands until it is dismissed; `undo` is the id of a conversation that can be brought back."""
    # Numbered, because the browser leaves a part alone that is the same as before.
    return fill("notice", text=text, trouble=trouble, undo=undo, number=uuid.uuid4().hex)


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def name_number(count: int) -> str:
    """A count as it stands in a sentence: in words up to twelve."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"
