"""Plans as JSON values: a plan in, plain values for the store and for programs out; and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from coach.errors import CoachError
from coach.plans.records import Plan


@cache
def _get_adapter() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def plan_to_object(plan: Plan) -> dict[str, Any]:
    """A plan as JSON values."""
    return cast("dict[str, Any]", _get_adapter().dump_python(plan, mode="json"))


def read_plan(values: Mapping[str, Any]) -> Plan:
    """A plan from what `plan_to_object` gave.

    Raises:
        CoachError: it is none.
    """
    try:
        return _get_adapter().validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CoachError(
            f"This plan cannot be read ({place}: {first['msg']}). Open an earlier version of it."
        ) from error
