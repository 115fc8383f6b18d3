"""Reads what a run is held to: a TOML file, or the same tables from elsewhere, in; a Gate out, or what is wrong; and back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from coach.errors import UsageError
from coach.evaluation.comparison.measures import MEASURES
from coach.evaluation.records import GATE_KINDS

DECLINING: tuple[str, ...] = ("precision", "recall")
"""What of declining may be asked for."""
ANY = "any"
"""In place of a count: any number will do."""
_TABLES = ("thresholds", "least_scored", "limits", "declined", "not_worse")
_LEAST_COMPARED = 0.9
FaultKind = Literal["share", "count", "unknown", "form", "run", "empty"]


class GateFault(UsageError):
    """A value of a gate cannot be used."""

    def __init__(self, kind: FaultKind, key: str, message: str) -> None:
        super().__init__(f"{f'{key}: ' if key else ''}{message}.")
        self.kind = kind
        self.key = key
        """Table and name with a dot between; empty where it is about the whole."""


@dataclass(frozen=True, slots=True)
class NotWorse:
    """What a run may not lose against a baseline. A gate failure that the baseline does not have is never allowed."""

    baseline: Path | None = None
    """A file; None where a run is named."""
    measures: tuple[str, ...] = ("passed",)
    """None may be clearly worse: by the interval and by the sign test."""
    most_pass_to_fail: int | None = None
    """None allows any number."""
    least_compared: float = _LEAST_COMPARED
    """Of the items of the run, and of those of the baseline, the share that the other must have in the same wording."""
    run: str = ""
    """The id of a run that is kept, or its beginning; empty where a file is named."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The conditions that a run is held to."""

    thresholds: tuple[tuple[str, float], ...] = ()
    """A measure, and the least its mean may be."""
    least_scored: tuple[tuple[str, int], ...] = ()
    """A measure, and on how many items it must have been scored."""
    most_gate_failures: tuple[tuple[str, int], ...] = ()
    """A kind, or `all`, and the most of them."""
    most_unscored: int | None = 0
    """Items that no measure could decide; None allows any number."""
    declined: tuple[tuple[str, float], ...] = ()
    """`precision` or `recall` of declining, and the least."""
    not_worse: NotWorse | None = None


def read_gate(path: Path) -> Gate:
    """The gate of a TOML file; a baseline's path in it is from the file's folder.

    Raises:
        UsageError: it cannot be read, holds a key that is not known or a value that cannot be used, or no condition.
    """
    try:
        return read_tables(tomllib.loads(path.read_text("utf-8")), path.parent)
    except OSError as error:
        raise UsageError(f"The gate file {path} cannot be read ({error.strerror}). Name another one.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The gate file {path} is no TOML ({error}).") from error
    except GateFault as fault:
        raise UsageError(f"The gate file {path}: {fault}") from fault


def read_tables(tables: Mapping[str, Any], folder: Path | None = None) -> Gate:
    """The gate of the tables that a file holds, whoever wrote them.

    Args:
        tables: as `evals/gate.toml` explains them.
        folder: of the file that they stand in; None where they stand in none, and so can name no other.

    Raises:
        GateFault: a key is not known, a value cannot be used, or there is no condition.
    """
    return _GateReader(folder).read(tables)


def write_tables(tables: Mapping[str, Any]) -> str:
    """Tables of numbers, texts and lists of texts as TOML; tables in a table stand on one line."""
    return "\n".join(
        "".join([f"[{name}]\n", *(f"{key} = {_write_value(value)}\n" for key, value in values.items())])
        for name, values in tables.items()
    )


