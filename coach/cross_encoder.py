"""Reads a question and passages together: texts -> how surely each answers the question, and where."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from coach.errors import ModelUnavailable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL_FOLDER = Path(__file__).with_name("models") / "reader"
_FILES = ("reader.onnx", "tokenizer.json", "reader.json")
_LONGEST = 256  # tokens of question and passage with the three special ones, as the model was trained
_LONGEST_QUESTION = 96  # tokens; what is left is for the passage
_LONGEST_SPAN = 30  # tokens

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A part of a text, in code points, and the logit that an answer begins and ends there."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class PassageReading:
    """What a question's reading of one text came to.

    Args:
        answers: logit that the text answers the question; 0 is as likely as not.
        offsets: where each token that was read stands in the text, in code points; shape (tokens, 2).
        starts: logit, for each token, that an answer starts there.
        ends: the same for its end.
    """

    answers: float
    offsets: npt.NDArray[np.int64]
    starts: Numbers
    ends: Numbers

    def find_span(self, start: int = 0, end: int | None = None) -> AnswerSpan | None:
        """The likeliest answer within a part of the text; None where no token of the part was read."""
        first, last = self._tokens_in(start, end)
        if first == last:
            return None
        size = last - first
        scores = (self.starts[first:last, None] + self.ends[None, first:last]) / 2
        scores[~np.triu(np.ones((size, size), dtype=bool)) | np.tri(size, k=-_LONGEST_SPAN, dtype=bool).T] = -np.inf
        left, right = divmod(int(scores.argmax()), size)
        return AnswerSpan(
            int(self.offsets[first + left, 0]), int(self.offsets[first + right, 1]), float(scores[left, right])
        )

    def score_part(self, start: int, end: int) -> float:
        """Logit that an answer stands in this part, a sentence say; minus infinity where nothing of it was read.

        It is what `answers` would rest on if the rest of the text told nothing: parts of one text, and of several
        texts read with one question, can be ranked by it.
        """
        first, last = self._tokens_in(start, end)
        if first == last:
            return -np.inf
        logits = np.stack([self.starts[first:last], self.ends[first:last]]).astype(np.float64)
        return float(np.logaddexp.reduce(logits, axis=1).mean())

    def _tokens_in(self, start: int, end: int | None) -> tuple[int, int]:
        """The first token that lies wholly in a part, and the one after the last."""
        first = int(np.searchsorted(self.offsets[:, 0], start))
        last = len(self.offsets) if end is None else int(np.searchsorted(self.offsets[:, 1], end, side="right"))
        return first, max(first, last)


class CrossEncoder(Protocol):
    """A model that reads question and passage together."""

    def read(self, question: str, texts: Sequence[str]) -> tuple[PassageReading, ...]:
        """One reading for each text. What does not fit the model's window is not read: a text's end, never a question's."""
        ...


def load_cross_encoder(folder: Path = MODEL_FOLDER, threads: int = 0) -> CrossEncoder | None:
    """The model that comes with Coach, opened when it first reads; None where its files are not there."""
    if not all((folder / name).is_file() for name in _FILES):
        return None
    return OnnxCrossEncoder(folder, threads)


class OnnxCrossEncoder:
    """The reader that evals/train/train_reader.py made, through ONNX Runtime.

    Each text is read by itself: with 8-bit weights a text's numbers would otherwise depend on its company, and nothing
    is lost, because a passage alone keeps two cores busy.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self._folder = folder
        self._threads = threads
        self._opened: tuple[Any, Tokenizer] | None = None
        self._turn = threading.Lock()

    def read(self, question: str, texts: Sequence[str]) -> tuple[PassageReading, ...]:
        """One reading for each text.

        Raises:
            ModelUnavailable: the model's files are damaged.
        """
        if not texts:
            return ()
        # One reading at a time: two would share the two cores and be slower together than in turn.
        with self._turn:
            self._opened = self._opened or self._open()
            session, tokenizer = self._opened
            question = _cut_question(question, tokenizer)
            tokenizer.enable_truncation(_LONGEST, strategy="only_second")
            encodings = tokenizer.encode_batch([(question, text) for text in texts])
            return tuple(_read_one(session, encoding) for encoding in encodings)

    def _open(self) -> tuple[Any, Tokenizer]:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        # As the embedder's: threads that spin while they wait cost more than they save when anything else runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        model = self._folder / "reader.onnx"
        try:
            data = model.read_bytes()
            if hashlib.sha256(data).hexdigest() != json.loads((self._folder / "reader.json").read_bytes())["sha256"]:
                raise ValueError("other bytes than were written")  # noqa: TRY301 - told like the rest
            session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        except Exception as error:  # noqa: BLE001 - both libraries raise whatever a damaged file makes of them
            raise ModelUnavailable(
                f"The reading model in {self._folder} is damaged ({type(error).__name__}). Install Coach again, "
                "or remove that folder to work without it."
            ) from error
        tokenizer.no_padding()
        return session, tokenizer


def _cut_question(question: str, tokenizer: Tokenizer) -> str:
    tokenizer.no_truncation()
    asked = tokenizer.encode(question, add_special_tokens=False)
    too_long = len(asked.ids) > _LONGEST_QUESTION
    return question[: asked.offsets[_LONGEST_QUESTION - 1][1]] if too_long else question


def _read_one(session: Any, encoding: Any) -> PassageReading:
    kinds = np.array([encoding.type_ids], dtype=np.int64)
    ids = np.array([encoding.ids], dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
    answers, starts, ends = session.run(None, inputs)
    # The passage's tokens come last but for one separator.
    first, last = int((kinds[0] == 0).sum()), kinds.shape[1] - 1
    return PassageReading(
        float(answers[0]),
        np.array(encoding.offsets[first:last], dtype=np.int64).reshape(-1, 2),
        starts[0, first:last],
        ends[0, first:last],
    )
