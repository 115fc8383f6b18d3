"""Says a source's sentence in other words without changing what it says: a sentence in, the same claim by a few rules out.

Every rule keeps what is claimed or claims less: it leaves out what stands beside the claim, turns a clause round, or takes a
word of the same meaning. None touches a number, a name, a negation, a "some", or what the source does (assume, ask, find).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Rule = Callable[[str, Random], str]

# A pronoun must not come before what it stands for; half of a pair, or what stands within a clause, cannot be moved.
_UNTURNABLE = re.compile(
    r"(?:^|;)(?:it|its|they|their|he|she|his|her|this|that|these|those|such)\b|\b(?:and|or|but|than|how|what|that|whether|about)$"
    r"|\b(?:and|or|but|that|which|who|how|whether)(?=;)|\b(?:differ|differs|matters?)$|\bbut\b|\bto;",
    re.I,
)
_SAME = {
    "in order to": "to",
    "a variety of": "various",
    "in addition to": "besides",
    "with respect to": "about",
    "concerning": "about",
    "regarding": "about",
    "as well as": "and also",
    "attempt to": "try to",
    "seek to": "try to",
    "assistance": "help",
    "numerous": "many",
    "students": "pupils",
    "entails": "involves",
    "entail": "involve",
    "accorded to": "given to",
    "purpose": "aim",
    "purposes": "aims",
    "utilize": "use",
    "obtain": "get",
    "within": "in",
    "exceed": "go beyond",
    "brings greater attention to": "draws more attention to",
    "places less attention on": "gives less attention to",
    "a robust area of growth": "a strong area of growth",
    "a crucial turn": "a decisive turn",
    "took a close look at": "looked closely at",
    "is generally referred to as": "is usually called",
    "relied heavily on": "leaned strongly on",
    "for example": "for instance",
    "especially": "above all",
    "begin": "start",
    "child": "young person",
    "larger": "bigger",
    "sufficient": "enough",
    "frequently": "often",
    "typically": "usually",
    "enables": "allows",
    "enable": "allow",
    "requires": "calls for",
    "demonstrates": "shows",
    "demonstrate": "show",
}
_CONNECTIVES = (
    r"as a result|in addition|moreover|furthermore|finally|rather|further|thus|hence|however|indeed|therefore|also"
    r"|in other words|in short|similarly|likewise|at the same time|of course|and|but|so|yet|together"
)
_OPENING = re.compile(rf"^(?:{_CONNECTIVES}),? ", re.I)
_POINTER = re.compile(r"^as (?:(?:we|the authors) (?:show|note|said)|suggested(?: \w+ly)?) in [^,]{1,40}, ", re.I)
_PARENTHESIS = re.compile(r" \((?!\d)[^()]{3,160}\)")
_BESIDE = (
    re.compile(r",? (?:although|though|while|even though|whereas) [^,.;:]{8,200}(?=\.$)"),
    re.compile(r"—(?:which|that is|or)\b[^—.]{8,300}(?=\.$)"),
    re.compile(r", as in [^.;:]{8,200}(?=\.$)"),
    re.compile(r", and that [^,.;:]{8,160}(?=\.$)"),
    re.compile(r", (?:which|who|where) [^,.;:]{8,120}(?=[,.])"),
    re.compile(r" and,? as such, [^,.;:]{8,80}(?=\.$)"),
    re.compile(r", (?:leading|resulting|making|including|providing|helping|reflecting|suggesting) [^;:]{8,120}(?=\.$)"),
)
_TURNED = (
    (
        re.compile(r"^([A-Z][^,;:]{10,110}) (because|when|if|after|before|unless|until) ([^,;:]{8,110})\.$"),
        "{1}, {0}",
    ),
    (re.compile(r"^(Because|When|If|After|Before|Unless|Until) ([^,;:]{8,110}), ([^;:]{10,110})\.$"), "{1} {0}"),
)
# "Our" is the authors' only before what authors have: "our educational history" is everybody's.
_WORK = r"(?= (?:\w+ )?(?:research|study|studies|findings|analys[ei]s|approach(?:es)?|data|report|work|view|interviews|take))"
_REPORTING = (
    r"(?:(?:also|thus|further|then|therefore) )?(?:argue|assume|conclude|define|describe|distinguish|examined?|found|focus"
    r"|looked|paid|refer|report|show|studied|subsume|treat|understand|are concerned|do not claim)\b"
)
_AUTHORS = (
    (re.compile(r"^(“[^”]+”) we (define|treat|understand) as\b"), r"The authors \2 \1 as"),
    (re.compile(rf"\bour\b{_WORK}"), "the authors'"),
    (re.compile(rf"\bOur\b{_WORK}"), "The authors'"),
    (re.compile(rf"\bwe\b(?= {_REPORTING})"), "the authors"),
    (re.compile(rf"\bWe\b(?= {_REPORTING})"), "The authors"),
)
_VERBS = {
    "supports": "supported",
    "support": "supported",
    "shapes": "shaped",
    "shape": "shaped",
    "leads": "led",
    "lead": "led",
    "guides": "guided",
    "guide": "guided",
    "influences": "influenced",
    "influence": "influenced",
    "provides": "provided",
    "provide": "provided",
    "answers": "answered",
    "protects": "protected",
    "protect": "protected",
    "uses": "used",
    "use": "used",
    "runs": "run",
}
_ONCE = {"supported", "shaped", "led", "guided", "influenced", "provided", "used", "developed", "created", "written"}
_PHRASE = r"(?:[Tt]he|[Aa]n?|[Ee]ach|[Ee]very|[Mm]any|[Ss]ome|[Mm]ost)? ?[\w'’-]+(?: [\w'’-]+){0,2}"  # noqa: RUF001
_PASSIVE = re.compile(rf"^({_PHRASE}) (?:was|were) ({'|'.join(sorted(_ONCE))}) by ({_PHRASE})\.$")
_ACTIVE = re.compile(rf"^({_PHRASE}) ({'|'.join(sorted(_VERBS))}) ({_PHRASE})\.$")
_FOOTNOTE = re.compile(r"(?<=[a-z][.,”\"’)])\d{1,2}(?=\s|$)")  # noqa: RUF001
_PROPER = re.compile(r"^(?!(?:The|This|These|A|An|In|All|Each|Both|At|For|Of) )(?:I\b|[A-Z]{2,}|[A-Z][\w'’-]* [A-Z])")  # noqa: RUF001
_FRAMES = ("The text says that {}", "According to the text, {}", "The source says that {}", "The text states that {}")
_ITEM = re.compile(r"(?<=[a-z]), ([a-z][a-z-]*(?: [a-z][a-z-]*)?), and (?=[a-z])")


def paraphrase(sentence: str, random: Random) -> str:
    """A sentence in other words: some rules by chance, more until at least one has changed it.

    Args:
        sentence: one sentence of a source.
        random: draws the rules.

    Returns:
        One line. Only where no rule fits is it framed ("The text says that ...").
    """
    plain = tidy(sentence)
    said = name_authors(plain)
    rules = [leave_out, drop_item, turn_round, change_voice, replace_words]
    random.shuffle(rules)
    for rule in rules:
        if said == plain or random.random() < 0.6:
            said = rule(said, random)
    if said == plain or random.random() < 0.2:
        said = frame(said, random)
    return said


def tidy(sentence: str) -> str:
    """A sentence on one line, without numbers of notes, and without the words that tie it to the one before."""
    plain = _FOOTNOTE.sub("", " ".join(sentence.split()))
    opened = _POINTER.sub("", _OPENING.sub("", plain))
    return opened[:1].upper() + opened[1:] if opened else plain


def name_authors(sentence: str) -> str:
    """ "We" of a source as a reader must read it."""
    for pattern, words in _AUTHORS:
        sentence = pattern.sub(words, sentence)
    return sentence


def leave_out(sentence: str, random: Random) -> str:
    """Without a clause or a parenthesis that stands beside the claim."""
    chances = [pattern for pattern in (_PARENTHESIS, *_BESIDE) if pattern.search(sentence)]
    if not chances:
        return sentence
    shorter = random.choice(chances).sub("", sentence, count=1)
    return shorter if len(shorter.split()) >= 6 and shorter.endswith(".") else sentence


def drop_item(sentence: str, random: Random) -> str:
    """Without the middle one of three things: "A, B, and C" as "A and C"."""
    return sentence if random.random() < 0.5 else _ITEM.sub(" and ", sentence, count=1)


def turn_round(sentence: str, _random: Random) -> str:
    """With its clauses in the other order: "B because A" as "Because A, B"."""
    first = _TURNED[0][0].match(sentence)
    if first is not None and not _UNTURNABLE.search(f"{first.group(1)};{first.group(3)}"):
        main, link, clause = first.groups()
        return f"{link.capitalize()} {clause}, {lower_first(main)}."
    second = _TURNED[1][0].match(sentence)
    if second is not None and not _UNTURNABLE.search(f"{second.group(2)};{second.group(3)}"):
        link, clause, main = second.groups()
        return f"{main[:1].upper()}{main[1:]} {link.lower()} {clause}."
    return sentence


def change_voice(sentence: str, _random: Random) -> str:
    """Active as passive or the reverse, where subject, verb and object are each a few words."""
    passive = _PASSIVE.match(sentence)
    if passive is not None:
        what, verb, who = passive.groups()
        past = "wrote" if verb == "written" else verb
        return f"{who[:1].upper()}{who[1:]} {past} {lower_first(what)}."
    active = _ACTIVE.match(sentence)
    if active is not None:
        who, verb, what = active.groups()
        be = "are" if what.endswith("s") and not what.endswith("ss") else "is"
        return f"{what[:1].upper()}{what[1:]} {be} {_VERBS[verb]} by {lower_first(who)}."
    return sentence


def replace_words(sentence: str, random: Random) -> str:
    """With up to three words or turns of the same meaning; words that the source puts in quotation marks stay."""
    known = [one for one in _SAME if re.search(rf"\b{one}\b", sentence)]
    for word in random.sample(known, min(3, len(known))):
        parts = re.split(r"(“[^”]*”|\"[^\"]*\")", sentence)
        sentence = "".join(
            part if place % 2 else re.sub(rf"\b{word}\b", _SAME[word], part) for place, part in enumerate(parts)
        )
    return sentence


def frame(sentence: str, random: Random) -> str:
    """As something that the text says."""
    return random.choice(_FRAMES).format(lower_first(sentence))


def lower_first(words: str) -> str:
    """With a small first letter, unless the first word is a name or an abbreviation."""
    return words if _PROPER.match(words) or words[:1] in '“"' else words[:1].lower() + words[1:]


def join(first: str, second: str) -> str:
    """Two sentences as one."""
    return f"{first.rstrip('.')}, and {lower_first(second)}"
