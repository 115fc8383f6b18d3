"""Examines an installation: Settings -> findings, each with the way to mend it."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

from coach.assembly import build_embedder, build_language_model, open_library
from coach.assistant import name_version
from coach.errors import CoachError
from coach.library import Finding
from coach.models import ModelFault
from coach.plans.protocols import load_protocols
from coach.plans.wording import load_plan_wording
from coach.prompts import find_prompts, load_consent_wording, load_wording
from coach.records import Message
from coach.settings import Settings
from coach.store.store import FILE_NAME

_LEAST_FREE = 500_000_000


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Every check, in the order in which a person would mend them. A check that fails does not end the others."""
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("program", _check_program),
        ("search", _check_search),
        ("wording", _check_wording),
        ("folder", _check_folder),
        ("model", _check_model),
        ("library", _check_library),
        ("writing", _check_writing),
    )
    return tuple(_run_checks(settings, checks))


def _run_checks(settings: Settings, checks: tuple[tuple[str, Callable[[Settings], str]], ...]) -> Iterator[Finding]:
    for part, check in checks:
        try:
            yield Finding(part, True, check(settings))
        except CoachError as error:
            yield Finding(part, False, str(error))


def _check_program(_: Settings) -> str:
    return f"Coach {name_version()} on Python {platform.python_version()}, {sys.platform}."


def _check_search(_: Settings) -> str:
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    except sqlite3.OperationalError as error:
        raise CoachError(
            "This Python's SQLite has no full-text search (FTS5). Use a Python build that has it."
        ) from error
    return f"SQLite {sqlite3.sqlite_version} with full-text search."


def _check_wording(_: Settings) -> str:
    wording = load_wording()
    # A district edits these: a mistake is found here before somebody plans a session.
    protocols = load_protocols().protocols
    load_plan_wording()
    return f"{len(wording.sentences)} wordings and {len(protocols)} protocols in {find_prompts()}."


def _check_folder(settings: Settings) -> str:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / "doctor.probe"
        probe.write_bytes(b"x")
        probe.unlink()
        free = shutil.disk_usage(settings.home).free
    except OSError as error:
        raise CoachError(
            f"{settings.home} cannot be written ({error.strerror}). Choose another with --home."
        ) from error
    if free < _LEAST_FREE:
        raise CoachError(
            f"Only {free // 1_000_000} MB are free at {settings.home}; 500 MB is the least. Free some space."
        )
    return f"{settings.home}, {free // 1_000_000_000} GB free."


def _check_model(settings: Settings) -> str:
    embedder = build_embedder(settings)
    vector = embedder.embed(["a sentence"])
    if vector.shape != (1, embedder.dimensions):
        raise CoachError(f"The embedding model {embedder.name} gives vectors of the wrong shape. Install it anew.")
    return f"{embedder.name}, {embedder.dimensions} numbers a vector, {embedder.fingerprint[:12]}."


def _check_library(settings: Settings) -> str:
    if not (settings.home / FILE_NAME).is_file():
        return "No documents yet. Run `coach ingest FOLDER`."
    with open_library(settings) as library:
        fault = library.store.find_fault() or library.words.find_fault()
        if fault:
            raise CoachError(f"{fault} `coach library verify` says more.")
        documents = len(library.store.list_states())
        return f"{documents} documents, {library.store.count_passages()} passages."


def _check_writing(settings: Settings) -> str:
    wording = load_consent_wording()
    model, why_not = build_language_model(settings)
    if why_not is not None:
        raise CoachError(why_not)
    if model is None:
        return wording.say("doctor.none")
    try:
        for _ in model.stream([Message("user", wording.say("doctor.hello"))]):
            pass
    except ModelFault as fault:
        raise CoachError(f"{fault} {wording.say(f'mend.{fault.kind}')}") from fault
    return wording.say("doctor.answers", name=model.name, address=model.address)