def _write_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_write_value(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


class _GateReader:
    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, tables: Mapping[str, Any]) -> Gate:
        parts = {name: self._take_table(name, tables.get(name, {})) for name in _TABLES}
        self._refuse_unknown("", tables, _TABLES)
        for name, keys in (("thresholds", MEASURES), ("least_scored", MEASURES), ("declined", DECLINING)):
            self._refuse_unknown(name, parts[name], keys)
        self._refuse_unknown("limits", parts["limits"], ("most_gate_failures", "most_unscored"))
        if not any(parts.values()) or parts == {**dict.fromkeys(_TABLES, {}), "limits": {"most_unscored": ANY}}:
            raise GateFault("empty", "", "it holds no condition, so any run would pass; write at least one threshold")
        return Gate(
            thresholds=self._take_shares("thresholds", parts["thresholds"]),
            least_scored=self._take_counts("least_scored", parts["least_scored"]),
            most_gate_failures=self._take_failures(parts["limits"]),
            most_unscored=self._take_most("limits.most_unscored", parts["limits"].get("most_unscored", 0)),
            declined=self._take_shares("declined", parts["declined"]),
            not_worse=self._take_not_worse(parts["not_worse"]) if "not_worse" in tables else None,
        )

    def _take_table(self, name: str, value: Any) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise GateFault("form", name, f"write it as a table, [{name}]")
        return value

    def _refuse_unknown(self, table: str, values: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in values:
            if key not in known:
                where = f"{table}.{key}" if table else key
                raise GateFault("unknown", where, f"this is not known here; known are {', '.join(known)}")

    def _take_shares(self, table: str, values: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
        return tuple((key, self._take_share(f"{table}.{key}", value)) for key, value in values.items())

    def _take_share(self, key: str, value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= 1:  # which nan is not, either
            raise GateFault("share", key, f"write a number from 0 to 1; it is {value!r}")
        return float(value)

    def _take_counts(self, table: str, values: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
        return tuple((key, self._take_count(f"{table}.{key}", value)) for key, value in values.items())

    def _take_count(self, key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise GateFault("count", key, f"write a whole number, 0 or more; it is {value!r}")
        return value

    def _take_most(self, key: str, value: Any) -> int | None:
        return None if value == ANY else self._take_count(key, value)

    def _take_failures(self, limits: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
        value, key = limits.get("most_gate_failures"), "limits.most_gate_failures"
        if value is None:
            return ()
        if not isinstance(value, dict):
            return (("all", self._take_count(key, value)),)
        self._refuse_unknown(key, value, GATE_KINDS)
        return self._take_counts(key, value)

    def _take_not_worse(self, values: Mapping[str, Any]) -> NotWorse:
        known = ("baseline", "run", "measures", "most_pass_to_fail", "least_compared")
        self._refuse_unknown("not_worse", values, known)
        baseline, run = self._take_baseline(values)
        measures = values.get("measures", ["passed"])
        if not isinstance(measures, list) or not all(isinstance(name, str) for name in measures):
            raise GateFault("form", "not_worse.measures", 'write a list of measures, such as ["passed"]')
        self._refuse_unknown("not_worse.measures", dict.fromkeys(measures), MEASURES)
        most = values.get("most_pass_to_fail")
        return NotWorse(
            baseline,
            run=run,
            measures=tuple(dict.fromkeys(measures)),
            most_pass_to_fail=None if most is None else self._take_count("not_worse.most_pass_to_fail", most),
            least_compared=self._take_share("not_worse.least_compared", values.get("least_compared", _LEAST_COMPARED)),
        )

    def _take_baseline(self, values: Mapping[str, Any]) -> tuple[Path | None, str]:
        """The file of the run to compare with, or the id of one that is kept."""
        named = {name: values[name] for name in ("baseline", "run") if name in values}
        is_text = all(isinstance(value, str) and value.strip() for value in named.values())
        if len(named) != 1 or not is_text or (self._folder is None and "run" not in named):
            message = "name the file of the run to compare with, or under run the id of one that is kept"
            raise GateFault("run", f"not_worse.{min(named, default='baseline')}", message)
        if self._folder is None or "run" in named:
            return None, named["run"].strip()
        return self._folder / named["baseline"], ""
