"""Finds the noun phrases of a sentence: which words are heads, and which head a quality or a count belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stepstone.lab.concepts import CITIES, NAMES
from stepstone.lab.derivation import RARE_NAMES
from stepstone.lab.lexicon import PARTICLES
from stepstone.lab.profiles import Profile
from stepstone.lab.words import Concept
from stepstone.lab.world import QUALITY_GROUP, Phrase

_PROPER = frozenset((*NAMES, *CITIES, *RARE_NAMES))
_ASKING = ("who", "what", "where", "when")


class Nouns(NamedTuple):
    """Noun phrases in their order; the question word, if any; and whether a count is asked for."""

    phrases: tuple[Phrase, ...]
    asked: str | None
    counted: bool


def find_nouns(words: Sequence[Concept], profile: Profile) -> Iterator[Nouns]:
    """The phrases that the words may be: names beside each other are one name or two."""
    asked = next((word for word in words if word in _ASKING), None)
    heads = [place for place, word in enumerate(words) if _is_head(word)]
    # As few joined as can be, and of these the first: most names have one word, and long ones are mostly agents.
    for groups in sorted(_grouped(words, heads, profile.qualities == "after"), key=len, reverse=True):
        yield Nouns(tuple(_phrases(words, groups, profile)), None if asked is None else str(asked), "many" in words)


def _is_head(word: Concept) -> bool:
    return isinstance(word, str) and word not in PARTICLES and not _is_quality(word)


def _is_quality(word: Concept) -> bool:
    return isinstance(word, str) and (word in QUALITY_GROUP or word.endswith("+alike"))


def _grouped(words: Sequence[Concept], heads: Sequence[int], is_late: bool) -> Iterator[list[tuple[int, ...]]]:
    """Two neighbours as one head, two names or a name with the noun that it names; or the heads one by one."""
    if not heads:
        yield []
        return
    first, *rest = heads
    if rest and rest[0] == first + 1 and _is_name(words[first], words[rest[0]], is_late):
        yield from ([(first, rest[0]), *others] for others in _grouped(words, rest[1:], is_late))
    yield from ([(first,), *others] for others in _grouped(words, rest, is_late))


def _is_name(first: Concept, second: Concept, is_late: bool) -> bool:
    """Whether two words are one name; where qualities stand behind, a name stands behind the noun that it names."""
    return second in _PROPER if is_late else first in _PROPER


def _phrases(words: Sequence[Concept], groups: Sequence[tuple[int, ...]], profile: Profile) -> Iterator[Phrase]:
    quality, count = dict[int, str](), dict[int, int]()
    for place, word in enumerate(words):
        if _is_quality(word):
            quality[_owner(groups, place, profile.qualities == "before")] = str(word)
        elif isinstance(word, int):
            count[_owner(groups, place, "postcount" not in profile.flags)] = word
    for number, group in enumerate(groups):
        parts = [str(words[place]) for place in group]
        if len(parts) == 2 and profile.qualities == "after" and parts[0] not in _PROPER:
            parts.reverse()
        yield Phrase(" ".join(parts), quality.get(number), count.get(number))


def _owner(groups: Sequence[tuple[int, ...]], place: int, is_before: bool) -> int:
    """The number of the next head, or of the last one; -1 where there is none."""
    later = [number for number, group in enumerate(groups) if group[0] > place]
    return (later[0] if later else -1) if is_before else (later[0] if later else len(groups)) - 1
