"""The reader process: requests with a file's bytes in on standard input, plain JSON out on standard output.

One request is a line of JSON with the number of bytes that follow it; one reply is a line of JSON with the length of
the JSON that follows. Nothing but JSON comes back, so that a file which takes over this process can hand its owner
no object of its choosing.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import re
import signal
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from coach.errors import UnreadableFile
from coach.readers import read
from coach.readers.pdf import render_page
from coach.records import Reading

_PR_SET_PDEATHSIG = 1
_SURROGATE = re.compile("[\ud800-\udfff]")


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the input ends."""
    while header := source.readline():
        request = json.loads(header)
        reply = json.dumps(_answer(source.read(request["length"]), request), ensure_ascii=True).encode("ascii")
        sink.write(json.dumps({"length": len(reply)}).encode("ascii") + b"\n" + reply)
        sink.flush()


def _answer(data: bytes, request: dict[str, Any]) -> dict[str, Any]:
    try:
        if "page" in request:
            picture = render_page(data, int(request["page"]), float(request["scale"]))
            return {"picture": base64.b64encode(picture).decode("ascii")}
        return {"reading": encode_reading(read(data, str(request["name"])))}
    except UnreadableFile as error:
        return {"outcome": error.outcome, "message": str(error)}
    except MemoryError:
        return {
            "outcome": "too_large",
            "message": "Reading the file takes more memory than a reader may use. Split it.",
        }
    except Exception as error:  # noqa: BLE001 - a reader library may raise anything on a hostile file
        return {
            "outcome": "broken",
            "message": f"The file cannot be read ({type(error).__name__}). Save it anew and add it again.",
        }


def encode_reading(reading: Reading) -> dict[str, Any]:
    """The reading as JSON values. Lone surrogates, which no database takes, become U+FFFD; offsets stay."""
    values = asdict(reading)
    values["text"] = _SURROGATE.sub("\ufffd", reading.text)
    values["hidden"] = [{**asdict(one), "text": _SURROGATE.sub("\ufffd", one.text)} for one in reading.hidden]
    values["pages"] = [
        {**asdict(page), "boxes": base64.b64encode(page.boxes).decode("ascii")} for page in reading.pages
    ]
    return values


def limit_resources(megabytes: int) -> None:
    """Cap memory, and forbid writing files and core dumps, where the system can."""
    with contextlib.suppress(ImportError):
        import resource

        for kind, amount in (
            (resource.RLIMIT_AS, megabytes * 1024 * 1024),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (amount, amount))


def end_with_owner() -> None:
    """Have Linux end this process with its owner, whose timer would otherwise be the only one to end a long file."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Serve standard input under the limits named on the command line."""
    # pdfium and its like write warnings; the reply channel must carry nothing else.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_resources(int(sys.argv[1]))
    end_with_owner()
    serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
