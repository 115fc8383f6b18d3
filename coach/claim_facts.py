"""Compares what a claim says with what a source says: claim and sentences in, the first plain disagreement or none out. Pure.

A number, a name, a negation, how far and how surely it is said: what likeness of words and meaning does not see. Each
check is meant to be right when it objects; that it objects to nothing proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import groupby
from typing import Literal

from coach.basis import recognise_basis
from coach.claim_numbers import fold_signs, numbers_disagree, read_amounts
from coach.lexical import STOP_WORDS
from coach.mentions import fold_marks
from coach.records import Basis
from coach.spelling import count_uses
from coach.stemming import stem
from coach.synonyms import list_opposites, list_related

Disagreement = Literal["number", "name", "negation", "scope", "force", "addition"]

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
_SPELLED_OUT = re.compile(r"[A-Z][a-z]+(?: (?:of |the |and )?[A-Z][a-z]+)+")
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
# --- additions ---------------------------------------------------------------------------------------------------
_FRAMING = (  # noqa: SIM905 - a list that is read
    # what tells of a text
    "report reports study studies text texts source sources document documents entry author authors colleagues writer writers "
    "paper article passage excerpt page strand section chapter summary research researcher researchers team project finding "
    "findings example examples case cases topic point idea says said say state states stated tell tells describe describes "
    "mention mentions note notes explain explains define defines discuss discusses present presents show shows shown suggest "
    "suggests find finds found argue argues identify identifies call calls term name list see speak speaks treat refer refers "
    "mean means meant add adds put puts according words "
    # what joins sentences, or counts
    "also however moreover furthermore additional additionally therefore thus hence since whether although though despite "
    "instead rather overall short ultimately finally first second well even still yet often usually various particular "
    "particularly specific specifically especially general mainly mostly simply together within without among across along "
    "toward towards upon via due like another others one ones two many several much either neither every whole "
    # how surely it is said
    "may might could must shall ought need likely possible possibly perhaps potential potentially seem seems appear appears "
).split()
_MOST_IN_A_ROW = 2  # new words side by side, as when one word is said by two
_MOST_AT_THE_END = 1
_KEPT = 0.85  # of a claim's words, the share that must stand in a sentence before a new one counts as put in
# --- order -------------------------------------------------------------------------------------------------------
_FEWEST_ORDERED = 3
_ORDERED = 0.8  # of a claim's words, the share that must stand in the sentence before their order says anything
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)(?: \w+)? \w+(?:ed|en|un|own|ade|ght) by\b|\bby\b", re.I)
# --- scope -------------------------------------------------------------------------------------------------------
_ALL = re.compile(
    r"\b(?:all|every|each|always|everyone|everybody|everything|everywhere|entire(?:ly)?|whole|whenever|throughout|any"
    r"|completely|totally|fully|universally|invariably|without exception|no one|none|never|both|100 ?(?:%|percent))\b",
    re.I,
)
_SAYS_ALL = re.compile(
    r"(?<!after )(?<!at )(?<!first of )\b(?:all|every|always|everyone|everybody|everything|everywhere|entirely|universally"
    r"|invariably|without exception|no one|none|never|nobody|100 ?(?:%|percent))\b(?! in all\b| over\b| kinds?\b| sorts?\b)",
    re.I,
)
_SAYS_MOST = re.compile(
    r"\b(?:most|mostly|majority|usually|generally|typically|mainly|largely|nearly all|almost all)\b", re.I
)
_SAYS_MUST = re.compile(
    r"\b(?:must|have to|has to|had to|need(?:s|ed)? to|required to|essential|necessary|mandatory|compulsory|should|ought)\b",
    re.I,
)
_SAYS_ONLY = re.compile(r"\b(?:only|solely|exclusively)\b(?! (?:recently|then|later|when))", re.I)
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
_STRICT = ((_SAYS_ALL, _ALL), (_SAYS_ONLY, _ONLY), (_SAYS_MUST, _MUST))
_BEHIND = 4  # words behind "all" or "must" among which the thing stands of which it is said
_HEDGE = re.compile(
    r"\b(?:may|might|can|could|would|possibly|perhaps|maybe|(?:un)?likely|seem(?:s|ed)?|appear(?:s|ed)?|suggest(?:s|ed)?"
    r"|tend(?:s|ed)?|sometimes|occasionally|often|usually|generally|typically|probably|potential(?:ly)?|possible|possibility"
    r"|hopes?|expect(?:s|ed)?|believe[sd]?|think|thought|argue[sd]?|partly|in part|chance|risk)\b",
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
_LOOKS = re.compile(
    r"\b(?:look(?:s|ed|ing)? (?:\w+ )?(?:at|into)|examin\w+|explor\w+|investigat\w+|ask(?:s|ed)|analy[sz]\w+|address\w*"
    r"|concentrat\w+|focus\w*|profil\w+|assum\w+|hypothesi\w+|posit(?:s|ed)?|presum\w+|expect\w*)\b",
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


def find_disagreements(
    claim: str, sentences: Sequence[str], carriers: Sequence[int], known: Sequence[str] = ()
) -> tuple[Disagreement, ...]:
    """The things in which a claim plainly says otherwise than its source, the plainest first.

    Args:
        claim: one sentence.
        sentences: the source's, in order.
        carriers: indexes of the sentences that come closest to the claim, closest first.
        known: title, authors and headings: names in them are no new names.
    """
    said, whole = fold_signs(claim), [fold_signs(sentence) for sentence in sentences]
    # A claim that shares no word with any sentence has no carriers.
    close = [whole[index] for index in carriers] or whole[:1]
    amounts = [amount for text in [*whole, *known] for amount in read_amounts(text)]
    new = list_new_words(said, [*whole, *known])
    found: dict[Disagreement, bool] = {
        "number": numbers_disagree(read_amounts(said), amounts),
        "name": bool(list_new_names(said, [*whole, *map(fold_signs, known)])),
        "negation": negation_differs(said, close) or says_opposite(said, close) or turns_word(said, close),
        "scope": scope_grew(said, close),
        "force": force_grew(said, close),
        "addition": adds_something(said, close, new),
    }
    return tuple(kind for kind, disagrees in found.items() if disagrees)


# --- names -------------------------------------------------------------------------------------------------------


def list_new_names(claim: str, texts: Iterable[str]) -> tuple[str, ...]:
    """The words of proper names in a claim of which no text has anything."""
    words = _TOKEN.findall(fold_marks(" ".join(texts)))
    present = {fold_name(word) for word in words} | {part for word in words for part in _split(word)}
    stems = {stem(word) for word in present}
    initials = {
        "".join(word[0] for word in words[start : start + size]).casefold()
        for size in (2, 3, 4, 5)
        for start in range(len(words))
    }
    plain = fold_marks(claim)
    spelled = _find_spelled_out(plain, present)
    names = dict.fromkeys(_list_names(plain))
    return tuple(
        name
        for name in names
        if fold_name(name) not in spelled
        and not _is_present(fold_name(name), present, stems)
        and not (name.isupper() and fold_name(name) in initials)
    )


def _is_present(name: str, present: set[str], stems: set[str]) -> bool:
    if name in present or stem(name) in stems:
        return True
    start = name[: max(_FEWEST_LETTERS, len(name) - 3)]
    # "American" of "America", "Finnish" of "Finland": a people's name and its country begin alike.
    return len(name) > _FEWEST_LETTERS and any(
        word.startswith(start) and abs(len(word) - len(name)) < 5 for word in present
    )


_IRREGULAR = dict(
    pair.split(":")
    for pair in (  # noqa: SIM905 - a list that is read
        "paid:pay rose:rise risen:rise fell:fall fallen:fall led:lead taught:teach found:find gave:give given:give took:take "
        "taken:take made:make went:go gone:go kept:keep met:meet held:hold said:say saw:see seen:see knew:know known:know "
        "grew:grow grown:grow began:begin begun:begin brought:bring built:build chose:choose chosen:choose spoke:speak "
        "wrote:write written:write won:win lost:lose sent:send spent:spend felt:feel became:become came:come got:get "
        "meant:mean ran:run sold:sell told:tell thought:think understood:understand bought:buy fought:fight sought:seek "
        "drew:draw drawn:draw drove:drive driven:drive broke:break broken:break children:child men:man women:woman"
    ).split()
)


def stem_form(word: str) -> str:
    """The stem of a word in lower case, of "paid" that of "pay"."""
    return stem(_IRREGULAR.get(word, word))


def read_stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order; all where none does."""
    words = [fold_name(match[0]) for match in _TOKEN.finditer(fold_marks(fold_signs(text)))]
    return [stem_form(word) for word in words if word not in STOP_WORDS] or [stem_form(word) for word in words]


