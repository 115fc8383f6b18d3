"""What a person sees of answers that a language model wrote: on the page, in the terminal and in exports."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from coach.authorship import BY_MODEL
from coach.cli.answering import _render_answer
from coach.cli.chat import _show, _take_line
from coach.cli.chat_session import ChatSession, Reply
from coach.cli.chat_text import write_answer, write_plainly, write_reasons, write_sent
from coach.cli.following import follow
from coach.conversing import read_turns, write_markdown
from coach.introduction import Introduction
from coach.prompts import load_conversation_wording
from coach.records import LOCAL_PERSON, Answer, Conversation, Exchange, Message, Rejected, Sent, Stage, Statement
from coach.web.exchange_view import view_exchange, view_sent, write_plain
from coach.web.transcript import Transcript, Writer, write_introduction, write_transcript, write_writing
from coach.web.transcript import write_sent as write_sent_part
from coach.web.wording import load_page_wording
from tests import written
from tests.fragments import find_all, read_text
from tests.test_chat import make_scene
from tests.test_desk import HOSTILE
from tests.written import FALLBACK, MODEL, PASSAGES, RULES, WRITTEN, make_written, store_written

WORDING = load_conversation_wording()
PAGE = load_page_wording()
TODAY = date(2026, 11, 25)


def show(answer: dict[str, Any], **more: Any) -> str:
    parts = {"is_stored": False, **more}
    return write_transcript(Transcript("c", [Exchange(0, "What helps?", answer, "2026")], **parts), {}, TODAY)


# --- the page -----------------------------------------------------------------------------------------------------


def test_written_sentences_flow_and_a_quotation_among_them_stays_one() -> None:
    html = show(store_written())
    paragraphs = [" ".join(one.text_content().split()) for one in find_all(html, "//p[@class='prose']")]
    assert paragraphs == [
        "The study looked at nine schools over two years.1 Before a walk, those who go agree on what they look for.21",
        "They speak about it afterwards.2",
    ]
    assert [one.text_content().strip() for one in find_all(html, "//blockquote/p")] == ["No teacher is rated.3"]
    marks = find_all(html, "//p[@class='prose']//button[@data-event='open_source']")
    assert [mark.get("data-number") for mark in marks] == ["1", "2", "1", "2"]
    assert len({mark.get("id") for mark in marks}) == 4 and "Learning walks" in marks[0].get("aria-label")


def test_what_a_model_suggests_is_neither_the_documents_nor_ours() -> None:
    craft = {"id": "open", "title": "Open it", "first_step": "Ask her.", "by": "", "evidence": ""}
    answer = store_written() | {"craft": [craft]}
    ours = [
        {"text": "General coaching practice:", "kind": "notice", "origin": "written", "part_of": "open"},
        {"text": "Ask her first.", "kind": "craft", "origin": "written", "part_of": "open"},
    ]
    answer["statements"][6:6] = ours
    html = show(answer)
    cards = find_all(html, "//section[contains(@class, 'card')]")
    assert [one.get("class") for one in cards] == ["card model", "card craft"]
    assert "not from our coaching library" in cards[0].text_content() and "Walk with one" in cards[0].text_content()
    assert "suggestion" in cards[0].get("aria-label") and "Ask her first" not in cards[0].text_content()
    assert not find_all(html, "//section[@class='card model']//details"), "a commitment rests on ours or the documents'"
    replaced = show(store_written(), replaced=[Exchange(1, "Before?", answer, "2026")])
    (earlier,) = find_all(replaced, "//details[@class='replaced']")
    assert "The language model's suggestion" in earlier.text_content(), "an earlier version says so too"


def test_a_suggestion_without_its_heading_is_labelled_all_the_same() -> None:
    html = show(
        store_written(statements=(written.SUGGESTION[1], Statement("Who?", "question", "written", part_of=BY_MODEL)))
    )
    assert read_text(html).count("The language model's suggestion: not from your documents") == 1
    assert find_all(html, "//section//p[@class='think']") == [] and find_all(html, "//p[@class='think']")


def test_how_it_was_made_says_who_what_was_left_out_and_what_took_its_place() -> None:
    html = show(store_written())
    how = " ".join(find_all(html, "//details[@class='how']")[0].text_content().split())
    assert f"Written by {MODEL}." in how and "2 sentences were left out" in how and "passages: 4. The passages" in how
    assert [one.text_content() for one in find_all(html, "//s")] == [one.text for one in written.REJECTED]
    assert "because: It says more than the passage. In its place stands what the document says: No teacher is" in how
    assert [one.text_content() for one in find_all(html, "//p[@class='instead']/q")] == ["No teacher is rated."]
    (last,) = find_all(html, "//p[contains(@class, 'byline')]")
    assert last.text_content() == written.SIGNED


def test_why_a_model_did_not_write_is_said_once() -> None:
    quoted = store_written(statements=(WRITTEN[2],), composer="extractive", fallback=FALLBACK)
    assert [one.text_content() for one in find_all(show(quoted), "//p[contains(@class, 'byline')]")] == [FALLBACK]
    said = store_written(
        statements=(WRITTEN[2], Statement(FALLBACK, "notice", "written")), composer="extractive", fallback=FALLBACK
    )
    assert find_all(show(said), "//p[contains(@class, 'byline')]") == []
    for answer in (quoted, said):
        assert FALLBACK in find_all(show(answer), "//details[@class='how']")[0].text_content()
        assert "No language model wrote here" in read_text(show(answer))


def test_what_was_sent_can_be_read_word_for_word() -> None:
    html = show(store_written())
    sent = find_all(html, "//details[@class='sent']")[0]
    assert f"{len(RULES) + len(PASSAGES)} characters, to llm.district.example:443" in sent[0].text_content()
    # The browser drops one line break behind the tag, as lxml does not.
    assert [one.text_content() for one in sent.iter("pre")] == [f"\n{RULES}", f"\n{PASSAGES}"]
    assert all(one.get("tabindex") == "0" and one.get("aria-labelledby") for one in sent.iter("pre"))
    assert "I can miss one" in sent.text_content()
    assert "Two" not in sent.text_content() and "2 names" in read_text(show(store_written(masked=2)))


def test_what_was_sent_is_loaded_when_somebody_opens_it() -> None:
    html = show(store_written(), is_stored=True)
    (sent,) = find_all(html, "//details[@class='sent']")
    assert sent.get("data-load") == "/conversations/c/sent/0" and "187 characters" in sent[0].text_content()
    assert "You help a school leader" not in html, "a long conversation stays light"
    loaded = write_sent_part(Exchange(0, "What helps?", store_written(), "2026"))
    assert [one.text_content() for one in find_all(loaded, "//pre")] == [f"\n{RULES}", f"\n{PASSAGES}"]


@pytest.mark.parametrize(
    ("sent", "left", "told"),
    [
        ((), False, "nothing. No language model was asked."),
        ((written.write_sent(left=False, to="127.0.0.1:11434"),), False, "runs on this machine, at 127.0.0.1:11434"),
        ((written.write_sent(),), True, f"{MODEL} at llm.district.example:443 was sent"),
        ((written.write_sent(left=False), written.write_sent(to="a.example")), True, "to a.example"),
    ],
)
def test_whether_anything_left_is_said_plainly(sent: tuple[Sent, ...], left: bool, told: str) -> None:
    answer = store_written(sent=sent)
    assert view_sent(answer).left is left and told in read_text(show(answer))
    assert ("nothing." in read_text(show(answer))) is not left
    plain = write_plainly(write_sent(answer, WORDING))
    assert plain.startswith("Nothing left this machine") is not left
    assert all(message.text in plain for one in sent for message in one.messages)


def test_what_is_not_known_to_have_stayed_has_left() -> None:
    answer = store_written()
    del answer["sent"][0]["left"]
    assert view_sent(answer).left
    assert not view_sent({}).left and view_sent({"sent": None}).requests == ()


def test_what_is_written_so_far_looks_as_it_will() -> None:
    html = write_writing("key", (*WRITTEN[:3], *written.SUGGESTION), PAGE)
    assert find_all(html, "//@data-writing") == ["key"] and not find_all(html, "//button")
    ends = [one.text_content() for one in find_all(html, "//p[@class='prose']")]
    whole = [one.text_content() for one in find_all(show(store_written()), "//p[@class='prose']")]
    assert ends[0] == whole[0], "no number changes when the answer is whole"
    assert find_all(html, "//blockquote") and find_all(html, "//section[@class='card model']")


@given(st.lists(st.sampled_from(WRITTEN), max_size=6))
def test_what_stands_already_stays_when_more_is_written(statements: list[Statement]) -> None:
    """Each sentence is the next one's beginning: what was shown is never written anew."""
    before: list[str] = []
    for count in range(len(statements) + 1):
        html = write_writing("key", statements[:count], PAGE)
        words = [one.text_content() for one in find_all(html, "//span[@class='sentence'] | //blockquote/p")]
        assert words[: len(before)] == before
        before = words
    assert len(before) == len(statements)


