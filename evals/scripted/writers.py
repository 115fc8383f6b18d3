"""What scripted models write: a request of Coach's and a random source in, lines with the truth about each out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from coach.lexical import find_words
from evals.scripted.choosing import Chosen, choose_sentences, find_nearest, fold, pick_quote
from evals.scripted.inventing import invent
from evals.scripted.paraphrase import join, paraphrase
from evals.scripted.playing import NOTHING, Line, Writer, Writing
from evals.scripted.reading import Asked
from evals.seeding import change

_KNOWLEDGE = (
    "Coaching raises test scores by 15 percent within a year.",
    "Principals who visit classrooms every day keep their teachers twice as long.",
    "Most districts now pay for an instructional coach in every school.",
    "Teachers learn best when they are rated after every visit.",
    "Feedback works only if it is given within twenty-four hours.",
    "A principal needs at least five years in the classroom to lead instruction well.",
)
_SPANISH = (
    "Los directores dedican más tiempo a las aulas cuando el distrito los apoya.",
    "El texto dice que el liderazgo es una tarea compartida.",
    "Die Schulleitung besucht den Unterricht und spricht danach mit der Lehrkraft.",
)


def write_line(sentence: str, *quotes: tuple[str, str]) -> str:
    """A sentence in the form that the prompt asks for, with a label and words for each bracket."""
    return " ".join([sentence, *(f'[{label}: "{quote}"]' for label, quote in quotes)])


def say(chosen: Chosen, random: Random) -> Line:
    """A faithful line on one sentence."""
    claim, quote = paraphrase(chosen.sentence, random), pick_quote(chosen.sentence, random)
    return Line(write_line(claim, (chosen.passage.label, quote)), claim, source=chosen.sentence)


def say_faithfully(asked: Asked, random: Random) -> Iterator[tuple[Chosen, Line]]:
    """Faithful lines, as many as are wished; now and then two short sentences are one."""
    chosen = choose_sentences(asked, random)[: random.randint(asked.fewest, max(asked.fewest, asked.most))]
    while chosen:
        first = chosen.pop(0)
        beside = next((one for one in chosen if one.passage == first.passage and one.place == first.place + 1), None)
        short = beside is not None and len(first.sentence.split()) + len(beside.sentence.split()) < 44
        if beside is not None and short and random.random() < 0.5:
            chosen.remove(beside)
            yield first, _say_both(first, beside, random)
        else:
            yield first, say(first, random)


def _say_both(first: Chosen, second: Chosen, random: Random) -> Line:
    claim = join(paraphrase(first.sentence, random), paraphrase(second.sentence, random))
    quotes = [(one.passage.label, pick_quote(one.sentence, random)) for one in (first, second)]
    return Line(write_line(claim, *quotes), claim, source=f"{first.sentence} {second.sentence}")


def write_coaching(asked: Asked) -> tuple[Line, ...]:
    """The suggestion and the question that are wished, in words of the question and of the step."""
    topic = find_topic(asked.question)
    lines = []
    if asked.wants_suggestion:
        lines.append(Line(f"Suggestion: {asked.step or f'Pick one place this week where you look at {topic}.'}"))
    if asked.wants_question:
        lines.append(Line(f"Question: What do you see in your own school when you think of {topic}?"))
    return tuple(lines)


def find_topic(question: str) -> str:
    """Two to four words in a row of a question that carry meaning: the longest such row; "this" where there is none."""
    meaning = frozenset(find_words(question))
    rows: list[list[str]] = [[]]
    for word in re.findall(r"[\w'’-]+|[.,;:?!]", question):  # noqa: RUF001 - an apostrophe as it is typed
        if word.casefold() in meaning:
            rows[-1].append(word)
        else:
            rows.append([])
    return " ".join(max(rows, key=len)[:4]) or "this"


def write_faithful(asked: Asked, random: Random) -> Writing:
    """Two to five true sentences with exact words and right labels."""
    lines = tuple(line for _, line in say_faithfully(asked, random))
    return Writing((*lines, *write_coaching(asked))) if lines else write_nothing(asked, random)


def write_invented(asked: Asked, random: Random) -> Writing:
    """True sentences, of which about half are changed in a number, a name, a negation, the scope, the force or the speaker."""
    lines = []
    for chosen, line in say_faithfully(asked, random):
        lines.append(invent(asked, chosen, line, random) if random.random() < 0.6 else line)
    return Writing((*lines, *write_coaching(asked)))


def write_short_quotes(asked: Asked, random: Random) -> Writing:
    """True sentences under right labels, with eight words or so that are only a part of what they rest on."""
    lines = []
    for chosen, line in say_faithfully(asked, random):
        words = chosen.sentence.split()
        place = random.randint(0, max(len(words) - 8, 0))
        text = write_line(line.claim, (chosen.passage.label, " ".join(words[place : place + 8])))
        lines.append(replace(line, text=text))
    return Writing((*lines, *write_coaching(asked)))


def write_own_knowledge(asked: Asked, random: Random) -> Writing:
    """What no passage says, behind words that really stand in one."""
    lines = []
    for chosen, claim in zip(choose_sentences(asked, random)[:4], random.sample(_KNOWLEDGE, 4), strict=False):
        text = write_line(claim, (chosen.passage.label, pick_quote(chosen.sentence, random)))
        lines.append(Line(text, claim, "no", change="own knowledge", source=chosen.sentence))
    return Writing((*lines, *write_coaching(asked)))


def write_wrong_labels(asked: Asked, random: Random) -> Writing:
    """True sentences with exact words, under labels that do not exist or that are another passage's."""
    lines = []
    for number, (chosen, _) in enumerate(say_faithfully(asked, random)):
        claim, quote = paraphrase(chosen.sentence, random), pick_quote(chosen.sentence, random)
        name, label = _list_wrong_labels(asked, chosen, quote, random)[number % 3]
        lines.append(Line(write_line(claim, (label, quote)), claim, cited=False, change=name, source=chosen.sentence))
    return Writing((*lines, *write_coaching(asked)))


