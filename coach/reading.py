"""Hands files to reader processes with limits: bytes -> Reading, whatever the bytes do to the reader."""

from __future__ import annotations

import base64
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from coach.errors import UnreadableFile
from coach.records import UNSEEN, Block, BlockKind, HiddenText, Metadata, Page, Reading, Unseen

# -P: a file called docx.py in the current folder is a document or nothing, never code to run.
_COMMAND = (sys.executable, "-P", "-m", "coach.readers.worker")
_STOPPED = "Reading was stopped."
_LARGEST_REPLY = 1_500_000_000
_LONGEST_HEADER = 200
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST_PICTURE = 20_000_000
_MOST_HIDDEN = 50
_LONGEST_HIDDEN = 500


class Reader(Protocol):
    """Turns a file's bytes into a reading, or says why not."""

    def read(self, data: bytes, name: str) -> Reading:
        """Read one file.

        Raises:
            UnreadableFile: the file cannot become a document.
        """
        ...


@dataclass
class _Process:
    """One reader process; started at its first file."""

    command: Sequence[str]
    megabytes: int
    seconds: float
    starter: ThreadPoolExecutor
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def ask(self, data: bytes, request: Mapping[str, Any]) -> dict[str, Any]:
        if self.process is not None and self.process.poll() is not None:
            self.stop()  # it died while it was idle: no fault of this file
        process = self.process or self._start()
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(self.seconds, expire)
        timer.start()
        try:
            return self._exchange(process, data, request)
        except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
            self.stop()
            if expired.is_set():
                raise UnreadableFile(
                    "too_slow", f"Reading took longer than {self.seconds} seconds and was given up."
                ) from error
            raise UnreadableFile("broken", "The file ended its reader. It is damaged, or made to do harm.") from error
        except BaseException:
            self.stop()
            raise
        finally:
            timer.cancel()

    def _start(self) -> subprocess.Popen[bytes]:
        # Linux ends the process with the thread that started it, and a web server's threads come and go.
        try:
            started = self.starter.submit(
                subprocess.Popen,
                [*self.command, str(self.megabytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the owner, who finishes the document at hand
            )
        except RuntimeError as error:  # the pool was closed since the request came
            raise UnreadableFile("unreadable", _STOPPED) from error
        self.process = started.result()
        return self.process

    def _exchange(self, process: subprocess.Popen[bytes], data: bytes, request: Mapping[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps({**request, "length": len(data)}).encode("ascii") + b"\n" + data)
        process.stdin.flush()
        length = json.loads(process.stdout.readline(_LONGEST_HEADER))["length"]
        if not 0 <= length <= _LARGEST_REPLY:
            raise ValueError("the reply is too large")
        reply = json.loads(process.stdout.read(length))
        if not isinstance(reply, dict):
            raise TypeError("the reply is no object")
        return reply

    def stop(self) -> None:
        # Taken first: the thread that asks and the one that closes the pool may both come here.
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # what was still to be written has no reader any more
                    continue


class ReaderPool:
    """A few reader processes, each replaced when a file ends it. Safe to use from several threads."""

    def __init__(self, processes: int, megabytes: int, seconds: float, command: Sequence[str] = _COMMAND) -> None:
        self._starter = ThreadPoolExecutor(1, "reader-starter")  # its thread lives as long as the pool
        self._processes = [_Process(command, megabytes, seconds, self._starter) for _ in range(processes)]
        self._closed = False
        self._free: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        for process in self._processes:
            self._free.put(process)

    def read(self, data: bytes, name: str) -> Reading:
        """Read one file in a process of the pool, waiting for one to be free.

        Raises:
            UnreadableFile: what the reader said, or `too_slow`, or `broken` when the file ended the reader.
        """
        reply = self._ask(data, {"name": name})
        if "reading" in reply:
            return decode_reading(reply["reading"])
        raise UnreadableFile(str(reply.get("outcome")), str(reply.get("message")))

    def render(self, data: bytes, number: int, scale: float = 2.0) -> bytes:
        """A picture of one page of a PDF as PNG, `scale` pixels to the point.

        Raises:
            UnreadableFile: as `read`, or the page is not there.
        """
        reply = self._ask(data, {"name": "", "page": number, "scale": scale})
        if "picture" in reply:
            return _decode_picture(reply["picture"])
        raise UnreadableFile(str(reply.get("outcome")), str(reply.get("message")))

    def _ask(self, data: bytes, request: Mapping[str, Any]) -> dict[str, Any]:
        process = self._free.get()
        try:
            if self._closed:
                raise UnreadableFile("unreadable", _STOPPED)
            return process.ask(data, request)
        finally:
            self._free.put(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        for process in self._processes:
            process.stop()
        self._starter.shutdown()


def _decode_picture(value: object) -> bytes:
    # A file that took over its reader could send a page of script in a picture's place.
    try:
        picture = base64.b64decode(str(value), validate=True)
    except ValueError:
        picture = b""
    if not picture.startswith(_PNG) or len(picture) > _LARGEST_PICTURE:
        raise UnreadableFile("broken", "The reader gave back something that is no picture.")
    return picture


def decode_reading(values: Mapping[str, Any]) -> Reading:
    """A reading from the JSON values of a reader process.

    Raises:
        UnreadableFile: `broken`, when the values are not those of a reading or lie outside the text.
    """
    try:
        text = str(values["text"])
        found = values["metadata"]
        # What only a district can state is not taken from a file.
        texts: dict[str, Any] = {
            key: None if value is None else str(value)
            for key, value in found.items()
            if key not in ("authors", "called", "basis")
        }
        metadata = {**texts, "authors": tuple(str(name) for name in found["authors"])}
        reading = Reading(
            kind=str(values["kind"]),
            text=text,
            blocks=tuple(
                Block(BlockKind(block["kind"]), int(block["start"]), int(block["end"]), int(block["level"]))
                for block in values["blocks"]
            ),
            pages=tuple(_decode_page(page) for page in values["pages"]),
            metadata=Metadata(**metadata),
            notes=tuple(str(note) for note in values["notes"]),
            hidden=tuple(_decode_hidden(one) for one in values["hidden"][:_MOST_HIDDEN]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UnreadableFile("broken", "The reader gave back something that is no document.") from error
    stretches = [(block.start, block.end) for block in reading.blocks]
    stretches += [(page.start, page.end) for page in reading.pages]
    if any(not 0 <= start <= end <= len(text) for start, end in stretches):
        raise UnreadableFile("broken", "The reader gave back places outside the text.")
    return reading


def _decode_hidden(values: Mapping[str, Any]) -> HiddenText:
    if values["why"] not in UNSEEN:
        raise ValueError("no reason that is known")
    why: Unseen = values["why"]
    page = None if values["page"] is None else int(values["page"])
    return HiddenText(page, str(values["text"])[:_LONGEST_HIDDEN], why)


def _decode_page(page: Mapping[str, Any]) -> Page:
    label = None if page["label"] is None else str(page["label"])
    return Page(
        int(page["number"]), label, int(page["start"]), int(page["end"]),
        float(page["width"]), float(page["height"]), base64.b64decode(page["boxes"]),
    )  # fmt: skip
