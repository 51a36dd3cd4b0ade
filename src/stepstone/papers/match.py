"""Which passage of a paper states a claim, by the words that both have; `docs/claims.md` says how the score is made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz, utils

from stepstone.core.claim import Claim
from stepstone.papers.passages import PaperPassage, paragraphs, passage_of

THRESHOLD = 70.0  # of 100; below it no passage is taken for the claim
METHOD = "token set ratio of words (rapidfuzz)"
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])", re.ASCII)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")


@dataclass(frozen=True)
class Match:
    """A claim and the passage that is nearest to it; `passage` is None below the threshold.

    Attributes:
        claim: what was looked for.
        passage: the passage with the highest score.
        score: 0 to 100, of the best passage, whether it was taken or not.
    """

    claim: Claim
    passage: PaperPassage | None
    score: float


def find_passages(text: str, claims: Sequence[Claim]) -> list[Match]:
    """The nearest passage of a text for each claim: a sentence; or, where none is near, two that follow each other."""
    parts = list(paragraphs(text))
    sentences = [one for part in parts for one in part]
    pairs = [passage_of(text, a.start, b.end) for part in parts for a, b in pairwise(part)]
    return [_best(claim, sentences, pairs) for claim in claims]


def _best(claim: Claim, sentences: Sequence[PaperPassage], pairs: Sequence[PaperPassage]) -> Match:
    """Of equal scores the shorter passage, then the later one."""
    found = Match(claim, None, 0.0)
    for known in (sentences, pairs):
        scored = [(match_score(claim.statement, one.text), -len(one.text), place) for place, one in enumerate(known)]
        best, _, place = max(scored, default=(0.0, 0, 0))
        if best >= THRESHOLD:
            return Match(claim, known[place], best)
        found = max(found, Match(claim, None, best), key=lambda match: match.score)
    return found


def match_score(statement: str, passage: str) -> float:
    """How far the words of a statement and of a passage are the same, 0 to 100.

    rapidfuzz's token set ratio: both texts in small letters without punctuation, as sets of words; the best of the
    normalised InDel similarities between what they share and what each has beside it. It is 0 where the passage lacks a
    number of the statement, or has less than half of its words: a few words within a long statement are no statement.

    >>> match_score("BUCC gains 5.4 points.", "We gain 6.1 points on BUCC.")
    0.0
    """
    if not _numbers(statement) <= _numbers(passage):
        return 0.0
    if 2 * len(passage.split()) < len(statement.split()):
        return 0.0
    return float(fuzz.token_set_ratio(statement, passage, processor=utils.default_process))


def _numbers(text: str) -> set[float]:
    """Every number, 392,702 and 392702 being one, as are 5 and 5.0."""
    return {float(one) for one in _NUMBER.findall(_THOUSANDS.sub("", text))}