def _find_spelled_out(text: str, present: set[str]) -> set[str]:
    """The words of names that the texts have by their first letters alone: "United States" for "US"."""
    return {
        word.casefold()
        for match in _SPELLED_OUT.finditer(text)
        if "".join(word[0] for word in match[0].removeprefix("The ").split() if word[0].isupper()).casefold() in present
        for word in match[0].split()
    }


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


_DENIES_EITHER = re.compile(r"\b(?:not|never|neither|no)\b[^.;:,]{1,60}?\b(?:or|nor)\b", re.I)


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
        if set(group) & there and not set(group) & negative:
            return True
    if denied_here:
        return False
    here, said = set(_stems(claim)), _stems(close[0])
    for group in _list_denied(close[0]):
        # What the sentence denies in one place and says in another is not denied as such.
        if group and group[0] in here and said.count(group[0]) == 1:
            return True
        if len(set(group) & here) > 1:
            return True
        # "Not this or that" denies that as well.
        if _DENIES_EITHER.search(close[0]) and any(word in here and said.count(word) == 1 for word in group):
            return True
    return False


def _list_denied(text: str) -> Iterator[tuple[str, ...]]:
    """The stems of the few words that each negation reaches, in order."""
    plain = _NO_NEGATION.sub(" ", text)
    for clause in _CLAUSE.split(plain):
        words = [match[0].casefold() for match in _TOKEN.finditer(clause or "")]
        for place, word in enumerate(words):
            if word in _NEGATORS or word.endswith("n't"):
                reached = [
                    stem_form(one) for one in words[place + 1 :] if one not in STOP_WORDS and one not in _NEGATORS
                ]
                yield tuple(reached[:_NEGATED])


