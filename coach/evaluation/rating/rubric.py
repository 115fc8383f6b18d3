"""The rubric that people rate by: rubric.toml in, its dimensions out; levels that somebody gave in, one mark out."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coach.errors import CoachError
from coach.evaluation.records import Dimension, Level, Rubric
from coach.metadata import drop_unshown
from coach.prompts import find_prompts

FILE = "rubric.toml"
FEWEST_LEVELS, MOST_LEVELS, MOST_DIMENSIONS = 2, 7, 20
_LONGEST = 300
"""Characters of a title or an anchor."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_Table = Mapping[str, Any]


def load_rubric(home: Path | None = None) -> Rubric:
    """The rubric of a data folder where it has one, else the one that comes with Coach.

    Args:
        home: the data folder; `rubric.toml` in it wins.

    Raises:
        CoachError: the file cannot be read, or is no rubric; the message names the dimension and what to do.
    """
    own = home / FILE if home is not None else None
    path = own if own is not None and own.is_file() else find_prompts() / FILE
    try:
        raw = path.read_bytes()
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CoachError(
            f"The rubric {path} cannot be read ({error}). Correct that place, or remove the file to use Coach's own rubric."
        ) from error
    try:
        return _read_rubric(table, raw)
    except CoachError as fault:
        raise CoachError(f"The rubric {path}: {fault}") from fault


def weigh(rubric: Rubric, levels: Mapping[str, int | None], type: str = "") -> float | None:
    """One mark for an answer: 0 to 1, the weighted mean of its dimensions, each as a share of its highest level.

    Args:
        rubric: says what counts how much.
        levels: by id of dimension; None says that it does not apply, and is left out like what is missing.
        type: of the item; its weights count.

    Returns:
        0 where a gate failed, whatever else was given. None where nothing that counts has a level.
    """
    total = weighed = 0.0
    for dimension in rubric.dimensions:
        level = levels.get(dimension.id)
        if level is None:
            continue
        if dimension.is_gate:
            if level == dimension.levels[-1].value:
                return 0.0
            continue
        weight = find_weight(dimension, type)
        total += weight
        weighed += weight * level / dimension.levels[0].value
    return weighed / total if total else None


def find_weight(dimension: Dimension, type: str) -> float:
    """How much a dimension counts for a type of item."""
    return dict(dimension.weights).get(fold_type(type), 1.0)


def list_values(dimension: Dimension) -> tuple[int, ...]:
    """The levels of a dimension as numbers, the lowest first."""
    return tuple(sorted(level.value for level in dimension.levels))


def is_complete(rubric: Rubric, levels: Sequence[tuple[str, int | None]]) -> bool:
    """Whether every dimension has a level, or was said not to apply."""
    return {dimension.id for dimension in rubric.dimensions} <= {name for name, _ in levels}


def fold_type(type: str) -> str:
    """A type's name as names are compared: "Near miss" is near_miss."""
    return re.sub(r"[\s_-]+", "_", type.strip().casefold())


def _read_rubric(table: _Table, raw: bytes) -> Rubric:
    _require_known(table, {"title", "types", "dimensions"}, "the file")
    names = _read_types(table.get("types", {}))
    entries = table.get("dimensions")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_DIMENSIONS:
        raise CoachError(f"it needs 1 to {MOST_DIMENSIONS} dimensions, each under a line [[dimensions]].")
    dimensions = tuple(_read_dimension(entry, number, names) for number, entry in enumerate(entries, start=1))
    _require_unique(dimensions)
    title = _read_text(table, "title", "the file")
    return Rubric(title, dimensions, hashlib.sha256(raw).hexdigest()[:12])


def _read_types(table: Any) -> Mapping[str, tuple[str, ...]]:
    """Each type's own name, and every name that means it."""
    if not isinstance(table, dict):
        raise CoachError("[types] must hold lines such as fact = ['facts'].")
    names: dict[str, tuple[str, ...]] = {}
    for type, others in table.items():
        if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            raise CoachError(f"the type {type} must be a list of other names in quotation marks, or [].")
        names[fold_type(type)] = tuple(dict.fromkeys([fold_type(type), *map(fold_type, others)]))
    taken = [name for all_names in names.values() for name in all_names]
    double = next((name for name in taken if taken.count(name) > 1), None)
    if double:
        raise CoachError(f"the name {double} stands for two types. Take it out of one of them.")
    return names


def _read_dimension(entry: Any, number: int, names: Mapping[str, tuple[str, ...]]) -> Dimension:
    if not isinstance(entry, dict):
        raise CoachError(f"dimension {number} must be a table under a line [[dimensions]].")
    identifier = entry.get("id")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise CoachError(
            f"dimension {number} needs an id of small letters, digits and _, such as id = 'clear' (at most 40 characters)."
        )
    place = f"dimension {identifier}"
    _require_known(entry, {"id", "title", "levels", "gate", "weights"}, place)
    is_gate = entry.get("gate", False)
    if not isinstance(is_gate, bool):
        raise CoachError(f"{place}: gate must be true or false.")
    levels = _read_levels(entry.get("levels"), place)
    if is_gate and len(levels) != FEWEST_LEVELS:
        raise CoachError(f"{place}: a gate has two levels, 1 for pass and 0 for fail.")
    weights = _read_weights(entry.get("weights", {}), names, place)
    return Dimension(identifier, _read_text(entry, "title", place), levels, is_gate, weights)


def _read_levels(table: Any, place: str) -> tuple[Level, ...]:
    if not isinstance(table, dict) or not FEWEST_LEVELS <= len(table) <= MOST_LEVELS:
        raise CoachError(
            f"{place}: it needs {FEWEST_LEVELS} to {MOST_LEVELS} levels, such as levels.1 = '...' and levels.0 = '...'."
        )
    wanted = {str(value) for value in range(len(table))}
    if set(table) != wanted:
        raise CoachError(f"{place}: its levels must be 0 to {len(table) - 1} without a gap; found {', '.join(table)}.")
    return tuple(
        Level(value, _read_text(table, str(value), f"{place}, level {value}"))
        for value in range(len(table) - 1, -1, -1)
    )  # fmt: skip


def _read_weights(table: Any, names: Mapping[str, tuple[str, ...]], place: str) -> tuple[tuple[str, float], ...]:
    if not isinstance(table, dict):
        raise CoachError(f"{place}: weights must be lines such as weights.fact = 2.")
    weights: list[tuple[str, float]] = []
    for type, weight in table.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
            raise CoachError(f"{place}: the weight for {type} must be a number from 0 to 100.")
        folded = fold_type(type)
        weights += [(name, float(weight)) for name in names.get(folded, (folded,))]
    return tuple(weights)


def _read_text(table: _Table, key: str, place: str) -> str:
    text = table.get(key)
    words = " ".join(drop_unshown(" ".join(text.split())).split()) if isinstance(text, str) else ""
    if not words or len(words) > _LONGEST:
        raise CoachError(f"{place}: {key} must be words in quotation marks, at most {_LONGEST} characters.")
    return words


def _require_known(table: _Table, known: set[str], place: str) -> None:
    odd = sorted(set(table) - known)
    if odd:
        raise CoachError(f"{place}: {', '.join(odd)} means nothing here. Known are {', '.join(sorted(known))}.")


def _require_unique(dimensions: Sequence[Dimension]) -> None:
    for what, names in (
        ("id", [one.id for one in dimensions]),
        ("title", [one.title.casefold() for one in dimensions]),
    ):
        double = next((name for name in names if names.count(name) > 1), None)
        if double:
            raise CoachError(f"two dimensions have the {what} {double!r}. Give one of them another.")
