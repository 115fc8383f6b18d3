"""`coach ask` and `coach search`: a question in, an answer or passages out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.options import (
    AsJson,
    AsRole,
    AsStance,
    Home,
    drop_controls,
    load_settings,
    open_console,
    read_role,
    read_stance,
    write_json,
)

if TYPE_CHECKING:
    from rich.console import Console

    from coach.authorship import AnswerObject
    from coach.prompts import Wording
    from coach.records import Answer, Evidence, Manner, Statement


Documents = Annotated[
    list[str] | None,
    typer.Option("--document", help="Of this document alone: its file name, or the beginning of its id. Repeatable."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ask")(ask)
    app.command("search")(search)


def ask(  # noqa: PLR0913 - an argument for each option
    question: Annotated[list[str] | None, typer.Argument(help="The question.", show_default=False)] = None,
    role: AsRole = "principal",
    stance: AsStance = "suggest",
    batch: Annotated[
        Path | None, typer.Option("--batch", help='Answer many: a JSONL file of {"id", "question", ...}.')
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where --batch writes, one answer a line.")] = None,
    document: Documents = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the documents, with the exact words and where they stand."""
    from coach.assembly import open_coach
    from coach.cli.following import follow
    from coach.errors import UsageError
    from coach.prompts import load_conversation_wording
    from coach.records import Manner
    from coach.rendering import answer_to_object

    chosen, manner = read_role(role), read_stance(stance)
    if (batch is None) == (not question) or (batch is None) != (out is None):
        raise UsageError("Give a question, or both --batch IN.jsonl and --out OUT.jsonl.")
    if batch is not None and document:
        raise UsageError("--document goes with one question, not with --batch.")
    settings = load_settings(home)
    if batch is not None and out is not None:
        _ask_batch(batch, out, Manner(chosen, manner), home)
        return
    text = _require_words(" ".join(question or ()))
    with open_coach(settings) as coach:
        documents = coach.library.choose_documents(document) if document else None
        if as_json:
            write_json(answer_to_object(coach.assistant.ask(text, chosen, documents, stance=manner)))
            return
        console = open_console()
        steps = coach.assistant.ask_in_stages(text, Manner(chosen, manner), documents=documents)
        answer = follow(steps, console, load_conversation_wording())
    _render_answer(answer, console)


def _ask_batch(batch: Path, out: Path, manner: Manner, home: Path | None) -> None:
    from rich.progress import track

    from coach.assembly import open_coach
    from coach.batch import answer_all, read_items

    items = read_items(batch, manner)
    console = open_console(errors=True)
    with open_coach(load_settings(home)) as coach:
        answered = answer_all(coach.assistant, items, out)
        fresh = sum(now for _, now in track(answered, "Answering", total=len(items), console=console, transient=True))
    console.print(f"{fresh} answered, {len(items) - fresh} were there already: {out}", soft_wrap=True, markup=False)