def _stems(text: str) -> list[str]:
    return [stem_form(word) for match in _TOKEN.finditer(text) if (word := fold_name(match[0])) not in STOP_WORDS]


def _find_prefixed(words: Iterable[str], base: str) -> bool:
    """Whether the opposite of a word is among some, by its first letters."""
    return len(base) >= _SHORTEST_BASE and any(prefix + base in words for prefix in _PREFIXES)


def says_opposite(claim: str, close: Sequence[str]) -> bool:
    """Whether the claim has the opposite of a word of the sentences, and the word itself is nowhere in it."""
    here = {stem_form(match[0].casefold()) for match in _TOKEN.finditer(claim)}
    there = [{stem_form(match[0].casefold()) for match in _TOKEN.finditer(text)} for text in close]
    every = set().union(*there)
    if any(_find_prefixed(here, word) for word in there[0] - here if word not in every - there[0]):
        return not any(_NEGATORS & set(text.casefold().split()) for text in [claim, close[0]])
    for one, other in _iterate_opposites():
        if one in here and one not in every and other in there[0] and other not in here:
            return True
    return any(_find_prefixed(there[0], word) and word not in every for word in here)


def turns_word(claim: str, close: Sequence[str]) -> bool:
    """Whether the claim has the opposite of a word of the closest sentence in its place, and nothing that says it there."""
    if any(_NEGATORS & {*text.casefold().split()} for text in (claim, close[0])):
        return False
    said, there = {*read_stems(claim)}, {word for text in close for word in read_stems(text)}
    gone = {*read_stems(close[0])} - said
    return any(list_opposites(word) & gone and not list_related(word) & there for word in said - there)


def _iterate_opposites() -> Iterator[tuple[str, str]]:
    for pair in _OPPOSITES:
        one, other = map(stem, pair.split(":"))
        yield one, other
        yield other, one


