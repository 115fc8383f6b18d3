"""Says where only a document was named: groups of sources and what came of them in; sentences for the reasons out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from coach.evaluation.records import RetrievedPassage
from coach.evaluation.scores.citation_scores import Cited, ReadText, cites, covers, touches
from coach.evaluation.scores.locating import Located
from coach.search_copy import shorten

Say = Callable[..., str]
Group = Sequence[Located]
_MOST_TOLD = 3
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class DocumentReasons:
    """Adds to the reasons of scores which sources named no words, so that nobody takes those for found word by word."""

    say: Say

    def tell_ranks(self, groups: Iterable[Group], retrieved: Sequence[RetrievedPassage], depth: int) -> str:
        """Of each group that only its document stands for: where its first passage stands among the first few."""
        told: list[str] = []
        for group in groups:
            whole = _find_whole(group)
            if whole is None or _rank([one for one in group if not one.is_whole], retrieved[:depth]):
                continue
            rank = _rank([one for one in group if one.is_whole], retrieved[:depth])
            told.append(self._tell(whole, "found", rank=rank) if rank else self._tell(whole, "not_found", depth=depth))
        return _join(told)

    def tell_first(self, groups: Iterable[Group], passage: RetrievedPassage | None) -> str:
        """Whether a passage holds a named source only in that it is of a named document."""
        held = [one for group in groups for one in group if passage is not None and covers(passage, one)]
        return self._tell_all(held) if all(one.is_whole for one in held) else ""

    def tell_any(self, groups: Iterable[Group], retrieved: Sequence[RetrievedPassage]) -> str:
        """Of which groups any passage of a document counted."""
        counted: list[Located] = []
        for group in groups:
            first = next((one for one in retrieved if any(covers(one, it) for it in group)), None)
            held = [one for one in group if first is not None and covers(first, one)]
            counted += held[:1] if all(one.is_whole for one in held) else []
        return self._tell_all(counted)

    def tell_wanted(self, wanted: Sequence[Located], cited: Iterable[Cited]) -> str:
        """By which documents citations were taken for wanted that no named words are near."""
        counted: list[Located] = []
        for one in cited:
            near = [it for it in wanted if touches(one, it)]
            counted += near[:1] if all(it.is_whole for it in near) else []
        return self._tell_all(counted)

    def tell_cited(self, groups: Iterable[Group], cited: Sequence[Cited], read_text: ReadText) -> str:
        """Of each group that only its document stands for: whether the answer cites anything in it."""
        told: list[str] = []
        for group in groups:
            whole = _find_whole(group)
            if whole is None or any(cites(cited, one, read_text) for one in group if not one.is_whole):
                continue
            is_cited = any(cites(cited, one, read_text) for one in group if one.is_whole)
            told.append(self._tell(whole, "cited" if is_cited else "not_cited"))
        return _join(told)

    def _tell_all(self, located: Iterable[Located]) -> str:
        return _join([self._tell(one, "any") for one in dict.fromkeys(located)])

    def _tell(self, one: Located, name: str, **values: object) -> str:
        return self.say(f"document.{name}", document=shorten(one.name, _SHOWN), **values)


def _find_whole(group: Group) -> Located | None:
    return next((one for one in group if one.is_whole), None)


def _rank(group: Group, retrieved: Sequence[RetrievedPassage]) -> int:
    """The place of the first passage that holds one of a group; 0 where none does."""
    return next((rank for rank, one in enumerate(retrieved, start=1) if any(covers(one, it) for it in group)), 0)


def _join(told: Sequence[str]) -> str:
    every = list(dict.fromkeys(told))
    return "".join(f" {one}" for one in every[:_MOST_TOLD]) + (" …" if len(every) > _MOST_TOLD else "")