def _list_wrong_labels(asked: Asked, chosen: Chosen, quote: str, random: Random) -> list[tuple[str, str]]:
    known = {one.label for one in asked.passages}
    others = [one.label for one in asked.passages if fold(quote) not in fold(one.text)]
    own = chosen.passage.label
    letters = [own[:-1] + letter for letter in "0123456789abcdef"]
    return [
        ("another passage's label", random.choice(others)) if others else ("no label", "1"),
        ("no label", next(one for one in ("ffffff", "eeeeee") if one not in known)),
        ("one letter", random.choice([one for one in letters if one not in known])),
    ]


def write_altered_quotes(asked: Asked, random: Random) -> Writing:
    """True sentences under right labels, with words that do not stand there, or hardly any."""
    chosen = [one for one, _ in say_faithfully(asked, random)]
    lines = []
    for number, one in enumerate(chosen):
        other = choose_sentences(asked, random)[-1]
        alterations = alter_quote(one, other, random)
        if not alterations:
            continue
        names = list(alterations)
        name = names[number % len(names)]
        claim = paraphrase(one.sentence, random)
        text = write_line(claim, (one.passage.label, alterations[name]))
        lines.append(Line(text, claim, cited=False, change=name, source=one.sentence))
    return Writing((*lines, *write_coaching(asked)))


