"""What was found in a paper, as lines and as JSON types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stepstone.papers.match import METHOD, THRESHOLD, Match

Matches = Mapping[str, Sequence[Match]]


def describe_matches(found: Matches) -> Iterator[str]:
    """A claim, then the passage that is nearest to it, quoted, or that there is none."""
    for name, matches in found.items():
        for one in matches:
            yield f"{name} {one.claim.id}: {one.claim.statement}"
            if one.passage:
                yield f'  {one.passage.place}, score {one.score:.0f}: "{one.passage.text}"'
            else:
                yield f"  no passage found (the nearest scores {one.score:.0f}, below {THRESHOLD:.0f})"
    yield f"score: {METHOD}, of 100; it compares words, and whether a passage states the claim is for a reader to judge"


def matches_json(found: Matches) -> dict[str, Any]:
    """The same as JSON types; offsets count the characters of the file's text from 0."""
    return {
        "method": METHOD,
        "threshold": THRESHOLD,
        "claims": [
            {
                "list": name,
                "claim": one.claim.id,
                "statement": one.claim.statement,
                "score": round(one.score, 1),
                "passage": vars(one.passage) if one.passage else None,
            }
            for name, matches in found.items()
            for one in matches
        ],
    }