def search(
    question: Annotated[list[str], typer.Argument(help="What to look for.")],
    count: Annotated[int, typer.Option("-k", "--count", min=1, max=200, help="How many passages.")] = 10,
    document: Documents = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages nearest to a question, and nothing else."""
    from coach.assembly import open_coach
    from coach.rendering import evidence_to_objects

    text = _require_words(" ".join(question))
    with open_coach(load_settings(home)) as coach:
        documents = coach.library.choose_documents(document) if document else None
        evidence = coach.assistant.search(text, count, documents)
    if as_json:
        write_json(evidence_to_objects(evidence))
    else:
        _render_evidence(evidence, open_console())


def _require_words(question: str) -> str:
    from coach.errors import UsageError

    # Bytes that are no text come from the shell as lone surrogates, which no tokenizer takes.
    text = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not any(character.isalnum() for character in text):
        raise UsageError("The question is empty.")
    if len(text) > 4000:
        raise UsageError(f"The question has {len(text):,} characters; 4,000 is the most.")
    return text


def _render_answer(answer: Answer, console: Console) -> None:
    from rich.markup import escape
    from rich.padding import Padding

    from coach.prompts import load_wording
    from coach.rendering import (
        answer_to_object,
        name_confidence,
        name_search,
        name_source,
        name_stance,
        number_citations,
        write_statement,
    )

    wording = load_wording()
    numbered = number_citations(answer)
    numbers = {item.citation: item.number for item in numbered}
    console.print()
    searched = name_search(answer)
    if searched is not None:
        console.print(Padding(f"[dim]{escape(wording.say('answer.searched', question=searched))}[/dim]", (0, 2, 1, 2)))
    for text, is_suggested in _write_paragraphs(answer, lambda one: write_statement(one, numbers, wording)):
        # What a model suggests is set in: it is neither a document's nor ours.
        console.print(Padding(escape(text), (0, 2, 1, 6 if is_suggested else 2)))
    _render_authors(answer_to_object(answer), console)
    stance = name_stance(answer)
    if stance is not None:
        console.print(Padding(f"[dim]{escape(wording.say(stance))}[/dim]", (0, 2, 1, 2)))
    _render_offers(answer, wording, console)
    if numbered:
        console.print(f"  [bold]{escape(wording.say('answer.sources'))}[/bold]")
    for item in numbered:
        place = f"characters {item.citation.start}-{item.citation.end} of {item.citation.document}"
        if item.citation.basis:
            place += f"; {wording.say(f'basis_label.{item.citation.basis}')}"
        console.print(
            Padding(f"\\[{item.number}] {escape(name_source(item.citation))}\n    [dim]{escape(place)}[/dim]", (0, 2))
        )
    if answer.checked and answer.outcome != "not_in_sources":
        console.print(Padding(f"[dim]{escape(wording.say(name_confidence(answer)))}[/dim]", (1, 2, 0, 2)))
    if answer.rejected:
        console.print(Padding(f"[dim]{escape(_say_rejected(answer, wording))}[/dim]", (1, 2, 0, 2)))
    console.print()


def _write_paragraphs(answer: Answer, write: Callable[[Statement], str]) -> list[tuple[str, bool]]:
    """The paragraphs of an answer, each with whether it is what a model suggests; written sentences in a row are one."""
    from coach.authorship import BY_MODEL

    paragraphs: list[tuple[str, bool]] = []
    flows = False
    for one in answer.statements:
        text, flowed, flows = drop_controls(write(one)), flows, one.kind == "source" and one.origin == "written"
        if flowed and flows:
            paragraphs[-1] = (f"{paragraphs[-1][0]} {text}", False)
        else:
            paragraphs.append((text, one.part_of == BY_MODEL and one.kind == "craft"))
    return paragraphs


def _say_rejected(answer: Answer, wording: Wording) -> str:
    """How much failed its check: quotations of ours, or sentences of a language model's."""
    from coach.authorship import EXTRACTIVE
    from coach.prompts import load_conversation_wording

    count = len(answer.rejected)
    if answer.composer == EXTRACTIVE and not answer.sent:
        return wording.say("answer.rejected", count=count)
    return load_conversation_wording().say("author.rejected", count=count)


def _render_authors(answer: AnswerObject, console: Console) -> None:
    """Who wrote it, where a language model did or was to."""
    from rich.markup import escape
    from rich.padding import Padding

    from coach.authorship import name_fallback, name_model
    from coach.conversing import list_authors
    from coach.prompts import load_conversation_wording

    if name_model(answer) or name_fallback(answer):
        for line in list_authors(answer, load_conversation_wording()):
            console.print(Padding(f"[dim]{escape(line)}[/dim]", (0, 2, 1, 2)))


def _render_offers(answer: Answer, wording: Wording, console: Console) -> None:
    from rich.markup import escape

    offered = (("answer.readings_heading", answer.readings), ("answer.suggestions_heading", answer.suggestions))
    for heading, questions in offered:
        if questions:
            lines = "".join(f"\n    {number}. {escape(text)}" for number, text in enumerate(questions, start=1))
            console.print(f"  [bold]{escape(wording.say(heading))}[/bold]{lines}\n")


def _render_evidence(evidence: Evidence, console: Console) -> None:
    from rich.markup import escape
    from rich.padding import Padding

    from coach.prompts import load_wording
    from coach.search_copy import shorten

    wording = load_wording()
    for asked, read_as in evidence.corrections:
        console.print(escape(wording.say("answer.read_spelling", asked=asked, read_as=read_as)))
    if not evidence.hits:
        console.print("No passage was found.")
    for number, hit in enumerate(evidence.hits, start=1):
        place = " > ".join(hit.passage.section) or hit.document.name
        page = f", page {hit.passage.page_label or hit.passage.page}" if hit.passage.page else ""
        console.print(
            f"[bold]{number}. {escape(hit.document.title)}[/bold]  "
            f"[dim]{hit.score:.2f}  {', '.join((hit.passage.label, *hit.twins))}[/dim]"
        )
        console.print(
            Padding(f"[dim]{escape(place)}{escape(page)}[/dim]\n{escape(shorten(hit.text, 400))}", (0, 2, 1, 3))
        )
