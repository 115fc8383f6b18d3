"""Visits the page as its script in a browser does: an address in, what stands in the page's parts and how long it took out.

Gradio's protocol: an event that is answered at once is one POST; one that waits its turn is a POST to join the queue and a
stream of messages until it is done, each of which says only what differs from the one before.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from gradio_client.utils import apply_diff

_ADDRESS = re.compile(r"""(?:href|src)="(\.?/[^"]+\.(?:js|css)[^"]*)\"""")
_PROGRESS = 'class="progress"'
_WAITING = '"exchange waiting"'
_TROUBLE = re.compile(r'<div class="notice trouble" data-announce="([^"]*)"')


class Trouble(Exception):
    """What a visitor did not get; `kind` in a few words."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PageEvent:
    """One thing that can be done on the page, as its configuration describes it."""

    number: int
    trigger: int
    queued: bool
    inputs: tuple[str, ...]
    """Names of the parts that are sent."""
    outputs: tuple[str, ...]
    """Names of the parts that change."""


@dataclass(frozen=True, slots=True)
class AskTimes:
    """Seconds from a question to what is shown of it."""

    first: float
    """The first line, which says that it is being looked for."""
    whole: float


def read_message(line: str) -> dict[str, Any] | None:
    """The message in one line of Gradio's stream, which never breaks one over two; None of any other line."""
    if not line.startswith("data:"):
        return None
    message: dict[str, Any] = json.loads(line.removeprefix("data:"))
    return message


def find_event(config: Mapping[str, Any], part: str, name: str) -> PageEvent:
    """An event by the name of its part; a part without a name is the page itself.

    Raises:
        KeyError: the page has no such event.
    """
    names = {one["id"]: (one.get("props") or {}).get("elem_id") or "" for one in config["components"]}
    for event in config["dependencies"]:
        for trigger, kind in event["targets"]:
            if kind == name and names.get(trigger, "") == part:
                return PageEvent(
                    event["id"],
                    trigger,
                    event["queue"] is not False,
                    tuple(names[one] for one in event["inputs"]),
                    tuple(names[one] for one in event["outputs"]),
                )
    raise KeyError(f"{part}.{name}")


def merge_output(shown: Sequence[Any], message: Mapping[str, Any]) -> list[Any]:
    """What the parts show after a message: the first brings all of it, the later ones what differs."""
    data = message["output"].get("data") or []
    if message["msg"] == "process_generating" and shown:
        return [apply_diff(before, change) for before, change in zip(shown, data, strict=True)]
    return list(data) if data else list(shown)


def list_addresses(html: str) -> list[str]:
    """The scripts and styles that a page names itself."""
    return sorted({address.removeprefix(".") for address in _ADDRESS.findall(html)})


@dataclass(slots=True)
class Visitor:
    """A person with the page open."""

    client: httpx.AsyncClient
    config: Mapping[str, Any]
    session: str = field(default_factory=lambda: secrets.token_hex(6))
    values: dict[str, Any] = field(default_factory=dict)
    """What stands in each part, by its name."""

    async def load(self) -> float:
        """Load the page with what it names, then what stands in it. Seconds."""
        started = time.perf_counter()
        response = await self._request("GET", "/")
        for address in list_addresses(response.text):
            await self._request("GET", address)
        await self.act("", "load", None)
        return time.perf_counter() - started

    async def act(self, part: str, name: str, sent: Mapping[str, str] | None) -> float:
        """Do what is answered at once. Seconds.

        Raises:
            Trouble: it was not done.
        """
        started = time.perf_counter()
        event = find_event(self.config, part, name)
        response = await self._request("POST", "/gradio_api/run/predict", self._write_body(event, sent))
        self._show(event, response.json()["data"])
        self._require_no_trouble()
        return time.perf_counter() - started

    async def ask(self, question: str) -> AskTimes:
        """Ask in the box, and read until the answer is there.

        Raises:
            Trouble: there is none.
        """
        event = find_event(self.config, "question", "submit")
        self.values["question"] = question
        started = time.perf_counter()
        await self._request("POST", "/gradio_api/queue/join", self._write_body(event, None))
        first = 0.0
        async for shown in self._follow():
            self._show(event, shown)
            if not first and _PROGRESS in str(self.values.get("transcript")):
                first = time.perf_counter() - started
        whole = time.perf_counter() - started
        self._require_no_trouble()
        transcript = str(self.values.get("transcript"))
        if not first or _WAITING in transcript or 'class="exchange' not in transcript:
            raise Trouble("no answer", transcript[-200:])
        return AskTimes(first, whole)

    async def _follow(self) -> AsyncIterator[list[Any]]:
        shown: list[Any] = []
        address = f"/gradio_api/queue/data?session_hash={self.session}"
        async with self.client.stream("GET", address) as stream:
            async for line in stream.aiter_lines():
                message = read_message(line)
                if message is None or message["msg"] not in ("process_generating", "process_completed"):
                    continue
                if not message["success"]:
                    raise Trouble("failed", str(message["output"]))
                shown = merge_output(shown, message)
                yield shown
                if message["msg"] == "process_completed":
                    return
        raise Trouble("stream ended")

    def _write_body(self, event: PageEvent, sent: Mapping[str, str] | None) -> dict[str, Any]:
        return {
            "data": [self.values.get(name) for name in event.inputs],
            "event_data": sent,
            "fn_index": event.number,
            "trigger_id": event.trigger,
            "session_hash": self.session,
        }

    def _show(self, event: PageEvent, data: Sequence[Any]) -> None:
        for name, value in zip(event.outputs, data, strict=True):
            # A part that is left as it is comes as an update that says nothing.
            if not isinstance(value, dict):
                self.values[name] = value

    def _require_no_trouble(self) -> None:
        trouble = _TROUBLE.search(str(self.values.get("notice")))
        if trouble:
            self.values["notice"] = ""
            raise Trouble("notice", trouble[1])

    async def _request(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        response = await self.client.request(method, address, json=body)
        if response.status_code != httpx.codes.OK:
            raise Trouble(f"HTTP {response.status_code}", f"{address} {response.text[:200]}")
        return response
