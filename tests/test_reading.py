"""Reader processes: whatever a file does to one, the owner gets a named outcome and the next file a fresh process."""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path

import pytest

from coach.errors import UnreadableFile
from coach.readers import read
from coach.readers.worker import encode_reading
from coach.reading import ReaderPool, decode_reading
from tests.pdf_files import write_report


def pool_running(program: str, seconds: float = 20) -> ReaderPool:
    """A pool whose process runs `program` in place of the reader."""
    prelude = (
        "import sys, os, time, json\nsource, sink = sys.stdin.buffer, sys.stdout.buffer\nheader = source.readline()\n"
    )
    return ReaderPool(1, 512, seconds, (sys.executable, "-c", prelude + textwrap.dedent(program)))


def test_a_file_is_read_in_another_process() -> None:
    data = write_report()
    with ReaderPool(1, 1024, 60) as readers:
        assert readers.read(data, "report.pdf") == read(data, "report.pdf")
        assert readers.read(b"# Head\n\nwords\n", "x.md") == read(b"# Head\n\nwords\n", "x.md")
        assert readers.render(data, 1).startswith(b"\x89PNG")


def test_outcomes_come_through() -> None:
    with ReaderPool(1, 1024, 60) as readers:
        for _ in range(2):
            with pytest.raises(UnreadableFile, match="password") as caught:
                readers.read(write_report(password="x"), "x.pdf")
            assert caught.value.outcome == "password"


@pytest.mark.slow
def test_a_reader_that_hangs_is_ended_and_replaced() -> None:
    with pool_running("time.sleep(60)", seconds=0.5) as readers:
        for _ in range(2):
            started = time.monotonic()
            with pytest.raises(UnreadableFile, match="0.5 seconds") as caught:
                readers.read(b"x", "x.txt")
            assert caught.value.outcome == "too_slow"
            assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "program",
    [
        "os.kill(os.getpid(), 11)",
        "sys.exit(0)",
        "sink.write(b'not json\\n'); sink.flush(); time.sleep(9)",
        "sink.write(b'{\"length\": -1}\\n'); sink.flush(); time.sleep(9)",
        "sink.write(b'{\"length\": 99999999999}\\n'); sink.flush(); time.sleep(9)",
        "sink.write(b'{\"length\": 2}\\n[]'); sink.flush(); time.sleep(9)",
        'sink.write(b\'{"length": 20}\\n{"reading": {}}     \'); sink.flush(); time.sleep(9)',
    ],
)
def test_a_reader_that_crashes_or_lies_is_one_named_outcome(program: str) -> None:
    with pool_running(program) as readers, pytest.raises(UnreadableFile) as caught:
        readers.read(b"x", "x.txt")
    assert caught.value.outcome == "broken"


def test_places_outside_the_text_are_refused() -> None:
    values = encode_reading(read(b"Some words here.", "x.txt"))
    values["blocks"][0]["end"] = 9999
    with pytest.raises(UnreadableFile, match="outside"):
        decode_reading(values)


def test_a_reader_may_not_take_all_memory() -> None:
    program = """
    from coach.readers.worker import limit_resources
    limit_resources(400)
    try:
        held = bytearray(2_000_000_000)
        reply = b'{"outcome": "grew", "message": "grew"}'
    except MemoryError:
        reply = b'{"outcome": "held", "message": "held"}'
    sink.write(b'{"length": %d}\\n' % len(reply) + reply); sink.flush()
    """
    with pool_running(program) as readers, pytest.raises(UnreadableFile) as caught:
        readers.read(b"x", "x.txt")
    assert caught.value.outcome == "held"


def test_a_reader_may_not_write_files(tmp_path: Path) -> None:
    program = f"""
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    from coach.readers.worker import limit_resources
    limit_resources(400)
    try:
        with open({str(tmp_path / "out")!r}, "wb") as file:
            file.write(b"x" * 10)
        reply = b'{{"outcome": "wrote", "message": "wrote"}}'
    except OSError:
        reply = b'{{"outcome": "held", "message": "held"}}'
    sink.write(b'{{"length": %d}}\\n' % len(reply) + reply); sink.flush()
    """
    with pool_running(program) as readers, pytest.raises(UnreadableFile) as caught:
        readers.read(b"x", "x.txt")
    assert caught.value.outcome == "held"


@pytest.mark.slow
def test_mutated_files_never_end_the_owner() -> None:
    """Seeded byte flips in a PDF: each ends in a reading or a named outcome."""
    import random

    rng = random.Random(7)
    original = write_report()
    with ReaderPool(2, 1024, 30) as readers:
        for _ in range(40):
            data = bytearray(original)
            for _ in range(rng.randint(1, 60)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            try:
                readers.read(bytes(data), "x.pdf")
            except UnreadableFile as error:
                assert error.outcome in {
                    "broken",
                    "no_text",
                    "password",
                    "empty",
                    "not_supported",
                    "too_large",
                    "too_slow",
                }
