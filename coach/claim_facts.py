"""Compares what a claim says with what a source says: claim and sentences in, the first plain disagreement or none out. Pure.

A number, a name, a negation, how far and how surely it is said: what likeness of words and meaning does not see. Each
check is meant to be right when it objects; that it objects to nothing proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from coach.basis import recognise_basis
from coach.claim_numbers import fold_signs, numbers_disagree, read_amounts
from coach.lexical import STOP_WORDS
from coach.mentions import fold_marks
from coach.records import Basis
from coach.spelling import count_uses
from coach.stemming import stem

Disagreement = Literal["number", "name", "negation", "scope", "force"]

_TOKEN = re.compile(r"[^\W_]+(?:['.&][^\W_]+)*")
_CLAUSE = re.compile(
    r"[;:.!?]|, (?:but|and|which|while|although)\b|\b(?:but|although|though|while|whereas|because)\b", re.I
)
# --- names -------------------------------------------------------------------------------------------------------
_NO_NAMES = frozenset(
    "additionally moreover furthermore nevertheless however similarly lastly alternatively consequently "  # noqa: SIM905
    "i i'm i've mr mrs ms dr prof sir lady lord st the a an u.s u.s.a us uk eu".split()
)
_COMMON = 2500
"""Uses of a word, by the list that comes with pyspellchecker, from which a capital at a sentence's start makes no name."""
_FEWEST = 1
_FORM = re.compile(r"(?:ly|ing|ed|er|ors?|ers|ions?|ments?|ness|ity|ies|ism|ence|ance|ive|able|al|ic|ous|less|ship|s)$")
"""What ends so is a word of the language, if any list has it."""
_FEWEST_LETTERS = 4
# --- negation ----------------------------------------------------------------------------------------------------
_NEGATORS = frozenset(
    "not no never neither nor none nobody nothing nowhere without cannot can't cant hardly rarely seldom scarcely lack lacks "  # noqa: SIM905
    "lacked lacking fail fails failed failing unable absence absent refuse refuses refused deny denies denied".split()
)
_NO_NEGATION = re.compile(
    r"\bnot (?:only|just|merely|simply|necessarily|least)\b|\bno (?:doubt|matter|longer only)\b", re.I
)
_NEGATED = 3  # content words behind a negator that it reaches
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "mis")
_SHORTEST_BASE = 4
_OPPOSITES = (  # noqa: SIM905 - a list that is read
    "increase:decrease increase:reduce increase:decline increase:drop grow:shrink rise:fall raise:lower gain:lose "
    "higher:lower more:less more:fewer above:below before:after begin:end start:end start:stop early:late earlier:later "
    "better:worse best:worst improve:worsen improve:harm help:hinder help:harm success:failure succeed:fail "
    "positive:negative strong:weak stronger:weaker strengthen:weaken easy:difficult easy:hard easier:harder support:oppose "
    "include:exclude accept:reject agree:disagree maximum:minimum most:least win:lose won:lost male:female "
    "north:south northern:southern east:west eastern:western former:latter large:small larger:smaller high:low long:short "
    "longer:shorter public:private rural:urban elementary:secondary inside:outside internal:external always:never "
    "encourage:discourage allow:forbid allow:prevent enable:prevent permit:forbid formal:informal same:different many:few "
    "often:rarely frequently:rarely majority:minority rich:poor buy:sell safe:dangerous hire:fire novice:experienced "
    "promote:prevent direct:indirect broad:narrow fast:slow faster:slower open:closed old:new older:younger"
).split()
# --- scope -------------------------------------------------------------------------------------------------------
_ALL = re.compile(
    r"\b(?:all|every|each|always|everyone|everybody|everything|everywhere|entire(?:ly)?|whole|whenever|throughout|any"
    r"|completely|totally|fully|universally|invariably|without exception|no one|none|never|both|100 ?(?:%|percent))\b",
    re.I,
)
_ONLY = re.compile(r"\b(?:only|solely|exclusively|alone|purely|nothing but|sole|just)\b", re.I)
_MOST = re.compile(
    r"\b(?:most|mostly|majority|usually|generally|typically|mainly|largely|nearly all|almost all|normally|widely|commonly"
    r"|predominantly|primarily|vast|often|frequently|main|primary|chief|much)\b",
    re.I,
)
_MUST = re.compile(
    r"\b(?:must|have to|has to|had to|need(?:s|ed)? to|required?|requires|requirement|essential|necessary|mandatory|crucial"
    r"|obliged|compulsory|should|ought|vital|imperative|key|critical|important|needs?)\b",
    re.I,
)
_WILL = re.compile(
    r"\b(?:will|guarantees?d?|ensures?d?|certainly|inevitably|definitely|undoubtedly|is bound to)\b", re.I
)
_HEDGE = re.compile(
    r"\b(?:may|might|can|could|would|possibly|perhaps|maybe|likely|unlikely|seems?|seemed|appears?|appeared|suggests?|suggested"
    r"|tends?|tended|sometimes|often|usually|generally|typically|probably|potential(?:ly)?|possible|likelihood|should|hopes?"
    r"|expected|believed?|believes|think|argue[sd]?|thought|some|partly|in part|helps?|about|chance|risk)\b",
    re.I,
)
_MAY = re.compile(r"\b(?:may|might|could|possibly|perhaps|maybe|potentially|sometimes|occasionally)\b", re.I)
_SOME = re.compile(
    r"\b(?:some|several|certain|a few|few|a number of|selected|a minority of|part of the)\s+(?:of the\s+)?", re.I
)
_LIMITED = re.compile(
    r"\b(?:some|several|certain|few|a number of|selected|many|most|part|partly|these|those|this|that|sometimes|often|can|may"
    r"|might|could|one|two|three|four|five|six|seven|eight|nine|ten|\d+)\b",
    re.I,
)
# --- force -------------------------------------------------------------------------------------------------------
_WEAK: frozenset[Basis] = frozenset({"asks", "assumes", "examined"})
_STRONG: frozenset[Basis] = frozenset({"asserts", "found"})
_PROVES = re.compile(
    r"\b(?:prov(?:e[sdn]?|ing)|demonstrat(?:e[sd]?|ing)|confirm(?:s|ed|ing)?|establish(?:es|ed)? that|conclusively|show(?:s|ed|n)"
    r"|found (?:that|to)|finds? that|reveal(?:s|ed)?|conclude[sd]?)\b",
    re.I,
)
_SUGGESTS = re.compile(
    r"\b(?:suggest(?:s|ed|ing)?|hypothesi[sz]\w+|speculat\w+|assum\w+|believ\w+|expect\w*|whether|propos\w+|argu\w+|seems?"
    r"|appears?|may|might|could|claim(?:s|ed)?|allege\w*|posit\w*|hope\w*|intend\w*|plan(?:s|ned)?|aim(?:s|ed)?|goal)\b",
    re.I,
)
_CAUSES = re.compile(
    r"\b(?:caus(?:e[sd]?|ing)|lead(?:s|ing)? to|led to|result(?:s|ed|ing)? in|improv(?:e[sd]?|ing)|boost(?:s|ed|ing)?"
    r"|increas(?:e[sd]?|ing)|reduc(?:e[sd]?|ing)|because of|due to|produc(?:e[sd]?|ing)|drives?|determine[sd]?|raises?"
    r"|makes?|made|responsible for|thanks to|effect of|impact of)\b",
    re.I,
)
_LINKED = re.compile(
    r"\b(?:associat(?:ed|ion|es)|correlat\w+|linked|related to|relationship between|connected (?:to|with)|link between"
    r"|goes? along with|go(?:es)? together)\b",
    re.I,
)


