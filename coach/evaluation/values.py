"""The values of evaluation as JSON values: a record in, plain values for the store and for files out; and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from coach.errors import CoachError
from coach.evaluation.records import EvaluationItem

Value = TypeVar("Value")


@cache
def _get_adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(cast(Any, kind))


def to_values(value: Any, kind: Hashable = None) -> Any:
    """A record, or a sequence of records of `kind`, as JSON values."""
    return _get_adapter(cast(Hashable, kind or type(value))).dump_python(value, mode="json")


def from_values(kind: type[Value], values: Any, what: str) -> Value:
    """A record from what `to_values` gave.

    Args:
        kind: of the record.
        values: JSON values.
        what: names them in the message, such as "run 3f2a".

    Raises:
        CoachError: they are no such record.
    """
    try:
        read: Value = _get_adapter(cast(Hashable, kind)).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CoachError(f"{what[:1].upper()}{what[1:]} cannot be read ({place}: {first['msg']}).") from error
    return read


def digest_items(items: Iterable[EvaluationItem]) -> str:
    """What the items ask and expect, as 12 hexadecimal digits."""
    return hashlib.sha256(json.dumps(to_values(tuple(items), tuple[EvaluationItem, ...])).encode()).hexdigest()[:12]


def are_equal(one: EvaluationItem, other: EvaluationItem) -> bool:
    """Whether both ask and expect the same; who owns an item, its status and its notes do not matter."""
    return _asked(one) == _asked(other)


def _asked(item: EvaluationItem) -> Sequence[Any]:
    return (
        item.question,
        item.role,
        item.history,
        item.outcomes,
        item.must_mention,
        item.must_not_say,
        item.sources,
        item.welcome,
        item.names,
        item.wants_guidance,
    )
