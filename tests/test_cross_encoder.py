"""The cross-encoder: each text's logit and places, on a fake and on the model that comes with Coach."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from coach.cross_encoder import MODEL_FOLDER, CrossEncoder, OnnxCrossEncoder, PassageReading, load_cross_encoder
from coach.errors import ModelUnavailable
from tests.fakes import WordCrossEncoder

QUESTION = "When does the learning walk begin?"
ANSWER = "The learning walk begins at nine o'clock in the library."
NEAR = "Teachers like the library because it is quiet."


@pytest.fixture(scope="module")
def real() -> CrossEncoder:
    encoder = load_cross_encoder()
    assert encoder is not None
    return encoder


@pytest.fixture(params=["words", "real"])
def any_encoder(request: pytest.FixtureRequest) -> CrossEncoder:
    encoder: CrossEncoder = WordCrossEncoder() if request.param == "words" else request.getfixturevalue("real")
    return encoder


def check(reading: PassageReading, text: str) -> None:
    assert np.isfinite(reading.answers)
    assert reading.offsets.shape == (len(reading.starts), 2)
    assert len(reading.starts) == len(reading.ends)
    assert (reading.offsets[:, 0] < reading.offsets[:, 1]).all()
    assert (np.diff(reading.offsets[:, 0]) >= 0).all()
    assert reading.offsets.size == 0 or reading.offsets.min() >= 0
    assert reading.offsets.size == 0 or reading.offsets.max() <= len(text)
    span = reading.find_span()
    if span is not None:
        assert 0 <= span.start < span.end <= len(text)
        assert np.isfinite(span.score)


@pytest.mark.parametrize(
    "text",
    [ANSWER, "", "   ", "😀", f"😀 Naïve “words” 👩‍🏫 {ANSWER}", "one", "word " * 3000, "x" * 5000, "\n\nA\tb\x00c\n"],
    ids=["plain", "empty", "blank", "emoji", "signs", "one", "long", "word", "controls"],
)
def test_the_contract_of_the_seam(any_encoder: CrossEncoder, text: str) -> None:
    (reading,) = any_encoder.read(QUESTION, [text])
    check(reading, text)


def test_no_texts_no_readings(any_encoder: CrossEncoder) -> None:
    assert any_encoder.read(QUESTION, []) == ()


def test_what_answers_stands_above_what_does_not(any_encoder: CrossEncoder) -> None:
    answer, near = any_encoder.read(QUESTION, [ANSWER, NEAR])
    assert answer.answers > near.answers


def test_one_reading_for_each_text_in_their_order(any_encoder: CrossEncoder) -> None:
    texts = [NEAR, ANSWER, "", ANSWER * 50, NEAR]
    together = any_encoder.read(QUESTION, texts)
    assert len(together) == len(texts)
    for text, reading in zip(texts, together, strict=True):
        (alone,) = any_encoder.read(QUESTION, [text])
        check(reading, text)
        assert alone.answers == reading.answers
        assert (alone.starts == reading.starts).all()


def test_a_long_question_leaves_room_for_the_text(any_encoder: CrossEncoder) -> None:
    (reading,) = any_encoder.read("why " * 2000, [ANSWER])
    check(reading, ANSWER)
    assert reading.offsets.max() >= len(ANSWER) - 1


def test_an_empty_question_is_read(any_encoder: CrossEncoder) -> None:
    (reading,) = any_encoder.read("", [ANSWER])
    check(reading, ANSWER)


def test_a_span_keeps_to_the_part_it_is_asked_of(any_encoder: CrossEncoder) -> None:
    text = f"{NEAR} {ANSWER} {NEAR}"
    (reading,) = any_encoder.read(QUESTION, [text])
    start = len(NEAR) + 1
    span = reading.find_span(start, start + len(ANSWER))
    assert span is not None
    assert start <= span.start < span.end <= start + len(ANSWER)
    assert reading.find_span(3, 3) is None
    assert reading.score_part(3, 3) == -np.inf
    assert reading.score_part(start, start + len(ANSWER)) > reading.score_part(0, len(NEAR))


def test_the_best_span_is_short_and_the_right_way_round() -> None:
    size = 80
    offsets = np.array([(2 * index, 2 * index + 1) for index in range(size)])
    starts, ends = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    starts[[40, 3]], ends[[20, 79, 42]] = [9, 1], [9, 8, 5]
    reading = PassageReading(0.0, offsets, starts, ends)
    span = reading.find_span()
    assert span is not None
    assert (span.start, span.end, span.score) == (80, 85, 7.0)


def test_the_real_model_marks_the_answer(real: CrossEncoder) -> None:
    text = f"😀 {NEAR} {ANSWER}"
    (reading,) = real.read(QUESTION, [text])
    span = reading.find_span()
    assert span is not None
    assert "nine" in text[span.start : span.end]


def test_without_its_files_there_is_no_model(tmp_path: Path) -> None:
    assert load_cross_encoder(tmp_path) is None
    assert load_cross_encoder(tmp_path / "absent") is None
    (tmp_path / "reader.onnx").write_bytes(b"half")
    assert load_cross_encoder(tmp_path) is None


@pytest.mark.parametrize("name", ["reader.onnx", "tokenizer.json", "reader.json"])
@pytest.mark.parametrize("way", ["cut", "empty", "changed"])
def test_damaged_files_are_told_when_it_first_reads(tmp_path: Path, name: str, way: str) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(MODEL_FOLDER, folder)
    data = (folder / name).read_bytes()
    middle = len(data) // 2
    changed = {"cut": data[:middle], "empty": b"", "changed": data[:middle] + b"\xff\x00\xff" + data[middle + 3 :]}
    (folder / name).write_bytes(changed[way])
    encoder = load_cross_encoder(folder)
    assert encoder is not None
    with pytest.raises(ModelUnavailable, match="damaged"):
        encoder.read(QUESTION, [ANSWER])


def test_the_record_says_where_the_model_came_from() -> None:
    record = json.loads((MODEL_FOLDER / "reader.json").read_text("utf-8"))
    assert {entry["file"] for entry in record["data"]} == {"squad2.jsonl", "clapnq.jsonl"}
    assert all(len(entry["sha256"]) == 64 and entry["origin"] for entry in record["data"])
    assert record["base"]["licence"] == "Apache-2.0"
    assert record["split"]
    assert record["held_out"]


def test_the_model_stays_small() -> None:
    assert sum(path.stat().st_size for path in MODEL_FOLDER.iterdir()) <= 25_000_000


def test_opening_waits_for_the_first_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[float] = []
    whole = OnnxCrossEncoder._open

    def counted(self: OnnxCrossEncoder) -> tuple[object, object]:
        opened.append(time.monotonic())
        return whole(self)

    monkeypatch.setattr(OnnxCrossEncoder, "_open", counted)
    encoder = load_cross_encoder()
    assert encoder is not None
    assert not opened
    encoder.read(QUESTION, [ANSWER])
    encoder.read(QUESTION, [ANSWER])
    assert len(opened) == 1
