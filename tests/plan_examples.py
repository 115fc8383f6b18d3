"""Plans written by hand, on the words of the starter corpus: a full session, a visit prep, a topic that is not covered,
and one whose texts try to become markup.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from coach.plans.documents import SharedLine
from coach.plans.records import (
    AgendaItem,
    Differentiation,
    FollowUp,
    Grounding,
    Line,
    PartRole,
    Plan,
    PlanPractice,
    PlanProtocol,
    PlanRequest,
    WrittenClaim,
)
from coach.records import Basis, Citation

CORPUS = Path(__file__).parents[1] / "corpus"
WALLACE, ENTRY = "learning-improvement-in-urban-systems.txt", "learning-focused-leadership-entry.txt"
ADDRESSES = {
    WALLACE: "https://www.wallacefoundation.org/knowledge-center/pages/learning-improvement-learning-focused-leadership-support-urban-systems.aspx",
    ENTRY: "https://www.taylorfrancis.com/entries/10.4324/9781138609877-REE229-1/learning-focused-leadership-bradley-portin",
}
_KNOWN = {
    WALLACE: (
        "Learning-Focused Leadership and Leadership Support: Meaning and Practice in Urban Systems",
        "Michael S. Knapp, Michael A. Copland, Meredith I. Honig, Margaret L. Plecki, Bradley S. Portin",
        2010,
    ),
    ENTRY: ("Learning Focused Leadership", "Bradley S. Portin", None),
}


def cite(document: str, opening: str, closing: str, basis: Basis, **changes: Any) -> Citation:
    """The words of a file of corpus/ from an opening to a closing, cited."""
    raw = (CORPUS / document).read_bytes()
    text = raw.decode("utf-8")
    start = text.index(opening)
    end = text.index(closing, start) + len(closing)
    identity = hashlib.sha256(raw).hexdigest()
    title, authors, year = _KNOWN[document]
    label = hashlib.sha256(f"{identity} {start} {end}".encode()).hexdigest()[:6]
    citation = Citation(
        label, document, identity, title, authors, year, None, None, "", text[start:end], start, end, basis
    )
    return replace(citation, **changes) if changes else citation


DISTRIBUTED = cite(WALLACE, "We further assume that", "coordinate their respective efforts.", "assumes")
STRAND = cite(WALLACE, "This study strand profiled", "distributed leadership work.", "examined")
MANY = cite(ENTRY, "learning focused leadership is an activity", "the school system.", "asserts")

SHARED = (
    SharedLine(
        "By Thursday 19 November 2026 I will ask two teachers who helped them last with their teaching; I will know by "
        "both lists side by side.",
        "Dana Whitfield",
        "Friday 20 November 2026",
    ),
    SharedLine(
        "How do I get my department heads to see themselves as leaders of learning?",
        "Dana Whitfield",
        "Saturday 21 November 2026",
    ),
)


def _craft(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(text) for text in texts)


def _item(kind: str, minutes: int, title: str, detail: str, lead: str, purpose: str, **more: Any) -> AgendaItem:
    values: dict[str, Any] = {
        "id": kind,
        "kind": kind,
        "title": title,
        "detail": detail,
        "lead": lead,
        "purpose": purpose,
        "minutes": minutes,
        "least": max(1, minutes - 3),
        "most": minutes + 5,
        "is_work": False,
    }
    return AgendaItem(**(values | more))


_AGENDA = (
    _item(
        "opening",
        5,
        "Welcome and last commitments",
        "Each says in one sentence what became of the last commitment. Nobody comments.",
        "Facilitator",
        "What was promised is taken seriously, and nobody starts cold.",
    ),
    _item(
        "reading",
        10,
        "Read and write",
        "Read the quoted words twice. Then write, alone: who influences teaching in your school, by role and not by name?",
        "Facilitator",
        "Everyone starts from the same words and from their own school.",
        is_work=True,
        by="practice",
    ),
    _item(
        "step",
        15,
        "Map in pairs",
        "Draw who gives teachers advice, in which subject and when. Mark where two people advise differently.",
        "Pairs",
        "Help that is given side by side becomes visible.",
        id="step-1",
        is_work=True,
    ),
    _item(
        "step",
        15,
        "Two-person consultancy on one clash",
        "One presents a clash, the other only asks questions for five minutes and then thinks aloud. Change after seven "
        "minutes.",
        "Presenter",
        "The problem is understood before anybody solves it.",
        id="step-2",
        is_work=True,
    ),
    _item(
        "commitment",
        7,
        "One commitment each",
        "Write it on the handout, read it to your partner, and settle when you will tell them how it went.",
        "Facilitator",
        "What was thought here reaches a school within two weeks.",
        is_work=True,
    ),
    _item("exit", 3, "Exit ticket", "Answer both questions on a card.", "Facilitator", "The next session begins here."),
    _item("slack", 5, "Left free", "For what takes longer.", "Facilitator", "Nobody has to be hurried."),
)

_PROTOCOL = PlanProtocol(
    "consultancy",
    "Consultancy",
    "It fits when one principal carries a real dilemma that is not solved yet, and colleagues can think about it with fresh "
    "eyes.",
    True,
    (
        PartRole("Facilitator", "Keeps the steps apart, above all questions from advice."),
        PartRole("Timekeeper", "Says when two minutes are left in each step."),
        PartRole("Presenter", "Brings the dilemma and one focus question."),
        PartRole("Recorder", "Writes down questions and ideas, without names of people."),
    ),
    (
        "What is said about a school stays in the room.",
        "Ask before you advise.",
        "Talk about the work, not about persons.",
    ),
    "Not for a problem that already has its answer, and not to talk about a person who is absent.",
    "Consultancy protocol, in the tradition of the Coalition of Essential Schools and the School Reform Initiative",
)

REQUEST = PlanRequest(
    "sharing instructional leadership",
    "network_meeting",
    60,
    "12 principals of elementary schools, 3 of them in their first year",
    "Last month's commitments",
    "Every teacher gets advice on teaching that fits together",
    "",
    "2026-12-03",
    "13:30",
    "District office, room 204",
)


def make_plan(**changes: Any) -> Plan:
    """A full plan of an hour on sharing instructional leadership."""
    values: dict[str, Any] = {
        "request": REQUEST,
        "title": "Sharing instructional leadership",
        "coverage": "covered",
        "notice": "",
        "nearest": (),
        "purpose": Line(
            "Principals find out who already influences teaching in their schools, so that advice on teaching fits together."
        ),
        "outcomes": _craft(
            "map who gives teachers advice on their teaching",
            "name one place where two kinds of advice work against each other",
            "settle one next step with one person who shares the work",
        ),
        "evidence_to_bring": _craft(
            "A list of everyone who has a part in improving teaching, by role and without names",
            "Notes of two classroom visits, without names of teachers or students",
        ),
        "evidence_of_success": _craft(
            "Each map shows at least one person whom the principal had not thought of",
            "Each principal leaves with a written step and a date",
        ),
        "grounding": (
            Grounding(
                DISTRIBUTED,
                Line(
                    "They give the session its question: who else is at work on teaching, and do they know of each other?"
                ),
                address=ADDRESSES[WALLACE],
            ),
            Grounding(
                STRAND,
                Line("They name whom to look for on a map: people in posts, and teachers who lead without one."),
                address=ADDRESSES[WALLACE],
            ),
            Grounding(
                MANY,
                Line("They widen the map beyond the building."),
                near=True,
                address=ADDRESSES[ENTRY],
            ),
        ),
        "claims": (),
        "agenda": _AGENDA,
        "protocol": _PROTOCOL,
        "materials": _craft(
            "The handout, one for each", "Large paper and pens for each pair", "A clock that everyone can see"
        ),
        "stance": "ask",
        "moves": _craft(
            "When a question hides advice, ask for it again as an open one.",
            "Let quiet moments stand; count to ten before you speak.",
            "Bring the talk back to teaching when it moves to schedules.",
        ),
        "questions": _craft(
            "Whose advice do your newest teachers follow, and how do you know?",
            "What would your teachers say if they saw your map?",
            "Where does help from two people pull a teacher in two directions?",
        ),
        "look_for": _craft("Maps with names of roles outside the office", "Pairs that ask before they advise"),
        "commitment": Line("By (date) I will (do what) with (whom); I will know by (what I will see)."),
        "practices": (
            PlanPractice(
                "map-who-influences-teaching",
                "Map who influences teaching",
                "Ask two teachers who helped them last with their teaching, and put both lists side by side.",
                "by the end of next week",
                "both lists side by side",
                "assumes",
                "The text assumes that several people influence teaching; asking two teachers is our exercise.",
                ((DISTRIBUTED.label, DISTRIBUTED.start, DISTRIBUTED.end),),
            ),
            PlanPractice(
                "open-with-a-question",
                "Open a hard talk with a question",
                "Write down one question to which you do not know the answer, and ask it first.",
                "by the end of this week",
                "what you heard that you did not expect",
            ),
        ),
        "follow_up": (
            FollowUp("2026-12-10", "Partner", Line("Calls and asks: what did you do, and what happened for teachers?")),
            FollowUp("2026-12-17", "Network leader", Line("Looks at both lists on the next visit.")),
        ),
        "differentiation": (
            Differentiation(
                "First-year principals", Line("Map one grade level only, with a partner who has led longer.")
            ),
            Differentiation(
                "Principals with a leadership team", Line("Bring the map that the team drew, and compare.")
            ),
        ),
        "confidentiality": (
            "What is said about a school stays in this room. Leave out names of students and of teachers. Whoever evaluates "
            "principals cannot promise secrecy, and says so at the start."
        ),
        "exit_ticket": _craft("What did your map show you?", "What will you do first, and by when?"),
        "checked": 3,
    }
    return Plan(**(values | changes))


def make_written(**changes: Any) -> Plan:
    """The full plan with claims that a language model wrote."""
    claims = (
        WrittenClaim("The study assumes that instructional leadership is spread over many people.", (DISTRIBUTED,)),
        WrittenClaim("One strand profiled what the full range of staff does.", (STRAND, MANY)),
    )
    values: dict[str, Any] = {
        "claims": claims,
        "composer": "writer-1",
        "moves": (*_craft("Let quiet moments stand."), Line("Name the clash in one sentence.", "model")),
        "purpose": Line("Find out who influences teaching, in our own words.", "person"),
    }
    return make_plan(**(values | changes))


def make_visit_prep(**changes: Any) -> Plan:
    """One page for a visit of forty minutes, with what the principal shared."""
    run = (
        _item("opening", 4, "Arrive", "Ask what became of the last commitment.", "You", "Last time counts."),
        _item(
            "reading",
            5,
            "Read together",
            "Read the passage aloud, once. Ask which word stands out.",
            "Principal",
            "The talk starts from shared words.",
            is_work=True,
        ),
        _item(
            "step",
            18,
            "Walk and look",
            "Visit two classrooms; write down what is seen and heard, without names.",
            "Principal",
            "Talk about what was seen.",
            id="step-1",
            is_work=True,
        ),
        _item(
            "commitment", 6, "One step", "The principal writes one step and a date.", "Principal", "Something follows."
        ),
        _item("exit", 2, "Close", "Ask what was useful.", "You", "The next visit begins here."),
        _item("slack", 5, "Left free", "For what takes longer.", "You", "Nobody is hurried."),
    )
    values: dict[str, Any] = {
        "request": replace(
            REQUEST,
            topic="teacher leadership",
            setting="school_visit",
            minutes=40,
            participants="Principal of Jefferson",
            place="Jefferson",
            start="14:00",
            form="visit_prep",
            principal="principal-of-jefferson",
        ),
        "title": "Teacher leadership",
        "purpose": Line("Find out with the principal which teachers already lead learning, and what would help them."),
        "grounding": make_plan().grounding[:1],
        "agenda": run,
        "questions": make_plan().questions[:2],
    }
    return make_plan(**(values | changes))


def make_uncovered(**changes: Any) -> Plan:
    """A plan on a topic of which the documents say nothing."""
    values: dict[str, Any] = {
        "request": replace(REQUEST, topic="bus schedules"),
        "title": "Bus schedules",
        "coverage": "not_covered",
        "notice": "Your documents do not cover bus schedules directly. What follows is general coaching craft. "
        "Nearest that they speak of: Investment of staffing and other resources; The work of the central office.",
        "nearest": (
            "Investment of staffing and other resources",
            "The work of the central office",
        ),
        "grounding": (),
        "practices": make_plan().practices[1:],
    }
    return make_plan(**(values | changes))


ATTACK = (
    '=HYPERLINK("http://evil.example","x") <script>alert(1)</script> ![a](http://evil.example/p.png) [b](javascript:alert(1)) '
    "**bold** `code` # heading | cell \\ {MERGEFIELD x} \x00\x07\x1b\u2028 &amp; $math$ "
    + "longword" * 40
    + " \u202eright to left\u202c שלום עולם 👩🏽‍🏫 ﷽"
)


def make_hostile(attack: str = ATTACK, **changes: Any) -> Plan:
    """The full plan with one text in the place of every text that a person, a document or a model can write."""
    line = Line(attack, "person")
    citation = replace(
        DISTRIBUTED,
        title=attack,
        authors=attack,
        section=attack,
        page=3,
        page_label=attack,
        document=attack,
        quote=attack,
    )
    plan = make_written()
    protocol = replace(
        plan.protocol,
        title=attack,
        reason=attack,
        source=attack,
        not_when=attack,
        norms=(attack,),
        roles=(PartRole(attack, attack),),
    )
    values: dict[str, Any] = {
        "request": replace(REQUEST, topic=attack, participants=attack, brings=attack, goal=attack, place=attack),
        "title": attack,
        "notice": attack,
        "nearest": (attack,),
        "purpose": line,
        **dict.fromkeys(("outcomes", "evidence_to_bring", "evidence_of_success", "materials"), (line, line)),
        **dict.fromkeys(("moves", "questions", "look_for", "exit_ticket"), (line, line)),
        "grounding": (Grounding(citation, line, address="javascript:alert(1)"),),
        "claims": (WrittenClaim(attack, (citation,)),),
        "agenda": tuple(
            replace(item, title=attack, detail=attack, lead=attack, purpose=attack) for item in plan.agenda
        ),
        "protocol": protocol,
        "commitment": line,
        "practices": tuple(
            replace(one, title=attack, first_step=attack, by=attack, evidence=attack, inferred=attack)
            for one in plan.practices
        ),
        "follow_up": (FollowUp("2026-12-10", attack, line),),
        "differentiation": (Differentiation(attack, line),),
        "confidentiality": attack,
        "composer": attack,
    }
    return make_plan(**(values | changes))
