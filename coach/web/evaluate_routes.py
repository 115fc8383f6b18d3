"""Plain HTTP beside the page Evaluate: a sheet's bytes in; sets, results and reports as files out. For trainers alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from anyio import CapacityLimiter, fail_after, to_thread
from fastapi import APIRouter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from coach.conversing import name_file
from coach.errors import CoachError
from coach.evaluation.records import EvaluationItem, Run
from coach.evaluation.sheets.exporting import write_csv, write_jsonl, write_ragas, write_xlsx
from coach.evaluation.sheets.records import MOST_BYTES
from coach.evaluation.values import to_values
from coach.metadata import drop_unshown
from coach.web.evaluate_address import ID
from coach.web.evaluate_bench import Bench
from coach.web.evaluate_desk import EvaluateDesk
from coach.web.evaluate_gate import write_gate_file
from coach.web.people import FindPerson
from coach.web.routes import attach, say_missing

_HEADERS = {"cache-control": "no-store"}
_AT_ONCE = 2
_SILENT_SECONDS = 60
_LONGEST_HEADER = 4000
_LONGEST_NAME = 80
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOML = "application/toml; charset=utf-8"
_JSONL = "application/jsonl; charset=utf-8"
_EXPORTS: Mapping[str, tuple[Callable[[tuple[EvaluationItem, ...]], bytes], str]] = {
    "xlsx": (write_xlsx, _XLSX),
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "jsonl": (write_jsonl, _JSONL),
    "ragas.jsonl": (write_ragas, _JSONL),
}


def build_router(desk: EvaluateDesk, find_person: FindPerson) -> APIRouter:
    """The routes. What is not there answers like what is not the person's.

    `POST /evaluate/sheets` takes a file as its body and its percent-encoded name in the header `x-file-name`, which another
    page cannot send without being asked for permission, which it does not get; it answers with JSON: the sheet's `id`, or the
    `reason` why it was refused.
    """
    router = APIRouter(include_in_schema=False)
    bench = desk.bench
    limiter = CapacityLimiter(_AT_ONCE)

    def require_trainer(request: Request) -> str:
        person = find_person(request)
        if not bench.is_trainer(person):
            raise CoachError(bench.say("evaluate.not_yours"))
        return person

    @router.post("/evaluate/sheets")
    async def receive(request: Request) -> Response:
        """One sheet."""
        try:
            person = await to_thread.run_sync(require_trainer, request)
        except CoachError as error:
            return _refuse(str(error), 401)
        async with limiter:
            return await _receive(bench, request, person)

    def hand_out(request: Request, make: Callable[[], Response]) -> Response:
        try:
            require_trainer(request)
            return make()
        except CoachError:
            return say_missing()

    _add_exports(router, bench, hand_out)
    _add_reports(router, bench, hand_out)
    return router


_HandOut = Callable[[Request, Callable[[], Response]], Response]
"""Makes an answer for a trainer; for others, and where making it raises CoachError, there is nothing."""


def _add_exports(router: APIRouter, bench: Bench, hand_out: _HandOut) -> None:
    @router.get("/evaluate/sets/{set_id}/{version}/export.{ending}")
    def export_set(set_id: str, version: int, ending: str, request: Request) -> Response:
        """A version of a set."""

        def make() -> Response:
            kept = bench.sets.read_set(_require_id(set_id), version)
            if ending not in _EXPORTS:
                return say_missing()
            write, kind = _EXPORTS[ending]
            return attach(write(kept.items), f"{_name(kept.name)}-{version}.{ending}", kind)

        return hand_out(request, make)

    @router.get("/evaluate/sets/{set_id}/gate.toml")
    def export_gate(set_id: str, request: Request) -> Response:
        """What a run of a set has to reach."""

        def make() -> Response:
            kept = bench.sets.read_set(_require_id(set_id))
            gate = bench.sets.read_gate(kept.id)
            if gate is None:
                return say_missing()
            return attach(write_gate_file(gate, bench.wording), f"{_name(kept.name)}-gate.toml", _TOML)

        return hand_out(request, make)

    @router.get("/evaluate/runs/{run_id}/results.jsonl")
    def export_results(run_id: str, request: Request) -> Response:
        """What came of a run."""

        def make() -> Response:
            run = bench.sets.read_run(_require_id(run_id))
            return attach(_write_results(run), f"{_name(run.title)}.jsonl", _JSONL)

        return hand_out(request, make)


def _add_reports(router: APIRouter, bench: Bench, hand_out: _HandOut) -> None:
    def read_pair(run_id: str, request: Request) -> tuple[Run, Run | None]:
        before = request.query_params.get("before", "")
        run = bench.sets.read_run(_require_id(run_id))
        return run, bench.sets.read_run(_require_id(before)) if before else None

    @router.get("/evaluate/runs/{run_id}/report.html")
    def write_report(run_id: str, request: Request) -> Response:
        """The report as a page."""

        def make() -> Response:
            run, before = read_pair(run_id, request)
            return attach(bench.reports.write_html(run, before), f"{_name(run.title)}.html", "text/html; charset=utf-8")

        return hand_out(request, make)

    @router.get("/evaluate/runs/{run_id}/report.xlsx")
    def write_report_sheet(run_id: str, request: Request) -> Response:
        """The report as a workbook."""

        def make() -> Response:
            run, before = read_pair(run_id, request)
            return attach(bench.reports.write_xlsx(run, before), f"{_name(run.title)}.xlsx", _XLSX)

        return hand_out(request, make)


async def _receive(bench: Bench, request: Request, person: str) -> Response:
    name = request.headers.get("x-file-name", "")
    if not name or len(name) > _LONGEST_HEADER:
        return _refuse(bench.say("sets.failed_send"), 400)
    try:
        data = await _gather(request, bench)
        sheet_id = await to_thread.run_sync(bench.sheets.receive, person, drop_unshown(unquote(name)), data)
    except CoachError as error:
        return _refuse(str(error), 422)
    except (ClientDisconnect, TimeoutError):
        return _refuse(bench.say("sets.failed_send"), 408)
    return JSONResponse({"id": sheet_id}, headers=_HEADERS)


async def _gather(request: Request, bench: Bench) -> bytes:
    """The whole body, as long as it is no larger than a sheet may be."""
    held = bytearray()
    stream = request.stream()
    try:
        while True:
            with fail_after(_SILENT_SECONDS):
                held += await anext(stream)
            if len(held) > MOST_BYTES:
                raise CoachError(bench.say("sets.too_large", megabytes=MOST_BYTES // (1024 * 1024)))
    except StopAsyncIteration:
        return bytes(held)


def _require_id(identifier: str) -> str:
    if not ID.fullmatch(identifier):
        raise CoachError("There is nothing of this id.")
    return identifier


def _write_results(run: Run) -> bytes:
    """One result on each line, as the files of a run hold them."""
    lines = (json.dumps(to_values(one), ensure_ascii=False) for one in run.results)
    return "".join(f"{line}\n" for line in lines).encode()


def _name(title: str) -> str:
    return name_file(title)[:_LONGEST_NAME]


def _refuse(reason: str, status: int) -> Response:
    return JSONResponse({"reason": reason}, status, headers=_HEADERS)
