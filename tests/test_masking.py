"""Masking: what is private is gone from the text, and what only looks like a name is left alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import CoachError
from coach.masking import Masked, Masker, list_kept, name_people
from coach.roster import Person, Roster, load_roster

KEPT = (
    "Meredith I. Honig",
    "Michael S. Knapp",
    "Atlanta Public Schools",
    "Portland",
    "Norwalk-La Mirada",
    "Springfield",
)
ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "evals" / "private_names.jsonl").read_text("utf-8").splitlines()
]


def mask(text: str) -> str:
    return Masker(KEPT).mask(text).text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Tamika Rowe in 3rd grade keeps leaving class", "[student] in 3rd grade keeps leaving class"),
        ("tamika rowe in 3rd grade keeps leaving class", "[student] in 3rd grade keeps leaving class"),
        ("jayden wont stop hitting kids", "[student] wont stop hitting kids"),
        ("jaydens mom is mad", "[student] mom is mad"),
        ("Why is Jamal’s dad mad?", "Why is [student]’s dad mad?"),  # noqa: RUF001 - as it is typed
        ("How do I support Mr. Delgado?", "How do I support [colleague]?"),
        ("mr delgado wont share", "[colleague] wont share"),
        ("My AP, Renee Okafor, is stuck.", "My AP, [colleague], is stuck."),
        ("MALIK ROWE KEEPS HITTING KIDS", "[student] KEEPS HITTING KIDS"),
        ("Jean-Luc Baptiste hid again", "[student] hid again"),
        ("Should I move Liam O'Brien?", "Should I move [student]?"),
        ("Ask Sarah J. about her son", "Ask [student] about her son"),
        ("J.T. hits kids", "[student] hits kids"),
        ("Tell Will that I will wait.", "Tell [student] that I will wait."),
        ("Grace keeps leaving class", "[student] keeps leaving class"),
        ("Brooklyn's IEP is late", "[student]'s IEP is late"),
        ("what does jayden say about why he hits", "what does [student] say about why he hits"),
        ("Jayden Knapp bites other kids", "[student] bites other kids"),
    ],
)
def test_names_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "What does Honig say about central offices?",
        "what does honig say about central offices",
        "What does Elmore say about rounds?",
        "According to Fullan, why do changes fail?",
        "my teacher told me that Elmore argues for rounds",
        "Does Dweck (2006) apply to adults?",
        "What happened in Portland and Springfield?",
        "I'm at Jefferson at 2",
        "How do I get Martin Luther King Elementary to trust us?",
        "St. Mary's School shares our building",
        "How do I grow hope in a tired staff?",
        "Will teachers share the work?",
        "What should we do in May?",
        "Summer school planning: what matters most?",
        "can you rob time from lunch",
        "i dont want to sue anyone",
        "Is our SIP due? Title I, IEP and PLC time?",
        "WHAT IS INSTRUCTIONAL LEADERSHIP",
        "Teh studnets keep leaving clas",
        "what about teacherleadership",
        "coach teachers or evaluate them",
        "Principal leadership versus teacher leadership",
        "Do Spanish and Vietnamese families read it?",
        "How do I support autistic students?",
        "Raise scores from 43 to 60 percent by spring, how?",
        "We have 1,250 students, pages 35-40 and 2007-2008.",
        "doi 10.4324/9781138609877-REE229-1",
        "",
        "?!",
    ],
)
def test_what_only_looks_like_a_name_stays(text: str) -> None:
    assert Masker(KEPT).mask(text) == Masked(text, 0, ())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("student id 4471902 left", "student id [number] left"),
        ("student #44719 left", "student #[number] left"),
        ("DOB 03/14/2016", "DOB [number]"),
        ("born on March 3, 2016", "born on [number]"),
        ("123-45-6789", "[number]"),
        ("card 4131034282458809", "card [number]"),
        ("IBAN GB33BUKB20201555555555", "IBAN [number]"),
        ("write to j.lopez@district.k12.or.us", "write to [contact]"),
        ("call (555) 201-7788 or 555.201.7788", "call [contact] or [contact]"),
        ("call +44 20 7946 0958", "call [contact]"),
        ("they live at 142 Maple Street Apt 3", "they live at [address]"),
        ("3 ways to place kids in a small court", "3 ways to place kids in a small court"),
        ("on 12/11/2025 we met", "on 12/11/2025 we met"),
    ],
)
def test_records_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_what_is_said_of_a_masked_student_is_masked_too() -> None:
    masked = Masker().mask("Malik is autistic and scored 43 on the MAP test. He has an IQ of 71.")
    assert masked.text == "[student] is [record] and scored [record] on the MAP test. He has an [record]."
    assert masked.kinds == ("record", "student")
    assert masked.count == 4


def test_a_diagnosis_without_a_student_is_the_subject_of_the_question() -> None:
    text = "Malik left. How do we train staff on dyslexia?"
    assert mask(text) == "[student] left. How do we train staff on dyslexia?"


def test_one_person_has_one_mark_and_counts_at_each_mention() -> None:
    masked = Masker().mask("Mr. Delgado is late. Should we write up Delgado?")
    assert masked == Masked("[colleague] is late. Should we write up [colleague]?", 2, ("colleague",))


@pytest.mark.parametrize("row", [row for row in ROWS if row["part"] == "tuning"], ids=lambda row: row["question"][:50])
def test_school_talk(row: dict[str, object]) -> None:
    masked = Masker(KEPT).mask(str(row["question"]))
    wanted = row["mask"]
    assert isinstance(wanted, list)
    for item in wanted:
        assert item["text"] not in masked.text
    assert {item["kind"] for item in wanted} == set(masked.kinds) - {"record"}


def test_the_names_of_a_document_can_be_kept() -> None:
    text = "Ms Foden sets routines. Jonas Petrov agrees with Sarah."
    kept = list_kept(text)
    assert "Ms Foden" in kept
    assert "Jonas Petrov" in kept
    assert "Sarah" not in kept
    assert Masker(kept).mask("What might Ms Foden do? And Petrov?").count == 0


WORDS = st.sampled_from(
    """
    Tamika Rowe tamika rowe Jayden jaydens Will will Mr. Ms. Delgado teacher student named keeps keep class in at 3rd grade
    the a and does say Honig what Why Portland Jefferson School IEP mother's Grace Hope hit left autistic scored 43 id
    4471902 555-201-7788 a@b.org Jean-Luc O'Brien J. van der José , . ? : - ( ) [student] [colleague] lesson Knapp
    """.split()  # noqa: SIM905 - a list of words as one reads them
)
TEXTS = st.lists(WORDS, max_size=14).map(" ".join)


@given(TEXTS)
@settings(deadline=None)
def test_masking_again_changes_nothing(text: str) -> None:
    masker = Masker(KEPT)
    once = masker.mask(text)
    assert masker.mask(once.text) == Masked(once.text, 0, ())


@given(st.text())
@settings(deadline=None)
def test_any_text_can_be_masked(text: str) -> None:
    masker = Masker(KEPT)
    once = masker.mask(text)
    assert masker.mask(once.text).text == once.text
    if not once.count:
        assert once.text == text


@given(st.text(st.characters(exclude_categories=["L", "N"])))
@settings(deadline=None)
def test_a_text_without_letters_and_digits_stays(text: str) -> None:
    assert Masker().mask(text) == Masked(text, 0, ())


FRAMES = st.sampled_from(
    [
        "What does {} say?",
        "{} keeps leaving class",
        "I read {}'s report",
        "How was {} chosen?",
        "My student {} bites",
        "Tell me about {}.",
        "mr {} wont share",
    ]
)


@given(
    FRAMES, st.sampled_from(["Meredith I. Honig", "Honig", "Knapp", "Michael Knapp", "Portland", "Norwalk-La Mirada"])
)
@settings(deadline=None)
def test_kept_names_are_never_masked(frame: str, name: str) -> None:
    for written in (name, name.lower(), name.upper()):
        assert written in Masker(KEPT).mask(frame.format(written)).text


PEOPLE = (
    Person("Tamika", "Rowe"), Person("Szabina", "Gelencsér"), Person("Nguyễn Thị", "Mai"), Person("Liam", "O'Brien"),
    Person("Fatima", "Al-Hassan"), Person("Grace", "Young"), Person("Łukasz", "Müller-Öztürk"), Person("Zyxw", ""),
    Person("May", "King"),
)  # fmt: skip
WHOLE = st.sampled_from([person for person in PEOPLE if person.last])
CASES = st.sampled_from([str.lower, str.upper, str.title, str])


@given(
    st.sampled_from(["{} left", "ask {} now", "why is {} mom mad"]),
    WHOLE,
    st.booleans(),
    CASES,
    st.sampled_from(["", "'s", "’s", "s"]),
)  # noqa: RUF001
@settings(deadline=None)
def test_a_name_of_the_roster_is_always_masked(
    frame: str, person: Person, turned: bool, case: object, ending: str
) -> None:
    assert callable(case)
    name = case(f"{person.last}, {person.first}" if turned else f"{person.first} {person.last}")
    masked = Masker(KEPT, Roster(PEOPLE)).mask(frame.format(name + ending)).text.casefold()
    for part in name.replace(",", " ").replace("-", " ").casefold().split():
        assert part not in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("gelencser was late", "[student] was late"),
        ("GELENCSÉR'S MOM", "[student]'S MOM"),
        ("zyxw hid", "[student] hid"),
        ("muller-ozturk hid", "[student] hid"),
        ("young teachers need grace", "young teachers need grace"),
        ("grace young hid", "[student] hid"),
        ("young, grace hid", "[student] hid"),
        ("What should we do in May at King Elementary?", "What should we do in May at King Elementary?"),
        ("Ms. May hid", "[colleague] hid"),
        ("tell Grace to wait", "tell [student] to wait"),
    ],
)
def test_parts_of_a_roster_name(text: str, masked: str) -> None:
    assert Masker(roster=Roster(PEOPLE)).mask(text).text == masked


@pytest.mark.parametrize(
    "raw",
    [
        "first,last\nTamika,Rowe\nJosé,Muñoz\n".encode(),
        "Tamika Rowe\nJosé Muñoz".encode(),
        "\ufeffLast Name;First Name;Grade\nRowe;Tamika;3\nMuñoz;José;4\n".encode(),
        'Student Name\n"Rowe, Tamika"\n"Muñoz, José"\n'.encode("cp1252"),
        "first\tlast\r\nTamika\tRowe\r\nJosé\tMuñoz\r\n".encode("utf-16"),
        "Tamika,Rowe\n\n,\nJosé,Muñoz\nTamika,Rowe\n".encode("cp1252"),
    ],
)
def test_rosters_are_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(raw)
    assert set(load_roster(path).people) == {Person("Tamika", "Rowe"), Person("José", "Muñoz")}


def test_a_roster_that_cannot_be_read_is_named_without_its_names(tmp_path: Path) -> None:
    empty, image = tmp_path / "empty.csv", tmp_path / "image.csv"
    empty.write_text("first,last\n", "utf-8")
    image.write_bytes(b"\x89PNG\x00\x01Tamika")
    for path in (empty, image, tmp_path / "absent.csv", tmp_path):
        with pytest.raises(CoachError) as error:
            load_roster(path)
        assert path.name in str(error.value)
        assert "Tamika" not in str(error.value)


def test_a_roster_does_not_show_its_names() -> None:
    roster = Roster(PEOPLE)
    assert repr(roster) == "Roster(9 people)"
    assert "Rowe" not in f"{roster} {roster!r}"


def test_a_name_of_the_roster_is_masked_where_a_document_has_it_too() -> None:
    masker = Masker(("Bradley Portin",), Roster((Person("Tamika", "Portin"),)))
    assert masker.mask("Tamika Portin hid").text == "[student] hid"


def test_masking_loads_nothing_heavy() -> None:
    program = (
        "import sys; from coach.masking import Masker; Masker().mask('Tamika Rowe left');"
        "print([name for name in ('numpy', 'torch', 'onnxruntime', 'sklearn') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_marks_are_read_as_people_and_records_left_out() -> None:
    assert name_people("[student] (ID [number]) argues with [colleague].") == "a student (ID) argues with a colleague."
