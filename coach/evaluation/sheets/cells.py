"""What people type into cells: a text in, roles, outcomes, phrases, turns or sources out."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from coach.evaluation.records import HistoryTurn, ItemStatus
from coach.evaluation.sheets.coding import decode_value, encode_value
from coach.records import Outcome, Role

_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile(r"[\u200b\u200c\u2060\ufeff\u00ad]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CODED_BREAK = re.compile(r"_x000[Dd]_|<br ?/?>", re.IGNORECASE)


def tidy(text: str) -> str:
    """A cell as it is kept: plain spaces, plain line breaks, nothing unseen, nothing around it."""
    broken = _CODED_BREAK.sub("\n", text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _UNSEEN.sub("", _SPACES.sub(" ", broken)).strip()


_SPOILED = re.compile(
    "\u00e2\u20ac[\u0080-\u2122]|\u00c3[\u00a0-\u00bf\u0192\u2013]|\u00ef\u00bb\u00bf|\u00c2[\u00a0-\u00bf]"
)


# Quotation marks and dashes of Windows-1252 that were read as Latin-1; what it leaves open stays.
_CONTROLS = re.compile("\xe2\x80[\x80-\xbf]|[\x80\x82-\x84\x86-\x8c\x8e\x91-\x9c\x9e\x9f]")


def repair_text(text: str) -> str:
    """A text that was UTF-8, read as Windows-1252, or Windows-1252, read as Latin-1, as it was before; others as they are."""
    return _CONTROLS.sub(lambda found: _decode(found[0].encode("latin-1")), _repair_whole(text))


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8" if len(raw) > 1 else "cp1252")


def _repair_whole(text: str) -> str:
    if not _SPOILED.search(text):
        return text
    try:
        # Bytes that Windows-1252 leaves open stand as control characters of the same number.
        raw = b"".join(sign.encode("latin-1" if "\x80" <= sign <= "\x9f" else "cp1252") for sign in text)
        return raw.decode("utf-8").lstrip("\ufeff")
    except UnicodeError:
        return text


def fold(text: str) -> str:
    """A short answer without case, punctuation and accents of punctuation: words with one space between."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("'", "")
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


_NOTHING = frozenset(
    ("n/a", "na", "n.a.", "-", "--", "\u2013", "\u2014", "none", "nil", "null", "nan", "#n/a", "(none)", "/")
)


_ERRORS = frozenset(
    ("#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!", "#spill!", "#calc!", "err:502", "err:508")
)


