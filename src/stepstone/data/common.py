"""What several sets have in common that are translations of the same originals, or of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from stepstone.core.example import Example
from stepstone.core.task import By
from stepstone.data.pairs import pair_examples


class CommonOriginals(NamedTuple):
    """Originals of which every set has its own, in their order; the others are counted by the set that lacks them."""

    ids: tuple[str, ...]
    lost: dict[str, int]


def find_originals(line: Sequence[Sequence[Example]], by: Sequence[By]) -> dict[str, str]:
    """The ids of a set's examples -> those of the originals, where they have one.

    Args:
        line: the set, then what it is a translation of, and so on; the last are the originals.
        by: what pairs each two neighbours of the line.

    Raises:
        UserError: two sets that nothing but their place pairs have unequal numbers of examples.
    """
    found = {example.id: example.id for example in line[0]}
    for (translations, originals), how in zip(pairwise(line), by, strict=True):
        pairs = {
            translation.id: original.id for original, translation in pair_examples(originals, translations, how).pairs
        }
        found = {name: pairs[one] for name, one in found.items() if one in pairs}
    return found


def find_common(originals: Iterable[str], had: Mapping[str, Iterable[str]]) -> CommonOriginals:
    """Those originals that every set has; `had` are the originals of each by its name.

    >>> find_common("abc", {"ja": "ac", "de": "bc"})
    CommonOriginals(ids=('c',), lost={'de': 1, 'ja': 1})
    """
    sets = {name: frozenset(ids) for name, ids in had.items()}
    ids, lost = list[str](), Counter[str]()
    for original in originals:
        lacking = next((name for name, own in sets.items() if original not in own), None)
        if lacking is None:
            ids.append(original)
        else:
            lost[lacking] += 1
    return CommonOriginals(tuple(ids), dict(sorted(lost.items())))