def test_a_first_visit_promises_what_holds() -> None:
    library = Introduction(1, ("Learning walks",), 9, "few", "few", ())
    nobody, here, away = (
        read_text(write_introduction(library, (), PAGE, writer))
        for writer in (None, Writer(MODEL, "127.0.0.1:1", True), Writer(MODEL, "llm.example:443", False))
    )
    assert "Nothing you type leaves this computer" in nobody and "What they say I quote word for word" in nobody
    assert "Nothing you type leaves this computer" in here and MODEL in here and MODEL in away
    assert "leaves this computer" not in away and "a language model at llm.example:443 is sent your question" in away


# --- nothing that a model wrote becomes markup ---------------------------------------------------------------------

NASTY = st.one_of(
    HOSTILE,
    st.sampled_from(
        ["[x](javascript:alert(1))", "\u202egnip", "x" * 3000, "</s></q></pre></details>", "\n\n<pre>", "\x1b[2J\x07"]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_word_of_a_model_changes_the_structure_of_the_page(data: st.DataObject) -> None:
    def make(draw: Any) -> str:
        statements = tuple(
            Statement(draw(), one.kind, one.origin, one.citations, part_of=one.part_of)
            for one in (*WRITTEN, *written.SUGGESTION)
        )
        rejected = (Rejected(draw(), draw(), draw()), Rejected(draw(), draw()))
        sent = (Sent("question", draw(), draw(), True, (Message("system", draw()), Message("user", draw()))),)
        answer = store_written(
            statements=statements,
            rejected=rejected,
            composer=draw(),
            fallback=f"because {draw()}",
            sent=sent,
            checked=1,
        )
        return show(answer) + write_writing("key", statements, PAGE)

    hostile, plain = make(lambda: "x" + data.draw(NASTY).replace("\x00", "")), make(lambda: "x")
    assert _outline(hostile) == _outline(plain)


def _outline(html: str) -> list[tuple[str, tuple[str, ...]]]:
    tree = lxml.html.fragment_fromstring(html, create_parent="div")
    return [(str(one.tag), tuple(sorted(one.attrib))) for one in tree.iter() if isinstance(one.tag, str)]


def test_the_name_of_a_model_turns_no_direction() -> None:
    sent = (written.write_sent(model="\u202emodel", to="\u202ehost"),)
    html = show(store_written(composer="\u202emodel", sent=sent, statements=WRITTEN))
    how = find_all(html, "//details[@class='how']")[0]
    for gone in how.xpath(".//p[@class='receipt']"):
        gone.drop_tree()
    assert "\u202e" not in how.text_content()


# --- exports and the terminal -------------------------------------------------------------------------------------


def make_conversation(answer: dict[str, Any]) -> Conversation:
    asked = Exchange(0, "What helps?", answer, "2026-11-22T10:00:00+00:00")
    return Conversation("c", "local", "What helps", "principal", "suggest", asked.asked_at, asked.asked_at, (asked,))


def test_an_export_names_who_wrote_and_labels_what_a_model_suggests() -> None:
    text = write_markdown(make_conversation(store_written(statements=(*WRITTEN, *written.SUGGESTION))), WORDING)
    assert (
        "over two years. \\[1\\] Before a walk, those who go agree on what they look for. \\[2\\] \\[1\\]\n\n>" in text
    )
    assert "> “No teacher is rated.” \\[3\\]\n\nThey speak" in text
    assert "**The language model's suggestion: not from your documents" in text and text.count("suggestion") == 1
    assert f"*Written by {MODEL}." in text
    extractive = write_markdown(
        make_conversation(store_written(statements=WRITTEN[2:3], composer="extractive")), WORDING
    )
    assert "*Put together from the documents' own words; no language model wrote here.*" in extractive
    fallen = store_written(statements=WRITTEN[2:3], composer="extractive", fallback=FALLBACK)
    assert FALLBACK in write_markdown(make_conversation(fallen), WORDING)


@given(st.permutations([*WRITTEN, *written.SUGGESTION, Statement("Ask two teachers.", "craft", "written")]))
def test_no_written_sentence_stands_in_quotation_marks_and_no_suggestion_unlabelled(order: list[Statement]) -> None:
    answer = store_written(statements=tuple(order))
    plain = write_plainly(write_answer(answer, WORDING))
    markdown = MarkdownIt().render(write_markdown(make_conversation(answer), WORDING))
    for text in (plain, markdown, write_plain(answer)):
        for one in WRITTEN:
            assert (f"“{one.text}”" in text) is (one.origin == "quoted")
    lines = plain.splitlines()
    labels = ("The language model's suggestion", "General coaching practice")
    last = ""
    for line in lines:
        last = next((label for label in labels if line.startswith(label)), last)
        if "Walk with one colleague" in line:
            assert last == labels[0]
        if line == "Ask two teachers.":
            before = [one for one in order if one.kind in ("craft", "notice")]
            assert last == labels[1], before


def test_why_and_sent_tell_the_rest() -> None:
    answer = store_written(fallback="Half of it is missing.")
    said = write_plainly(write_reasons(answer, "sure", WORDING))
    assert f"Written by {MODEL}." in said and "Half of it is missing." in said and "4 statement(s)" in said
    assert "- Teachers are never rated by anybody. It says more than the passage." in said
    assert "In its place stands what the document says: “No teacher is rated.”" in said
    assert said.count("In its place") == 1
    sent = write_plainly(write_sent(answer, WORDING))
    assert (
        "1. To write the answer" in sent and RULES in sent and PASSAGES in sent and "llm.district.example:443" in sent
    )


def test_ask_says_who_wrote_where_the_answer_does_not() -> None:
    def render(answer: Any) -> str:
        stream = io.StringIO()
        _render_answer(answer, Console(file=stream, width=2000, highlight=False))
        return stream.getvalue()

    signed, unsigned = render(make_written()), render(make_written(statements=WRITTEN))
    assert signed.count(MODEL) == 1 and f"Written by {MODEL}. Each sentence" in unsigned
    assert "2 sentence(s) did not pass the check" in signed and "quotation(s)" not in signed
    assert "two years. [1] Before a walk" in signed and "“No teacher is rated.” [3]" in signed
    assert "\n      Walk with one colleague" in signed
    assert "\x1b" not in render(
        make_written(statements=(Statement("a\x1b[2Jb", "source", "written", (written.FOCUS,)),))
    )
    assert FALLBACK in render(make_written(statements=WRITTEN[2:3], composer="extractive", fallback=FALLBACK))
    assert "Written by" not in render(make_written(statements=WRITTEN[2:3], composer="extractive", sent=()))


def test_nothing_that_a_model_wrote_steers_a_terminal() -> None:
    stream = io.StringIO()
    answer = store_written(
        statements=(Statement("a\x1b[2Jb\x9b1m", "source", "written", (written.FOCUS,)),),
        rejected=(Rejected("c\x1b]0;title\x07", "d\x1b[1m", "e\x1b[3m"),),
    )
    console = Console(file=stream, force_terminal=True, color_system=None, width=200)
    for parts in (write_answer(answer, WORDING), write_reasons(answer, "\x1b[4m", WORDING)):
        _show(Reply(tuple(parts)), console)
    assert "a [2Jb" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue() and "\x1b]0" not in stream.getvalue() and "\x9b" not in stream.getvalue()


# --- understanding what follows --------------------------------------------------------------------------------------


def test_what_follows_is_understood_by_the_sources_words_and_not_by_a_models() -> None:
    turn = read_turns([Exchange(0, "What helps?", store_written(), "2026")])[1]
    assert (turn.quoted or "").splitlines() == [
        "Nine schools were visited in two years.",
        "Agree on one focus.",
        "No teacher is rated.",
    ]


# --- sentences as they come ------------------------------------------------------------------------------------------


def steps(closed: list[bool], upto: int = 3) -> Iterator[Stage | str]:
    try:
        yield Stage("searching")
        yield Stage("reading", ("Learning walks",))
        for count in range(upto):
            yield Stage("writing", ("Learning walks",), WRITTEN[: count + 1])
        yield Stage("writing")
        yield "whole"
    finally:
        closed.append(True)


def make_terminal(stream: io.StringIO, height: int = 20) -> Console:
    return Console(file=stream, force_terminal=True, color_system=None, width=70, height=height, legacy_windows=False)


def test_a_terminal_shows_each_sentence_as_it_comes_and_clears_it_away() -> None:
    stream, closed = io.StringIO(), list[bool]()
    assert follow(steps(closed), make_terminal(stream), WORDING) == "whole"
    told = stream.getvalue()
    first, second = (told.index(one.text[:30]) for one in WRITTEN[:2])
    assert first < second and "“No teacher is rated.”" in told and "each sentence is checked first" in told
    assert told.rstrip("\n").endswith(("\x1b[2K", "\x1b[?25h")) and closed == [True]


def test_what_is_no_terminal_gets_the_answer_alone() -> None:
    stream = io.StringIO()
    closed: list[bool] = []
    assert follow(steps(closed), Console(file=stream, width=70), WORDING) == "whole"
    assert stream.getvalue() == "" and closed == [True]


def test_an_interrupted_answer_ends_the_work_and_clears_the_terminal() -> None:
    stream = io.StringIO()
    closed: list[bool] = []

    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            if "Before a walk" in text:
                raise KeyboardInterrupt
            return stream.write(text)

    with pytest.raises(KeyboardInterrupt):
        follow(steps(closed), make_terminal(Interrupting()), WORDING)
    assert closed == [True]


def test_an_interrupted_answer_of_a_conversation_keeps_nothing_and_goes_on(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    console = make_terminal(io.StringIO())
    answered = scene.assistant.ask_in_stages

    def interrupt(*given: Any) -> Iterator[Stage | Answer]:
        yield Stage("writing", (), WRITTEN[:2])
        raise KeyboardInterrupt

    session = ChatSession(scene.talk, scene.keeping, str, lambda steps: follow(steps, console, WORDING))
    scene.assistant.ask_in_stages = interrupt  # type: ignore[assignment, method-assign]
    assert write_plainly(_take_line(session, lambda: "What helps?").paragraphs) == "Stopped."
    assert scene.talk.exchanges == () and scene.conversations.list_cards(LOCAL_PERSON) == ()
    scene.assistant.ask_in_stages = answered  # type: ignore[method-assign]
    assert "Agree on one focus" in write_plainly(_take_line(session, lambda: "What helps?").paragraphs)
    assert "No language model was asked" not in write_plainly(session.handle("/why").paragraphs)
    assert "no language model was asked" in write_plainly(session.handle("/sent").paragraphs)
    scene.store.close()


def test_a_low_terminal_shows_the_end_of_what_is_there() -> None:
    stream = io.StringIO()
    follow(steps([], upto=4), make_terminal(stream, height=6), WORDING)
    last = stream.getvalue().rsplit("They speak about it", 1)
    assert len(last) == 2 and max(part.count("\n") for part in stream.getvalue().split("\x1b[2K\x1b[1A")) < 8


# --- older answers -------------------------------------------------------------------------------------------------


def test_an_answer_from_before_models_reads_as_it_did() -> None:
    answer = store_written(statements=WRITTEN[2:3], composer="extractive", sent=())
    for gone in ("sent", "fallback", "composer"):
        del answer[gone]
    for one in answer["rejected"]:
        del one["instead"]
    view = view_exchange(Exchange(0, "What helps?", answer, "2026"), None, TODAY)
    assert view.model == "" and view.fallback == "" and not view.sent.requests and view.cut[0].instead == ""
    assert "nothing. No language model was asked." in read_text(show(answer))