def find_disagreement(
    claim: str, sentences: Sequence[str], carriers: Sequence[int], known: Sequence[str] = ()
) -> Disagreement | None:
    """The first thing in which a claim plainly says otherwise than its source, or None.

    Args:
        claim: one sentence.
        sentences: the source's, in order.
        carriers: indexes of the sentences that come closest to the claim, closest first; not empty.
        known: title, authors and headings: names in them are no new names.
    """
    said, whole = fold_signs(claim), [fold_signs(sentence) for sentence in sentences]
    close = [whole[index] for index in carriers]
    if numbers_disagree(read_amounts(said), [a for text in [*whole, *known] for a in read_amounts(text)]):
        return "number"
    if list_new_names(said, [*whole, *map(fold_signs, known)]):
        return "name"
    if negation_differs(said, close) or says_opposite(said, close):
        return "negation"
    if scope_grew(said, close):
        return "scope"
    if force_grew(said, close):
        return "force"
    return None


# --- names -------------------------------------------------------------------------------------------------------


def list_new_names(claim: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The proper names of a claim of which no text has a word."""
    joined = " ".join(texts)
    words = _TOKEN.findall(fold_marks(joined))
    present = {fold_name(word) for word in words} | {part for word in words for part in _split(word)}
    shortened = {
        "".join(word[0] for word in words[n : n + size]).casefold() for size in (2, 3, 4, 5) for n in range(len(words))
    }
    names = dict.fromkeys(_list_names(fold_marks(claim)))
    return tuple(name for name in names if not _is_present(name, present, shortened, words))


def _is_present(name: str, present: set[str], shortened: set[str], words: Sequence[str]) -> bool:
    folded = fold_name(name)
    if folded in present or stem(folded) in {stem(word) for word in present}:
        return True
    if name.isupper() and folded in shortened:
        return True
    if any(word.isupper() and len(word) > 1 and word[0].casefold() == folded[0] for word in words) and _is_spelled_out(
        name
    ):
        return False
    start = folded[: max(_FEWEST_LETTERS, len(folded) - 3)]
    # "American" of "America", "Finnish" of "Finland": a people's name and its country begin alike.
    return len(folded) > _FEWEST_LETTERS and any(
        word.startswith(start) and abs(len(word) - len(folded)) < 5 for word in present
    )


def _is_spelled_out(name: str) -> bool:
    return name.isupper()


def fold_name(word: str) -> str:
    """A name without its possessive, its dots and its capitals."""
    return re.sub(r"'s?$", "", word.casefold()).replace(".", "")


def _split(word: str) -> list[str]:
    """The parts of a name that are written together: "LeadershipLab" says Leadership."""
    return [part.casefold() for part in re.findall(r"[A-Z][a-z]+", word)] if re.search(r"[a-z][A-Z]", word) else []


def _list_names(text: str) -> Iterator[str]:
    matches = list(_TOKEN.finditer(text))
    for place, match in enumerate(matches):
        word = match[0]
        if not word[0].isupper() or fold_name(word) in _NO_NAMES or fold_name(word) in STOP_WORDS:
            continue
        before = text[: match.start()].rstrip(" \"'(")
        if before and before[-1] not in ".!?:;":
            if not (word.isupper() and len(word) == 1):
                yield word
            continue
        after = matches[place + 1][0] if place + 1 < len(matches) else ""
        lower = fold_name(word)
        follows = after[:1].isupper() and fold_name(after) not in _NO_NAMES and count_uses(lower) < 10 * _COMMON
        if follows or count_uses(lower) < (_FEWEST if _FORM.search(lower) else _COMMON):
            yield word


# --- negation ----------------------------------------------------------------------------------------------------


def negation_differs(claim: str, close: Sequence[str]) -> bool:
    """Whether the claim denies what the sentences say, or says what they deny."""
    denied_here = list(_list_denied(claim))
    denied_there = [group for text in close for group in _list_denied(text)]
    there = {word for text in close for word in _stems(text)}
    negative = {word for group in denied_there for word in group}
    if (
        denied_here
        and not denied_there
        and not any(_find_prefixed(there, word) for group in denied_here for word in group)
    ):
        return True
    for group in denied_here:
        if group and group & there and not group & negative:
            return True
    if denied_here or not denied_there:
        return False
    first = set(_list_denied(close[0]))
    here = set(_stems(claim))
    return any(len(group & here) >= min(2, len(group)) for group in first)


def _list_denied(text: str) -> Iterator[frozenset[str]]:
    """The stems of the few words that each negation reaches."""
    plain = _NO_NEGATION.sub(" ", text)
    for clause in _CLAUSE.split(plain):
        words = [match[0].casefold() for match in _TOKEN.finditer(clause or "")]
        for place, word in enumerate(words):
            if word in _NEGATORS or word.endswith("n't"):
                reached = [stem(one) for one in words[place + 1 :] if one not in STOP_WORDS and one not in _NEGATORS]
                yield frozenset(reached[:_NEGATED])


def _stems(text: str) -> list[str]:
    return [stem(word) for match in _TOKEN.finditer(text) if (word := fold_name(match[0])) not in STOP_WORDS]


def _find_prefixed(words: Iterable[str], base: str) -> bool:
    """Whether the opposite of a word is among some, by its first letters."""
    return len(base) >= _SHORTEST_BASE and any(prefix + base in words for prefix in _PREFIXES)


def says_opposite(claim: str, close: Sequence[str]) -> bool:
    """Whether the claim has the opposite of a word of the sentences, and the word itself is nowhere in it."""
    here = {stem(match[0].casefold()) for match in _TOKEN.finditer(claim)}
    there = [{stem(match[0].casefold()) for match in _TOKEN.finditer(text)} for text in close]
    every = set().union(*there)
    if any(_find_prefixed(here, word) for word in there[0] - here if word not in every - there[0]):
        return not any(_NEGATORS & set(text.casefold().split()) for text in [claim, close[0]])
    for one, other in _iterate_opposites():
        if one in here and one not in every and other in there[0] and other not in here:
            return True
    return any(_find_prefixed(there[0], word) and word not in every for word in here)


def _iterate_opposites() -> Iterator[tuple[str, str]]:
    for pair in _OPPOSITES:
        one, other = map(stem, pair.split(":"))
        yield one, other
        yield other, one


# --- scope -------------------------------------------------------------------------------------------------------


def scope_grew(claim: str, close: Sequence[str]) -> bool:
    """Whether the claim says it of more, more often or more strictly than the sentences do."""
    there = " ".join(close)
    if _ALL.search(claim) and not _ALL.search(there):
        return True
    if _ONLY.search(claim) and not _ONLY.search(there):
        return True
    if _MOST.search(claim) and not (_MOST.search(there) or _ALL.search(there)):
        return True
    if _MUST.search(claim) and not _MUST.search(there):
        return True
    if _WILL.search(claim) and not _WILL.search(there) and _HEDGE.search(close[0]):
        return True
    if _MAY.search(close[0]) and not _HEDGE.search(claim):
        return True
    return _lost_some(claim, close[0])


def _lost_some(claim: str, sentence: str) -> bool:
    """Whether "in some schools" became "in schools"."""
    if _LIMITED.search(claim):
        return False
    here = set(_stems(claim))
    for match in _SOME.finditer(sentence):
        behind = _stems(sentence[match.end() : match.end() + 60])[:2]
        if any(word in here for word in behind):
            return True
    return False


# --- force -------------------------------------------------------------------------------------------------------


def force_grew(claim: str, close: Sequence[str]) -> bool:
    """Whether the claim gives as found or as so what the sentences ask, assume, look into or only suggest."""
    basis, bases = recognise_basis(claim), [recognise_basis(text) for text in close]
    if bases[0] in _WEAK and basis in _STRONG and not (_SUGGESTS.search(claim) or "found" in bases):
        return True
    there = " ".join(close)
    if _PROVES.search(claim) and not _PROVES.search(there) and "found" not in bases:
        return True
    if (
        _PROVES.search(claim)
        and not _PROVES.search(close[0])
        and _SUGGESTS.search(close[0])
        and not _SUGGESTS.search(claim)
    ):
        return True
    return bool(_CAUSES.search(claim) and not _CAUSES.search(there) and _LINKED.search(close[0]))
