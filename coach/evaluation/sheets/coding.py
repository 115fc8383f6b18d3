"""How values stand in cells: any JSON value in, a text that no spreadsheet program runs out; and back."""

from __future__ import annotations

import json
import re
from typing import Any

CODED = "json:"
"""Before a value that plain text would not give back."""
_RISKY = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")

_UNSOUND = re.compile("[\x00\ud800-\udfff]")


def neutralise(text: str) -> str:
    """A text that no spreadsheet program takes for a formula: an apostrophe before what begins as one.

    `restore` gives the text back, whatever it is.
    """
    return f"'{text}" if _RISKY.match(text) else text


def restore(text: str) -> str:
    """What `neutralise` was given; other texts stay as they are."""
    return text[1:] if text.startswith("'") and _RISKY.match(text) else text


def encode_value(value: Any) -> str:
    """A JSON value as the text of a cell: texts as they are, unless they begin as coded values do."""
    if isinstance(value, str) and not value.startswith(CODED):
        return value
    return _encode(value)


def encode_text(text: str) -> str:
    """A text in coded form, whatever it is, so that nothing of it is tidied."""
    return _encode(text)


def _encode(value: Any) -> str:
    # Spreadsheet programs read _x0041_ as a letter.
    return CODED + json.dumps(value, ensure_ascii=True).replace("_x", "\\u005fx")


def clean(value: Any) -> Any:
    """A JSON value whose texts can be kept anywhere: no halves of characters, and no character 0."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "") if _UNSOUND.search(value) else value
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        return {clean(key): clean(one) for key, one in value.items()}
    return value


def decode_value(text: str) -> Any:
    """The value of a cell: what stands behind `json:`, else the text itself."""
    stripped = text.strip()
    if not stripped.startswith(CODED):
        return text
    try:
        return clean(json.loads(stripped.removeprefix(CODED)))
    except (ValueError, RecursionError):
        return text
