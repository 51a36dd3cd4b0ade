"""Signs of a degenerate run, and cautions, of predictions and records; shown and counted, they exclude nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stepstone.core.result import UNKNOWN_SHARE, FinetuneResult, MixtureResult, Pieces, Result, TrainingResult
from stepstone.scoring.rows import values_of

MEANINGS: dict[str, str] = {
    "constant-prediction": "the same prediction for every example",
    "majority-class": "the most frequent gold label for every example",
    "nan-score": "the score is not a number",
    "diverged": "training stopped because of its loss",
    "plateau": "the training loss fell by less than 5 %",
    "unknown-pieces": f"more than {UNKNOWN_SHARE:g} % of the word pieces are unknown to the tokenizer",
    "not-additive": "the metric cannot be resampled from sums over examples: no comparison",
    "no-predictions": "a score without its predictions: it cannot be compared",
    "rescored": "the record's score differs from what its predictions give today",
}

# By the stated rule, runs with one of these are left out where values are shown again without degenerate runs, and
# marked where they are not; the other flags are cautions, which mark nothing.
DEGENERATE = frozenset({"constant-prediction", "majority-class", "nan-score", "diverged", "plateau"})
RULE = (
    "a run is left out where it gives one prediction for every example, its score is not a number, or a training that "
    "it rests on diverged, or hardly lowered its loss and no score shows that it learned"
)


def is_degenerate(flags: Iterable[str]) -> bool:
    """Whether any flag, of the run or of a training that it rests on, says that the run is degenerate.

    >>> is_degenerate(("rescored", "plateau@mnli in en"))
    True
    """
    return any(flag.partition("@")[0] in DEGENERATE for flag in flags)


def describe_flag(flag: str) -> str:
    """What a flag means; a flag of an earlier hop is written `plateau@label`.

    >>> describe_flag("plateau@xnli in en")
    'the training loss fell by less than 5 % (xnli in en)'
    """
    name, _, place = flag.partition("@")
    meaning = MEANINGS.get(name, name)
    return f"{meaning} ({place})" if place else meaning


def prediction_flags(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Flags of one file of predictions: one value throughout, though the gold has more than one.

    For tagging, one tag on every word counts as one value.
    """
    predicted = _atoms(values_of(rows, "prediction"))
    if len(rows) < 2 or not _is_constant(predicted):
        return ()
    golds = _atoms(values_of(rows, "gold"))
    if _is_constant(golds):
        return ()
    return ("majority-class",) if Counter(golds).most_common(1)[0][0] == predicted[0] else ("constant-prediction",)


def training_flags(result: Result, *, has_learned: bool = False) -> tuple[str, ...]:
    """Flags of a training record: a loss that is not finite (as the loop noted) or hardly fell, unknown word pieces.

    Where scores show that it has learned, it does not matter how far its loss fell.
    """
    if not isinstance(result, TrainingResult):
        return ()
    losses = [loss for _, loss in result.losses if loss is not None]
    stuck = not has_learned and len(losses) >= 10 and min(losses) > 0.95 * losses[0]
    read = [result.pieces] if isinstance(result, FinetuneResult) else []
    read += [one.pieces for one in result.portions.values()] if isinstance(result, MixtureResult) else []
    unread = dict.fromkeys(flag for pieces in read for flag in piece_flags(pieces))
    return (*(("diverged",) if result.flags else ()), *(("plateau",) if stuck else ()), *unread)


def piece_flags(pieces: Pieces | None) -> tuple[str, ...]:
    """Flags of the data that a stage read: word pieces that its tokenizer does not know."""
    return ("unknown-pieces",) if pieces is not None and pieces.share > UNKNOWN_SHARE else ()


def _is_constant(values: Sequence[Any]) -> bool:
    """Whether one value stands throughout."""
    return bool(values) and values.count(values[0]) == len(values)


def _atoms(values: Sequence[Any]) -> Sequence[Any]:
    """Values as hashable atoms; a list (tags of a sentence, several answers) gives those of its items that it has."""
    if not {list, dict} & set(map(type, values)):
        return values
    return list(_walk(values))


def _walk(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _walk(item for item in value if item is not None)
        elif isinstance(value, dict):
            yield from _walk(value.values())
        else:
            yield value