def alter_quote(chosen: Chosen, other: Chosen, random: Random) -> dict[str, str]:
    """Forms of a quote that do not stand in the passage, by what was done, in an order by chance; and "the", which does."""
    words = pick_quote(chosen.sentence, random).split()
    place = random.randint(1, max(len(words) - 2, 1))
    half = pick_quote(other.sentence, random).split()
    forms = {
        "a word changed": [*words[:place], "nevertheless", *words[place + 1 :]],
        "a word dropped": [*words[:place], *words[place + 1 :]],
        "a word added": [*words[:place], "clearly", *words[place:]],
        "two places joined": [*words[: max(len(words) // 2, 3)], *half[-max(len(half) // 2, 3) :]],
    }
    altered = {name: " ".join(form) for name, form in forms.items()}
    stands = fold(chosen.passage.text)
    kept = [(name, text) for name, text in altered.items() if fold(text) not in stands]
    random.shuffle(kept)
    return {**dict(kept), "too short": "the"}


def write_contradiction(asked: Asked, random: Random) -> Writing:
    """Each sentence, and right behind it its contrary with the same words."""
    lines = []
    for _, line in say_faithfully(asked, random):
        lines.append(line)
        contrary = change(line.claim, "negation", random)
        if contrary is not None:
            text = line.text.replace(line.claim, contrary, 1)
            lines.append(Line(text, contrary, "no", change="negation", source=line.source))
    return Writing((*lines, *write_coaching(asked)))


def write_other_language(asked: Asked, random: Random) -> Writing:
    """Spanish and German, with exact English words behind it."""
    lines = []
    for chosen, claim in zip(choose_sentences(asked, random), _SPANISH, strict=False):
        text = write_line(claim, (chosen.passage.label, pick_quote(chosen.sentence, random)))
        lines.append(Line(text, claim, "no", change="other language", source=chosen.sentence))
    return Writing(tuple(lines))


def write_uncited(asked: Asked, random: Random) -> Writing:
    """True sentences in plain prose, without any bracket."""
    said = [line for _, line in say_faithfully(asked, random)]
    lines = tuple(Line(one.claim, one.claim, cited=False, change="uncited", source=one.source) for one in said)
    return Writing((*lines, *write_coaching(asked)), " ".join(one.claim for one in lines))


def write_one_line(asked: Asked, random: Random) -> Writing:
    """The faithful answer without a line break."""
    lines = write_faithful(asked, random).lines
    return Writing(lines, " ".join(one.text for one in lines))


def write_markdown(asked: Asked, random: Random) -> Writing:
    """The faithful answer as a list under a heading."""
    lines = write_faithful(asked, random).lines
    marks = ("- ", "* ", "1. ", "**", "> ")
    items = [_mark(mark, one.text) for mark, one in zip(marks * 4, lines, strict=False)]
    return Writing(lines, "\n".join(["## Answer", "", *items]))


def _mark(mark: str, text: str) -> str:
    return f"**{text}**" if mark == "**" else f"{mark}{text}"


def write_json(asked: Asked, random: Random) -> Writing:
    """The faithful answer as an object."""
    lines = write_faithful(asked, random).lines
    text = json.dumps({"answer": [{"sentence": one.claim, "text": one.text} for one in lines]}, indent=1)
    return Writing(lines, f"```json\n{text}\n```")


def write_round_brackets(asked: Asked, random: Random) -> Writing:
    """True sentences under labels in round brackets, half of them without words."""
    lines = []
    for number, (chosen, line) in enumerate(say_faithfully(asked, random)):
        words = f': "{pick_quote(chosen.sentence, random)}"' if number % 2 else ""
        text = f"{line.claim} ({chosen.passage.label}{words})"
        lines.append(Line(text, line.claim, cited=bool(words), change="round brackets", source=line.source))
    return Writing((*lines, *write_coaching(asked)))


def write_nothing(_asked: Asked, _random: Random) -> Writing:
    """The word for a question that the passages do not answer."""
    return Writing((Line(NOTHING),))


class ClaimWriter:
    """Writes a claim that an expert judged, behind the sentence of the passages that is nearest to it."""

    def __init__(self, claims: Mapping[str, Line]) -> None:
        self.claims = claims
        """By words of the question that stand in no other."""

    def __call__(self, asked: Asked, random: Random) -> Writing:
        """The claim that belongs to the question; nothing where none does."""
        line = next((line for words, line in self.claims.items() if fold(words) in fold(asked.question)), None)
        nearest = find_nearest(asked.passages, line.claim) if line is not None else None
        if line is None or nearest is None:
            return write_nothing(asked, random)
        quote = " ".join(nearest.sentence.split()[:40])
        text = write_line(line.claim, (nearest.passage.label, quote))
        return Writing((Line(text, line.claim, line.truth, change=line.change, source=nearest.sentence),))


WRITERS: Mapping[str, Writer] = {
    "faithful": write_faithful,
    "inventor": write_invented,
    "short-quotes": write_short_quotes,
    "own-knowledge": write_own_knowledge,
    "wrong-labels": write_wrong_labels,
    "altered-quotes": write_altered_quotes,
    "contradicting": write_contradiction,
    "other-language": write_other_language,
    "uncited": write_uncited,
    "one-line": write_one_line,
    "markdown": write_markdown,
    "json": write_json,
    "round-brackets": write_round_brackets,
    "nothing": write_nothing,
}
"""By name. The obedient one stands in `obeying`, and needs nothing that these need."""
