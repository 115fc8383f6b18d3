"""Rows of the tables as records, and records as rows: the one place that knows both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from coach.records import DocumentCard, HiddenText, Metadata, Passage, Sentence, Span
from coach.store import tables

_SHORTEST_LABEL = 6
_MOST_VALUES = 10_000  # SQLite takes no more than 32,766 values in one statement


def choose_labels(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The shortest beginning of each id that is no other passage's label."""
    columns = tables.passages.c
    chosen: dict[str, str] = {}
    length = _SHORTEST_LABEL
    waiting = list(ids)
    while waiting:
        wanted = {passage_id: passage_id[:length] for passage_id in waiting}
        taken = set(chosen.values())
        candidates = sorted(set(wanted.values()))
        for start in range(0, len(candidates), _MOST_VALUES):
            some = candidates[start : start + _MOST_VALUES]
            taken.update(connection.execute(select(columns.label).where(columns.label.in_(some))).scalars())
        waiting = []
        for passage_id, label in wanted.items():
            if label in taken:
                waiting.append(passage_id)
            else:
                chosen[passage_id] = label
                taken.add(label)
        length += 2
    return chosen


def write_passage(passage: Passage, number: int) -> dict[str, Any]:
    """A passage as a row of its table."""
    return {
        "number": number,
        "id": passage.id,
        "label": passage.label,
        "document_id": passage.document_id,
        "ordinal": passage.ordinal,
        "start": passage.start,
        "end": passage.end,
        "section": list(passage.section),
        "page": passage.page,
        "page_label": passage.page_label,
        "sentences": [[[span.start, span.end] for span in sentence.spans] for sentence in passage.sentences],
        "search_text": passage.search_text,
        "heading": passage.heading,
    }


def read_passage(row: Row[Any]) -> Passage:
    """A row of the passages table as a passage."""
    sentences = tuple(Sentence(tuple(Span(*span) for span in spans)) for spans in row.sentences)
    return Passage(
        row.id, row.label, row.document_id, row.ordinal, row.start, row.end, tuple(row.section), row.page,
        row.page_label, sentences, row.search_text, row.heading,
    )  # fmt: skip


def read_cards(connection: Connection, ids: Sequence[str] | None) -> dict[str, DocumentCard]:
    """Cards of some documents, or of all, by id; in the order of their names."""
    columns = tables.documents.c
    passages = select(func.count()).where(tables.passages.c.document_id == columns.id).scalar_subquery()
    pages = select(func.count()).where(tables.pages.c.document_id == columns.id).scalar_subquery()
    statement = select(
        *(column for column in columns if column.name not in ("text", "made_of", "hidden")),
        func.length(columns.text).label("characters"),
        passages.label("passages"),
        pages.label("pages"),
    ).order_by(columns.name, columns.id)
    if ids is not None:
        statement = statement.where(columns.id.in_(list(ids)))
    return {row["id"]: _read_card(dict(row)) for row in connection.execute(statement).mappings()}


def read_hidden(values: Sequence[dict[str, Any]]) -> tuple[HiddenText, ...]:
    """Hidden text of a document from the list in its row."""
    return tuple(HiddenText(one["page"], one["text"], one["why"]) for one in values)


def _read_card(row: dict[str, Any]) -> DocumentCard:
    values = row.pop("metadata")
    lists = {
        "authors": tuple(values["authors"]),
        # Rows of before these keys have none.
        "called": tuple(values.get("called", ())),
        "basis": tuple((words, basis) for words, basis in values.get("basis", ())),
    }
    metadata = Metadata(**{**values, **lists})
    return DocumentCard(**{**row, "metadata": metadata, "notes": tuple(row["notes"])})