def is_reordered(claim: str, sentence: str) -> bool:
    """Whether a claim has nearly all its words from a sentence, but in an order that no moved phrase explains.

    "Teachers lead principals" has the words of "Principals lead teachers": likeness cannot tell them apart.
    """
    here, there = _stems(claim), _stems(sentence)
    places = [there.index(word) for word in here if here.count(word) == 1 and there.count(word) == 1]
    if len(places) < _FEWEST_ORDERED or len(places) < _ORDERED * len(here):
        return False
    turns = sum(first > second for first, second in zip(places, [*places[1:], places[0]], strict=True))
    # A phrase that moved as a whole turns the order once; a passive voice turns it twice, and shows it.
    return turns > 1 and bool(_PASSIVE.search(claim)) == bool(_PASSIVE.search(sentence))


# --- additions ---------------------------------------------------------------------------------------------------


def list_new_words(claim: str, texts: Iterable[str]) -> frozenset[str]:
    """The stems of a claim that no text has, nor a synonym or a derived word of them; numbers and framing words apart."""
    there = {word for text in texts for word in read_stems(text)}
    return frozenset(
        word
        for word in {*read_stems(claim)} - there - _list_framing()
        if word.isalpha() and not list_related(word) & there
    )


@cache
def _list_framing() -> frozenset[str]:
    return frozenset(map(stem_form, _FRAMING))


def adds_something(claim: str, close: Sequence[str], new: frozenset[str]) -> bool:
    """Whether the claim says a thing that its source does not speak of: new words in a row, at its end, or put in.

    A single new word among others is mostly how a thing is said otherwise.
    """
    stems = read_stems(claim)
    said = [word for word in stems if word not in _list_framing()]
    rows = [len([*row]) for is_new, row in groupby(said, new.__contains__) if is_new]
    if max(rows, default=0) > _MOST_IN_A_ROW:
        return True
    if rows and said[-1] in new and rows[-1] > _MOST_AT_THE_END:
        return True
    return any(_is_put_in(stems, read_stems(text), new) for text in close)


def _is_put_in(said: Sequence[str], words: Sequence[str], new: frozenset[str]) -> bool:
    """Whether a claim is a sentence, or a part of it, with a new word in it or behind it, and none left out for that."""
    match = SequenceMatcher(None, said, words, autojunk=False)
    added = sum(
        word in new
        for change, start, end, _, _ in match.get_opcodes()
        if change == "delete"
        for word in said[start:end]
    )
    kept = sum(block.size for block in match.get_matching_blocks())
    return added > 0 and kept >= _KEPT * (sum(word not in _list_framing() for word in said) - added)


# --- scope -------------------------------------------------------------------------------------------------------


def scope_grew(claim: str, close: Sequence[str]) -> bool:
    """Whether the claim says it of more, more often or more strictly than the sentences do."""
    there = " ".join(close)
    if any(_is_new(said, held, claim, close) for said, held in _STRICT):
        return True
    if _SAYS_MOST.search(claim) and not (_MOST.search(there) or _ALL.search(there)):
        return True
    if _WILL.search(claim) and not _WILL.search(there) and _HEDGE.search(close[0]):
        return True
    if _MAY.search(close[0]) and not _HEDGE.search(claim):
        return True
    return _lost_some(claim, close[0])


def _is_new(said: re.Pattern[str], held: re.Pattern[str], claim: str, close: Sequence[str]) -> bool:
    """Whether the claim says "all", or its like, of something of which no sentence says it."""
    for match in said.finditer(claim):
        own = _list_behind(claim, match.end(), 2)
        behind = [_list_behind(text, other.end(), _BEHIND) for text in close for other in held.finditer(text)]
        if not any(not own or set(own) & set(words) for words in behind):
            return True
    return False


def _list_behind(text: str, place: int, most: int) -> list[str]:
    """The stems of the next words that carry meaning."""
    return _stems(text[place : place + 120])[:most]


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
    careful = basis not in _STRONG or _SUGGESTS.search(claim) or _LOOKS.search(claim)
    if bases[0] in _WEAK and not careful and "found" not in bases and _is_looked_into(claim, close[0]):
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


def _is_looked_into(claim: str, sentence: str) -> bool:
    """Whether what the claim says stands behind the sentence's "examined" or "assume": the rest of it is told as so."""
    verb = _LOOKS.search(sentence)
    if verb is None:
        return True
    here, behind = _stems(claim), set(_stems(sentence[verb.end() :]))
    return 2 * sum(word in behind for word in here) >= len(here)
