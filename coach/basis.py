"""Recognises what a sentence of a source does: its words in, one of seven bases out. Pure.

Some sentences say what was found; most of a study's sentences define, assume, ask, or say what was looked at. What a
sentence does is part of what may be claimed with it: an assumption is no finding. A district can correct a sentence in
the document's metadata file; that goes before the patterns here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from coach.records import Basis

_STRENGTH: tuple[Basis, ...] = ("asks", "assumes", "examined", "defines", "describes", "asserts", "found")
"""From what claims least to what claims most."""
_STUDY = (
    r"(?:stud(?:y|ies)|strands?|research(?:ers?)?|team|teams|we|authors?|report|investigation|inquiry|analys[ie]s|review"
    r"|survey|evaluation)"
)
# In order: the first that fits decides. A sentence that assumes may also define; the weaker claim goes first.
_PATTERNS: tuple[tuple[Basis, str], ...] = (
    ("asks", r"\?[\"”’')\]]*\d*$|\b(?:research questions?|asks? (?:whether|how|what|why)|questions?: what)\b"),
    (
        "assumes",
        r"\b(?:we|i|authors?|researchers?|study|report) (?:\w+ ){0,2}?(?:assume|presume|posit|hypothesi[sz]e"
        r"|suppose|expect|believe)s?d?\b"
        r"|\b(?:assumption|hypothesis|presumption|premise)\b|\bit is assumed\b|\btheory of action\b",
    ),
    (
        "defines",
        r"\b(?:we|i|authors?|researchers?|report|study) (?:\w+ ){0,2}?(?:defines?|treats?|uses? the term"
        r"|means? by|refers? to|understands?"
        r"|subsumes?|distinguish(?:es)?|calls?)\b|\bis (?:defined|understood|seen) as\b|\bseen as\b"
        r"|\bdefined as\b|\brefers to\b"
        r"|\bwe (?:thus |therefore )?(?:subsume|mean)\b|\bwe are concerned (?:about|with)\b"
        r"|\bby [\"“'‘]?[\w -]{3,40}[\"”'’]? we mean\b",
    ),
    (
        "found",
        r"\b(?:we|study|studies|research(?:ers)?|results?|data|findings?|evidence|analysis|analyses|authors?"
        r"|report|survey|evaluation"
        r"|trial|experiment|meta-analysis)"
        r" (?:\w+ ){0,3}?(?:found|finds?|showed|shows?|shown|suggests?|suggested|indicates?|indicated|revealed"
        r"|reveals?|demonstrated?s?"
        r"|concluded|confirms?|confirmed|observed|identified)\b"
        r"|\b(?:was|were|is|are|been) (?:\w+ )?(?:found|shown|associated|correlated|linked) (?:to|with|that)\b"
        r"|\bfindings?\b|\bemerged from\b"
        r"|\bsignificant(?:ly)? (?:higher|lower|more|less|effect|difference)\b",
    ),
    ("describes", r"\b(?:report|study|section|chapter|article|page|entry) (?:summari[sz]es|describes|presents"
        r"|offers|is about)\b"),
    (
        "examined",
        rf"\b{_STUDY} (?:\w+ ){{0,4}}?(?:examin|investigat|profil|concentrat|explor|look|took a (?:close )?look"
        rf"|focus|paid|ask|analy[sz]|address)\w*"
        r"|\b(?:examined|investigated|profiled|analy[sz]ed) (?:the|how|what|whether|decisions)\b|\btook a close look\b",
    ),
    (
        "describes",
        rf"\b{_STUDY} (?:\w+ ){{0,6}}?(?:conducted|relied|accumulated|collected|visited|interviewed|added|drew"
        rf"|used|took place|was guided)\b"
        r"|\b(?:participants?|sample|sites?|districts?|schools?|teachers|principals"
        r"|leaders) (?:\w+ ){0,4}?(?:were|was|included|offered|participated|visited)\b"
        r"|\b(?:concerned|consists? of|is organi[sz]ed|for example|for instance)\b",
    ),
)  # fmt: skip
# "As we show in Figure 1" points at a picture, and finds nothing.
_POINTER = re.compile(r"\bas (?:we|the authors?) (?:show|see|describe|discuss|note)\w* (?:in|above|below|on)\b", re.I)
_COMPILED = tuple((basis, re.compile(pattern, re.I)) for basis, pattern in _PATTERNS)


def recognise_basis(sentence: str, corrections: Sequence[tuple[str, Basis]] = ()) -> Basis:
    """What a sentence does; `asserts` where nothing shows more.

    Args:
        sentence: as a person reads it.
        corrections: words of a sentence and what it does, from the document's metadata.
    """
    plain = _POINTER.sub("", " ".join(sentence.split()))
    for words, basis in corrections:
        if " ".join(words.split()) in " ".join(sentence.split()):
            return basis
    return next((basis for basis, pattern in _COMPILED if pattern.search(plain)), "asserts")


def find_weakest(bases: Iterable[Basis]) -> Basis:
    """What several sentences together do: no more than the one that claims least."""
    return min(bases, key=_STRENGTH.index)
