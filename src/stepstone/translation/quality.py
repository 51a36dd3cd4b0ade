"""How alike translations and references are: chrF (Popović 2015), corpus-level, as sacreBLEU counts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

ORDER, BETA = 6, 2
# So many translations are judged.
NUM_JUDGED = 200


def chrf(pairs: Iterable[tuple[str, str]]) -> float:
    """chrF2 in percent of (hypothesis, reference) pairs: F of character n-grams of 1 to 6, recall twice as heavy.

    >>> round(chrf([("the cat", "the cat")])), round(chrf([("abcdef", "ghijkl")]))
    (100, 0)
    """
    counts = [[0, 0, 0] for _ in range(ORDER)]
    for hypothesis, reference in pairs:
        for size in range(1, ORDER + 1):
            ours, theirs = _grams(hypothesis, size), _grams(reference, size)
            for place, number in enumerate((ours.total(), theirs.total(), (ours & theirs).total())):
                counts[size - 1][place] += number
    scores = [_f(*count) for count in counts if count[0] and count[1]]
    return 100.0 * sum(scores) / len(scores) if scores else 0.0


def _grams(text: str, size: int) -> Counter[str]:
    letters = "".join(text.split())
    return Counter(letters[place : place + size] for place in range(len(letters) - size + 1))


def _f(num_ours: int, num_theirs: int, num_shared: int) -> float:
    precision, recall = num_shared / num_ours, num_shared / num_theirs
    weight = BETA**2 * precision + recall
    return (1 + BETA**2) * precision * recall / weight if weight else 0.0
