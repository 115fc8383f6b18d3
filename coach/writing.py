"""Has a language model write an answer: a task in, statements that passed their check out, as they come."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from coach.disclosure import Trace, disclose
from coach.models import LanguageModel, ModelFault, record_request
from coach.prompting import ModelPrompts, PassageText
from coach.proofreading import Proof, Task, Tools, Verify
from coach.records import Message, Rejected, Sent, Statement
from coach.written import Unending, WrittenReader

_MOST_SENTENCES = 24


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of a task."""

    sent: Sent
    statements: tuple[Statement, ...] = ()
    """About the documents, in order: in the model's words, or the documents' own where those were refused."""
    kept: int = 0
    """Sentences about the documents that passed their check."""
    count: int = 0
    """Sentences about the documents that the model wrote."""
    suggestions: tuple[str, ...] = ()
    question: str = ""
    """For the reader, about their own work; may be empty."""
    rejected: tuple[Rejected, ...] = ()
    fault: str = ""
    """Why the model did not end as it should, as a line for the reader."""
    found_nothing: bool = False
    """Whether it said that the passages do not answer, and nothing else."""


class Writer:
    """Writes answers with one language model."""

    def __init__(
        self, model: LanguageModel, prompts: ModelPrompts, tools: Tools, trace: Trace, most_characters: int
    ) -> None:
        """Put the parts together.

        Args:
            model: writes.
            prompts: what it is sent.
            tools: what its sentences are checked with.
            trace: masks what is sent of the documents.
            most_characters: that may be sent with one request.
        """
        self.model = model
        self.prompts = prompts
        self._tools = tools
        self._trace = trace
        self._most_characters = most_characters

    def write(self, task: Task, verify: Verify) -> Iterator[tuple[Statement, ...] | Composed]:
        """The statements that may be shown so far, each time that something came; and last what came of it.

        Whoever stops listening stops the model. A fault of the model's is part of what came of it.
        """
        disclosed = {hit.passage.label: disclose(hit, self._trace) for hit in task.hits}
        wishes = self.prompts.write_wishes(task.manner, guides=task.guides, step=task.step)
        passages = [PassageText(label, one.title, one.text) for label, one in disclosed.items()]
        question = self._trace(task.question)[0]
        messages, labels = self.prompts.ask_for_answer(question, passages, wishes, self._most_characters)
        sent = record_request(self.model, "answer", messages)
        proof = Proof(task, {label: disclosed[label] for label in labels}, self._tools, verify)
        fault = ""
        try:
            for _ in self._follow(messages, proof):
                yield tuple(proof.statements)
        except ModelFault as error:
            fault = str(error)
        except Unending:
            fault = self._tools.wording.say("writing.unending", model=self.model.name)
        yield Composed(
            sent,
            tuple(proof.statements),
            proof.kept,
            proof.count,
            tuple(proof.suggestions),
            proof.question,
            tuple(proof.rejected),
            fault,
            proof.found_nothing and not proof.count,
        )

    def _follow(self, messages: tuple[Message, ...], proof: Proof) -> Iterator[None]:
        """Check until the reply ends, or until more was written than anybody reads."""
        reader = WrittenReader()
        # Beside the request: until the model begins there is time.
        with ThreadPoolExecutor(1, "prepare") as beside, closing(self.model.stream(messages)) as pieces:
            prepared = beside.submit(proof.prepare)
            for piece in pieces:
                for written in reader.feed(piece):
                    proof.take(written)
                yield
                if proof.count > _MOST_SENTENCES or len(proof.rejected) > _MOST_SENTENCES:
                    return
            prepared.result()
        for written in reader.finish():
            proof.take(written)
        yield
