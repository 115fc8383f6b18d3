"""Passages: every sentence in exactly one, none too large, each where it is said to stand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from coach.passages import cut_passages
from coach.readers import read
from coach.records import BlockKind, Document, Metadata, Passage, Span
from coach.search_copy import make_search_copy
from tests.conftest import ROOT
from tests.fakes import WordEmbedder
from tests.pdf_files import write_lines, write_report

EMBEDDER = WordEmbedder()


def document_of(data: bytes, name: str) -> Document:
    reading = read(data, name)
    return Document("d" * 64, f"/{name}", name, len(data), reading, reading.metadata)


def cut(text: str, name: str = "x.md", window: int = 60) -> tuple[Passage, ...]:
    return cut_passages(document_of(text.encode(), name), EMBEDDER.count_tokens, window)


def test_sections_are_not_mixed() -> None:
    passages = cut("# A\n\nOne. Two.\n\n## B\n\nThree.\n\n# C\n\nFour.\n")
    assert [(p.section, p.search_text) for p in passages] == [
        (("A",), "One. Two."),
        (("A", "B"), "Three."),
        (("C",), "Four."),
    ]
    assert passages[1].heading == "A > B"


def test_a_list_stays_with_its_lead_in() -> None:
    filler = "Word " * 50 + "end."
    passages = cut(f"{filler}\n\nThree things matter most here:\n\n- {'a ' * 20}\n- {'b ' * 20}\n")
    with_lead = [p for p in passages if "Three things" in p.search_text]
    assert len(with_lead) == 1 and " a a " in f" {with_lead[0].search_text} "


def test_a_sentence_is_cut_only_where_it_alone_exceeds_the_window() -> None:
    long = ", ".join(f"clause number {number} goes on" for number in range(40)) + "."
    passages = cut(f"Short one. {long} Last one.")
    assert all(EMBEDDER.count_tokens([p.search_text])[0] <= 60 for p in passages)
    whole = " ".join(p.search_text for p in passages)
    assert "clause number 39 goes on." in whole and whole.count("clause number 17") == 1
    sentences = [s for p in passages for s in p.sentences]
    assert len(sentences) >= 5


def test_a_paragraph_over_a_page_border_is_one_sentence_in_two_spans() -> None:
    header = "A header that repeats"
    pages = [
        [
            header,
            "",
            "",
            "",
            "",
            "The visitors agree on one focus and then they",
            "walk through the building without a",
        ],
        [header, "", "", "", "", "single note about a person. Then they talk."],
    ]
    document = document_of(write_lines(pages), "x.pdf")
    passages = cut_passages(document, EMBEDDER.count_tokens, 60)
    text = " ".join(p.search_text for p in passages)
    assert "without a single note about a person." in text
    split = next(s for p in passages for s in p.sentences if len(s.spans) == 2)
    assert document.reading.text[split.spans[1].start :].startswith("single note")


def test_pages_are_named() -> None:
    passages = cut_passages(document_of(write_report(), "r.pdf"), EMBEDDER.count_tokens, 60)
    assert [p.page for p in passages] == [1, 2, 3, 4]


def test_a_document_of_headings_alone_is_still_found() -> None:
    assert [p.search_text for p in cut("# One\n\n## Two\n")] == ["One Two"]


def check_passages(document: Document, passages: tuple[Passage, ...], window: int) -> None:
    text = document.reading.text
    covered = bytearray(len(text))
    for passage in passages:
        assert 0 <= passage.start < passage.end <= len(text)
        assert EMBEDDER.count_tokens([passage.search_text])[0] <= window
        for sentence in passage.sentences:
            for span in sentence.spans:
                assert passage.start <= span.start < span.end <= passage.end
                assert not any(covered[span.start : span.end]), "a sentence lies in two passages"
                covered[span.start : span.end] = b"\1" * (span.end - span.start)
    markdown = document.reading.kind == "markdown"
    for block in document.reading.blocks:
        if block.kind not in (BlockKind.HEADING, BlockKind.FURNITURE):
            copy = make_search_copy(text, [Span(block.start, block.end)], markdown=markdown, compounds={})
            kept = [place for place, character in zip(copy.places, copy.text, strict=True) if character.isalnum()]
            assert all(covered[place] for place in kept), "words were lost"


BLOCKS = st.lists(
    st.one_of(
        st.text(st.sampled_from("abcdefgh ,;.!?é“”"), min_size=1, max_size=160).map(
            lambda words: f"Word {words.strip()} end."
        ),
        st.text(st.sampled_from("abc "), min_size=1, max_size=20).map(lambda words: f"## {words.strip() or 'h'}"),
        st.lists(st.text(st.sampled_from("abc ."), min_size=1, max_size=60), min_size=1, max_size=4).map(
            lambda items: "\n".join(f"- item {item.strip()}" for item in items)
        ),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=150)
@given(BLOCKS, st.sampled_from([12, 30, 60]))
def test_nothing_is_lost_and_nothing_is_twice(blocks: list[str], window: int) -> None:
    document = document_of("\n\n".join(blocks).encode(), "x.md")
    check_passages(document, cut_passages(document, EMBEDDER.count_tokens, window), window)


def test_the_starter_texts_are_cut_whole() -> None:
    for path in sorted((ROOT / "corpus").glob("*.txt")):
        document = document_of(path.read_bytes(), path.name)
        check_passages(document, cut_passages(document, EMBEDDER.count_tokens, 120), 120)


def test_the_title_is_searched_with_each_passage() -> None:
    document = document_of(b"One. Two.", "x.txt")
    titled = Document(document.id, document.path, document.name, 9, document.reading, Metadata(title="On walks"))
    assert [p.heading for p in cut_passages(titled, EMBEDDER.count_tokens, 60)] == ["On walks"]
