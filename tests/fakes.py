"""Fakes for the seams: an embedder whose vectors are word counts, a cross-encoder of shared words, a reader in this process."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Generator, Iterator, Sequence

import numpy as np

from coach.cross_encoder import PassageReading
from coach.embedding import Vectors
from coach.models import FaultKind, ModelFault
from coach.readers import read
from coach.records import Answer, Manner, Message, Reading, Stage, Turn
from coach.support import Support
from coach.talk import Answering

_WORD = re.compile(r"\w+")


class WordEmbedder:
    """A text's vector counts its words in a few dozen hashed places: texts that share words are near each other."""

    window = 60

    def __init__(self, name: str = "words", dimensions: int = 64) -> None:
        self.name = name
        self.dimensions = dimensions
        self.fingerprint = hashlib.sha256(f"{name}:{dimensions}".encode()).hexdigest()
        self.texts: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.casefold()):
                place = int.from_bytes(hashlib.sha256(f"{self.name}{word}".encode()).digest()[:4], "big")
                vectors[row, place % self.dimensions] += 1
        vectors[:, 0] += 1e-3  # a text without words still has a direction
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class WordCrossEncoder:
    """A text answers by the share of the question's words in it, and the answer stands at one of them."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def read(self, question: str, texts: Sequence[str]) -> tuple[PassageReading, ...]:
        self.pairs += [(question, text) for text in texts]
        return tuple(_read_words(question, text) for text in texts)


def _read_words(question: str, text: str) -> PassageReading:
    asked = set(_WORD.findall(question.casefold()))
    words = list(_WORD.finditer(text))
    logits = np.array([2.0 if word[0].casefold() in asked else -6.0 for word in words], dtype=np.float32)
    shared = asked & {word[0].casefold() for word in words}
    offsets = np.array([word.span() for word in words], dtype=np.int64).reshape(-1, 2)
    return PassageReading(8 * len(shared) / max(1, len(asked)) - 4, offsets, logits, logits)


class DirectReader:
    """Reads in this process, and remembers the names."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def read(self, data: bytes, name: str) -> Reading:
        self.names.append(name)
        return read(data, name)


class ScriptedModel:
    """Writes the given pieces to everything it is asked, then ends with the given fault, and remembers what it was asked."""

    def __init__(self, pieces: Sequence[str], fault: FaultKind | None = None, *, is_local: bool = True) -> None:
        self.name = "scripted:fake"
        self.address = "127.0.0.1:1" if is_local else "models.example.org:443"
        self.is_local = is_local
        self.asked: list[tuple[Message, ...]] = []
        self.closed = 0
        """Replies that came to their end, in whatever way."""
        self._pieces = tuple(pieces)
        self._fault = fault

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        self.asked.append(tuple(messages))
        try:
            if self._fault not in (None, "broken", "late"):
                raise ModelFault(self._fault, f"The scripted model: {self._fault}.")
            yield from self._pieces
            if self._fault is not None:
                raise ModelFault(self._fault, f"The scripted model: {self._fault}.")
        finally:
            self.closed += 1


class ScriptedAnswering:
    """Answers a question as its script says, and any other one as another assistant does."""

    def __init__(self, otherwise: Answering) -> None:
        self.scripts: dict[str, Callable[[], Iterator[Stage | Answer]]] = {}
        self._otherwise = otherwise

    def ask_in_stages(
        self,
        text: str,
        manner: Manner,
        history: Sequence[Turn] = (),
        search_question: str | None = None,
        documents: Collection[str] | None = None,
    ) -> Iterator[Stage | Answer]:
        script = self.scripts.get(text)
        if script is not None:
            yield from script()
        else:
            yield from self._otherwise.ask_in_stages(text, manner, history, search_question, documents)


class WritingModel:
    """A language model that writes what it is told to, and keeps what it was sent."""

    name = "scripted:writer"
    address = "127.0.0.1:9"

    def __init__(self, *replies: str | ModelFault, is_local: bool = True) -> None:
        """Each reply is written once, in pieces; a fault comes after the reply before it, where that ends with a blank."""
        self.replies = list(replies)
        self.is_local = is_local
        self.requests: list[Sequence[Message]] = []
        self.closed = 0

    def stream(self, messages: Sequence[Message]) -> Generator[str, None, None]:
        self.requests.append(messages)
        reply = self.replies.pop(0)
        try:
            if isinstance(reply, ModelFault):
                raise reply
            for place in range(0, len(reply), 7):
                yield reply[place : place + 7]
            if reply.endswith(" ") and self.replies and isinstance(self.replies[0], ModelFault):
                fault = self.replies.pop(0)
                assert isinstance(fault, ModelFault)
                raise fault
        finally:
            self.closed += 1


class WordJudge:
    """A claim is supported by the share of its words that the evidence holds; a number that is not there disagrees."""

    def __init__(self) -> None:
        self.prepared: tuple[str, ...] = ()

    def judge(self, claim: str, sentences: Sequence[str], known: Sequence[str] = ()) -> Support:
        there = set(_WORD.findall(" ".join([*sentences, *known]).casefold()))
        words = _WORD.findall(claim.casefold())
        share = sum(word in there for word in words) / len(words)
        missing = any(word.isdigit() and word not in there for word in words)
        return Support(share, "number" if missing else None, (0,))

    def prepare(self, sentences: Sequence[str]) -> None:
        self.prepared = (*self.prepared, *sentences)

    def holds(self, support: Support) -> bool:
        return support.disagreement is None and support.probability >= 0.6