def is_error(text: str) -> bool:
    """Whether a cell holds what a formula came to that could not be worked out."""
    return text.strip().casefold() in _ERRORS


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is nothing, such as "n/a" or a dash."""
    return tidy(text).casefold() in _NOTHING


# --- one of a few words -------------------------------------------------------------------------------------------

_ROLE_NAMES: tuple[tuple[Role, str], ...] = (
    (
        "principal",
        "principal|p|pr|sl|school leader|school|head|headteacher|head teacher|ap|assistant principal|vice principal"
        "|vp|site leader|building leader|building principal|school principal|leader|head of school|school admin"
        "|school administrator|dean|new principal|novice principal|instructional leader|campus principal",
    ),
    (
        "central_office",
        "co|central office|central|district|district office|district leader|ild|ilds|director|supervisor|ps"
        "|principal supervisor|superintendent|area superintendent|assistant superintendent|central office staff"
        "|central office leader|instructional leadership director|c o|district staff|central services|central admin"
        "|central office administrator|sup|supt|asst superintendent|asst supt|network leader|cabinet",
    ),
    (
        "trainer",
        "trainer|t|tr|coach|facilitator|evaluator|staff developer|leadership coach|principal coach|researcher"
        "|university|ctp|professional developer|coach trainer|trainer coach|consultant",
    ),
)
_ROLES: dict[str, Role] = {name: role for role, names in _ROLE_NAMES for name in names.split("|")}
_ROLE_WORDS: tuple[tuple[Role, str], ...] = (
    ("central_office", r"\b(central|district|superintendent|supervisors?|ilds?|directors?)\b"),
    ("trainer", r"\b(trainers?|coach(es)?|facilitators?|evaluators?)\b"),
    ("principal", r"\b(principals?|school|heads?|leaders?)\b"),
)


def parse_role(text: str) -> Role | None:
    """Who asks, however it is written; None where it names nobody or more than one."""
    folded = fold(str(decode_value(text)))
    for name in (folded, folded.removesuffix("s"), re.sub(r"s\b", "", folded)):
        if name in _ROLES:
            return _ROLES[name]
    if len(folded.split()) > 6:
        return None
    if re.search(r"[/,;&+]|\b(?:and|or)\b", text):
        named = {_ROLES.get(fold(part).removesuffix("s")) for part in re.split(r"[/,;&+]|\band\b|\bor\b", text)}
        return next(iter(named)) if len(named) == 1 else None
    return next((role for role, pattern in _ROLE_WORDS if re.search(pattern, folded)), None)


_OTHER_POSTS = frozenset(("ap", "assistant principal", "vice principal", "vp", "dean"))


def is_plain_role(text: str) -> bool:
    """Whether a cell that names a role names it as it is called, and no other post that only is asked for like it."""
    folded = fold(str(decode_value(text)))
    names = {folded, folded.removesuffix("s"), re.sub(r"s\b", "", folded)}
    return not names & _OTHER_POSTS and (
        not names.isdisjoint(_ROLES) or bool(re.search(r"[/,;&+]|\b(?:and|or)\b", text))
    )


_YES_WORDS = "y|yes|true|1|x|t|ja|si|oui|ok|yep|yeah|full|fully|answerable|wahr|vrai|correct|required|wanted"
_YES = frozenset(_YES_WORDS.split("|"))
_NO = frozenset(
    ["n", "no", "false", "0", "f", "nein", "none", "unanswerable", "not", "never", "falsch", "faux", "nope"]
)
_YES_MARKS = frozenset("✓✔☑✅")
_NO_MARKS = frozenset("✗✘☐❌")
_PARTLY = re.compile(r"\b(part|partly|partial|partially|some|somewhat|half|in part|limited|mixed)\b")


def parse_yes(text: str) -> bool | None:
    """Yes or no, however it is written; None for anything else."""
    value = decode_value(text)
    if isinstance(value, bool):
        return value
    stripped = str(value).strip().strip("\ufe0f")
    if stripped in _YES_MARKS or stripped in _NO_MARKS:
        return stripped in _YES_MARKS
    words = fold(stripped).split()
    if not words or len(words) > 8:
        return None
    if words[0] in _YES:
        return True
    return False if words[0] in _NO else None


_OUTCOMES: tuple[tuple[Outcome, str], ...] = (
    (
        Outcome.REFERRED,
        r"\b(refer\w*|escalate\w*|hand (it )?off|handoff|hand over|human|to (a )?(person|people|hr|legal|someone)|route\w*"
        r"|belongs? with people|safety|crisis|hotline|stop and refer)\b",
    ),
    (
        Outcome.CLARIFY,
        r"\b(clarif\w*|ask(s|ing)? back|ask(s|ing)? (for|which|what|a question|the user|them|first)|follow ?up question"
        r"|ambiguous|unclear|vague|probe)\b",
    ),
    (
        Outcome.PARTIAL,
        r"\b(partial\w*|partly|in part|part|some|half|somewhat|incomplete)\b",
    ),
    (
        Outcome.NOT_IN_SOURCES,
        r"\b(not in( the)?( loaded)? (sources?|documents?|texts?|corpus|report|materials?|study)|refus\w*|declin\w*|abstain\w*"
        r"|unanswer\w*|not? answer\w*|cannot answer|cant answer|cannot be answered|out of (scope|sources?)|off ?topic"
        r"|not? found|dont know|doesnt know|not? cover\w*|no (source|evidence)|idk|nis|say (it is )?not there|should not answer"
        r"|not there|not supported|does not answer|must not answer|reject\w*)\b",
    ),
    (
        Outcome.ANSWERED,
        r"\b(answer\w*|in( the)? (sources?|documents?|texts?)|found|covered|respond\w*|full\w*|reply)\b",
    ),
)
_EXACT_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


def parse_outcomes(text: str) -> tuple[Outcome, ...]:
    """The outcomes that a cell allows, in any of the words people use; empty where it names none.

    "Refuse" and "decline" are taken for "not in the sources", as trainers use them; "refer" for what belongs with people.
    """
    value = decode_value(text)
    parts = value if isinstance(value, list) else re.split(r"[/,;|\n+]|\bor\b|\band/or\b", str(value))
    found = [_parse_outcome(str(part)) for part in parts if str(part).strip()]
    if not found or None in found:
        whole = None if isinstance(value, list) else _parse_outcome(str(value))
        return (whole,) if whole else ()
    return tuple(dict.fromkeys(outcome for outcome in found if outcome))


def _parse_outcome(text: str) -> Outcome | None:
    folded = fold(text)
    exact = _EXACT_OUTCOMES.get(folded.replace(" ", "_"))
    if exact or len(folded.split()) > 12:
        return exact
    if len(folded.split()) == 1 and parse_yes(folded) is not None:
        return Outcome.ANSWERED if parse_yes(folded) else Outcome.NOT_IN_SOURCES
    return next((outcome for outcome, pattern in _OUTCOMES if re.search(pattern, folded)), None)


def parse_answerable(text: str) -> tuple[Outcome, ...]:
    """What "answerable?" means for the outcome: yes, no, partly, or the words of an outcome."""
    value = decode_value(text)
    if not isinstance(value, list) and _PARTLY.search(fold(str(value))):
        return (Outcome.PARTIAL,)
    told = None if isinstance(value, list) else parse_yes(text)
    if told is None:
        return parse_outcomes(text)
    return (Outcome.ANSWERED,) if told else (Outcome.NOT_IN_SOURCES,)


_STATUS_NAMES: tuple[tuple[ItemStatus, str], ...] = (
    ("draft", "draft|to do|todo|new|wip|in progress|not ready|proposed|idea|in draft"),
    ("ready", "ready|locked|final|done|active|approved|live|ok|complete|completed|in use|open|reviewed|checked"),
    ("retired", "retired|archived|dropped|deleted|removed|inactive|obsolete|old|cut|retire"),
)
_UNSURE = re.compile(
    r"\b(not|never|but|if|when|after|until|sure|maybe|nearly|almost|partly|needs?|pending|(un)?answerable|required|wanted"
    r"|correct|full|fully)\b"
)
"""Words with which "yes" or "no" does not say whether an item is ready."""
_STATUSES: dict[str, ItemStatus] = {name: status for status, names in _STATUS_NAMES for name in names.split("|")}


def parse_status(text: str) -> ItemStatus | None:
    """Whether an item is asked: a word for it, or yes or no to whether it is ready; None where neither is said."""
    value = decode_value(text)
    folded = fold(str(value))
    if folded in _STATUSES:
        return _STATUSES[folded]
    told = None if _UNSURE.search(folded) else parse_yes(text)
    return None if told is None else ("ready" if told else "draft")


# --- several phrases in one cell ----------------------------------------------------------------------------------

Groups = tuple[tuple[str, ...], ...]
_DOTS = "\u2022\u2023\u25aa\u25cf\u25e6\u00b7"
_BULLET = re.compile(rf"^(?:[-*\u2013\u2014{_DOTS}]\s+|[{_DOTS}]|\(?\d{{1,2}}[.)]\s+|\(?[a-h]\)\s+)")
_ALTERNATIVE = re.compile(r"\s+/\s+|\s+OR\s+|\s+\|\|\s+")
_POINT = re.compile(r"[;\n]|(?<!\|)\|(?!\|)")
_QUOTED = re.compile(r"^[\"\u201c\u201d\u201e\u00ab](.*)[\"\u201c\u201d\u00bb]$", re.DOTALL)
# A wording that stands whole in quotation marks: what separates elsewhere is a part of it.
_WHOLE = re.compile(
    rf"(?:^|[;|]|\s/(?=\s)|\sOR(?=\s))\s*(?:(?:[-*\u2013\u2014{_DOTS}]|\d{{1,2}}[.)])\s+)?"
    r"(?P<quoted>\"[^\"\n]+\"|\u201c[^\u201c\u201d\n]+\u201d|\u00ab[^\u00ab\u00bb\n]+\u00bb)"
    r"(?=[^\S\n]*(?:$|[;|]|\s/\s|\sOR\s))",
    re.MULTILINE,
)
_QUOTATION_MARKS = ('"{}"', "\u201c{}\u201d", "\u00ab{}\u00bb")


def split_phrases(text: str) -> Groups:
    """Groups of alternatives: groups on lines of their own, or between `;` and `|`; alternatives between ` / ` and ` OR `.

    Never at commas, which stand within phrases too, and nowhere within a phrase that stands whole in quotation marks.
    """
    value = read_list(text)
    if isinstance(value, list):
        groups = [group if isinstance(group, list) else [group] for group in value]
        cleaned = [tuple(str(one) for one in group if one not in (None, "")) for group in groups]
        return tuple(group for group in cleaned if group)
    pieces = [_BULLET.sub("", piece.strip()).strip() for piece in _split_unquoted(tidy(str(value)), _POINT)]
    split = [tuple(_unquote(one) for one in _split_unquoted(piece, _ALTERNATIVE) if one.strip()) for piece in pieces]
    return tuple(group for group in split if group)


def read_phrases(text: str) -> Groups:
    """What somebody typed into a cell or a field for phrases, as `split_phrases`; none where it says that there is none."""
    return () if is_nothing(text) else split_phrases(text)


def write_phrases(groups: Sequence[Sequence[str]]) -> str:
    """Groups as `read_phrases` reads them: on lines of their own, alternatives between slashes.

    Quotation marks stand around a phrase that would be cut without them, and the whole is coded where these do not help.
    """
    wanted = tuple(tuple(group) for group in groups)
    plain = "\n".join(" / ".join(_quote_phrase(one) for one in group) for group in wanted)
    return plain if read_phrases(plain) == wanted else encode_value([list(group) for group in wanted])


def _quote_phrase(phrase: str) -> str:
    forms = (phrase, *(marks.format(phrase) for marks in _QUOTATION_MARKS))
    return next((form for form in forms if read_phrases(form) == ((phrase,),)), phrase)


def _split_unquoted(text: str, separator: re.Pattern[str]) -> Iterator[str]:
    whole = [found.span("quoted") for found in _WHOLE.finditer(text)]
    last = 0
    for found in separator.finditer(text):
        if not any(start < found.start() < end for start, end in whole):
            yield text[last : found.start()]
            last = found.end()
    yield text[last:]


def _unquote(text: str) -> str:
    plain = text.strip()
    found = _QUOTED.match(plain)
    if found is None or not found.group(1).strip():
        return plain
    # Angled marks hold any others; of these none may stand within, for it is then not said which belong together.
    others = "[\u00ab\u00bb]" if plain.startswith("\u00ab") and plain.endswith("\u00bb") else '["\u201c\u201d]'
    return plain if re.search(others, found.group(1)) else found.group(1).strip()


def read_list(text: str) -> Any:
    """The list in a cell, as JSON or as Python prints it; else the text."""
    value = decode_value(text)
    if not isinstance(value, str) or not re.match(r"\s*\[\s*['\"\[{\]]", value):
        return value
    try:
        read = ast.literal_eval(value.strip()) if len(value) < 50_000 else value
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return value
    # Half a pair of surrogates, written as an escape, is no text that a page can show.
    return read if isinstance(read, list) and not _SURROGATE.search(repr(read)) else value


_SURROGATE = re.compile(r"\\ud[89a-f][0-9a-f]{2}", re.IGNORECASE)


# --- turns typed in one cell --------------------------------------------------------------------------------------

_USERS = (
    "u|user|q|question|principal|leader|school leader|sl|co|central office"
    "|human|me|person|asker|trainer|p|ild|customer|student"
)
_ASSISTANTS = "a|answer|coach|assistant|bot|ai|chatbot|system|response|model|chatgpt|c|gpt"
_LEAD = r"^|\n|(?<=[.?!\"\u201d\u2019)\u2026])\s+|\s*(?:/|\||;|--?>|\u2192)\s*"
_MARK = re.compile(
    rf"(?P<lead>{_LEAD})\s*(?:[-\u2022*]\s+|\(?\d{{1,2}}[.)]\s*)?"
    rf"[*_\[(]*(?P<who>{_USERS}|{_ASSISTANTS})\s?\d{{0,2}}[\])]*\s?[:\uff1a][*_]*(?=\s|$)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:^|\n)\s*\(?(\d{1,2})[.)]\s+")


class Dialog(NamedTuple):
    """Turns that were typed in one cell."""

    turns: tuple[HistoryTurn, ...]
    how: Literal["marked", "numbered", "whole"]
    """By marks of speakers, by numbers, or as one turn of the person's."""


