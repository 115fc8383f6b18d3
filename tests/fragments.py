"""Reads the HTML that a desk shows: a fragment in, what stands in it out."""

from __future__ import annotations

from typing import Any

import lxml.html


def find_all(html: str | None, path: str) -> list[Any]:
    assert html is not None
    return list(lxml.html.fragment_fromstring(html, create_parent="div").xpath(path))


def read_text(html: str | None) -> str:
    assert html is not None
    return " ".join(lxml.html.fragment_fromstring(html, create_parent="div").text_content().split())
