"""Grids of cells as hypothesis makes them up: headers, titles, blanks, totals, turns and bullets in any mixture."""

from __future__ import annotations

from hypothesis import strategies as st

CELLS = st.one_of(
    st.just(""),
    st.text(max_size=12),
    st.sampled_from(
        [
            "What is leadership?", "U: a\nA: b\nU: c?", "1. a\n2. b", "Total", "Notes:", "Strand 1: Learning", "Y", "no", "x",
            "principal", "CO / SL", "should refuse", "draft", "locked", "“quote” a.pdf p. 4", "p. 3", "a; b | c", "n/a", "-",
            "ID", "Question", "Must mention", "Answerable (Y/N)", "Role", "History", "Source", "json:[", 'json:"a"', "json:[{}]",
            "=1+1", "'=1", "7", "7", " ", "\u00a0", "[['a','b']]", "[1, 2]", '{"a": 1}', "contains: x", "[" * 300,
        ]
    ),
)  # fmt: skip
HEADERS = st.lists(
    st.sampled_from(
        [
            "ID", "Question", "Role", "Topic", "Type", "History", "Expected outcome", "Answerable?", "Must mention", "Status",
            "Must not say", "Source", "Quote", "Page", "Document", "Ideal answer", "Notes", "", "Other", "Names", "Turn 1",
            "Turn 2", "__expected", "Wants guidance", "Passage label", "Context", "Expected", "Reference", "Number",
        ]
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip
GRIDS = st.tuples(
    st.lists(st.lists(CELLS, max_size=3), max_size=2),
    HEADERS,
    st.lists(st.lists(CELLS, max_size=9), max_size=8),
).map(lambda parts: [*parts[0], parts[1], *parts[2]])