def has_turns(text: str) -> bool:
    """Whether a cell holds at least two turns with marks of their speakers, or a list of them."""
    value = read_list(text)
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) and read_turn(one) for one in value)
    marks = list(_MARK.finditer(tidy(str(value))))
    return bool(marks) and marks[0].start() == 0 and (len(marks) > 1 or len(marks[0].group("who")) > 1)


def has_marks(text: str) -> bool:
    """Whether a cell begins with a mark of who speaks, or is a list of turns."""
    value = read_list(text)
    return has_turns(text) if not isinstance(value, str) else _MARK.match(tidy(value)) is not None


def split_turns(text: str) -> Dialog:
    """The turns of a cell of earlier turns, oldest first."""
    value = read_list(text)
    if isinstance(value, list):
        return Dialog(tuple(turn for one in value if (turn := read_turn(one))), "marked")
    plain = tidy(str(value))
    marked = _split_marked(plain)
    if marked:
        return Dialog(marked, "marked")
    numbers = [int(found.group(1)) for found in _NUMBERED.finditer(plain)]
    if len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1)):
        pieces = [piece.strip() for piece in re.split(r"(?:^|\n)\s*\(?\d{1,2}[.)]\s+", plain)]
        return Dialog(tuple(HistoryTurn("user", piece) for piece in pieces if piece), "numbered")
    return Dialog((HistoryTurn("user", plain),) if plain else (), "whole")


def _split_marked(plain: str) -> tuple[HistoryTurn, ...]:
    marks = list(_MARK.finditer(plain))
    if not marks or marks[0].start() != 0:
        return ()
    ends = [mark.start() for mark in marks[1:]] + [len(plain)]
    turns: list[HistoryTurn] = []
    for mark, end in zip(marks, ends, strict=True):
        said = plain[mark.end() : end].strip()
        if said:
            turns.append(HistoryTurn(_find_speaker(mark.group("who")), said))
    return tuple(turns)


def _find_speaker(name: str) -> Literal["user", "assistant"]:
    return "assistant" if fold(name) in _ASSISTANTS.split("|") else "user"


def read_turn(value: Any) -> HistoryTurn | None:
    """A turn of a record: by `role`, `speaker` or `type`, and `text`, `content` or `say`; a text alone is the person's."""
    if isinstance(value, str):
        return HistoryTurn("user", value) if value.strip() else None
    if not isinstance(value, dict):
        return None
    said = next((value[key] for key in ("text", "content", "say", "message") if isinstance(value.get(key), str)), "")
    speaker = str(next((value[key] for key in ("role", "speaker", "type") if value.get(key)), "user"))
    return HistoryTurn(_find_speaker(speaker), said) if said else None
