"""Takes out what a model thinks aloud: pieces of text in, what stands outside <think>...</think> out."""

from __future__ import annotations

import re
from typing import Any

_TAG = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)
_LONGEST = len("</thinking>")


class ThoughtFilter:
    """For one reply: a tag may be cut anywhere between two pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False

    def feed(self, text: str) -> str:
        """What of the text so far is surely no thought."""
        self._held += text
        shown = ""
        while tag := _TAG.search(self._held):
            shown += "" if self._inside else self._held[: tag.start()]
            self._inside = not tag[1]
            self._held = self._held[tag.end() :]
        safe = self._find_open_end()
        if not self._inside:
            shown += self._held[:safe]
        self._held = self._held[safe:]
        return shown

    def end(self) -> str:
        """What was held back because it might have been a tag."""
        rest = "" if self._inside else self._held
        self._held = ""
        return rest

    def _find_open_end(self) -> int:
        """Where a tag may have begun that is not yet whole."""
        place = self._held.rfind("<", max(0, len(self._held) - _LONGEST))
        rest = self._held[place:].lower() if place >= 0 else ""
        open_end = rest and any(tag.startswith(rest) for tag in ("<think>", "</think>", "<thinking>", "</thinking>"))
        return place if open_end else len(self._held)


def join_content(content: Any) -> str:
    """The text of a message's content, which is a text or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(_read_part(part) for part in content)


def _read_part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and part.get("type", "text") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    return ""
