"""Scores with their replicates: every evaluation of a target resampled together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from stepstone.evidence.alignment import Aligned, FrameRow, align_evaluations
from stepstone.evidence.arm_cells import comparable
from stepstone.evidence.bootstrap import Floats, Settings, resample
from stepstone.evidence.clusters import Clustered, joined
from stepstone.evidence.design import Arm, Contrast, TargetLanguage
from stepstone.evidence.permutation import ClusterSwap
from stepstone.scoring.definitions import scorer

KeyPair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class MeasuredSet:
    """The evaluations of one target in one language, by key: scores in percent and their replicates [resamples].

    `null` has differences of couples of evaluations under random swaps of their answers [permutations].
    """

    values: Mapping[str, float]
    resampled: Mapping[str, Floats]
    null: Mapping[KeyPair, Floats]
    num_examples: int
    num_clusters: int
    _nulls: dict[tuple[KeyPair, ...], Floats | None] = field(default_factory=dict)

    def mean_null(self, couples: tuple[KeyPair, ...]) -> Floats | None:
        """The mean of these couples under random swaps [permutations]; None where one was not tried."""
        if couples not in self._nulls:
            found = [self.null.get(couple) for couple in couples]
            known = [one for one in found if one is not None]
            whole = len(known) == len(found)
            self._nulls[couples] = np.mean(known, axis=0, dtype=np.float64) if whole else None
        return self._nulls[couples]


def measure_sets(
    rows: Iterable[FrameRow], pairs: Sequence[Contrast], settings: Settings
) -> dict[TargetLanguage, MeasuredSet]:
    """What `gather` measures: every test set, target by target."""
    targets: dict[str, dict[str, list[FrameRow]]] = {}
    for row in rows:
        targets.setdefault(row["target"], {}).setdefault(row["language"], []).append(row)
    tests: dict[TargetLanguage, MeasuredSet] = {}
    for target, by_language in targets.items():
        tests |= _measure(target, by_language, pairs, settings)
    return tests


def _measure(
    target: str, by_language: Mapping[str, Sequence[FrameRow]], pairs: Sequence[Contrast], settings: Settings
) -> dict[TargetLanguage, MeasuredSet]:
    """Read and resample all evaluations of a target."""
    rows = {code: [row for row in own if comparable(row)] for code, own in by_language.items()}
    rows = {code: own for code, own in rows.items() if own}
    if not rows:
        return {}
    aligned = {code: align_evaluations(own) for code, own in rows.items()}
    sets = {code: Clustered(one.ids, one.clusters) for code, one in aligned.items()}
    flat = {code: one.units.reshape(len(one.units), -1) for code, one in aligned.items()}
    drawn = resample(target, sets, flat, settings)
    numbers, count = joined(sets) if settings.num_permutations else ({}, 0)
    found = {}
    for code, one in aligned.items():
        combine = scorer(rows[code][0]["metric"], rows[code][0]["definition"]).combine
        shape = (-1, *one.units.shape[1:])
        resampled = _combined(combine, drawn[code].sums.reshape(shape), drawn[code].num)
        values = _combined(combine, one.units.sum(axis=0)[None], np.array([float(len(one.units))]))[0]
        null: dict[KeyPair, Floats] = {}
        if settings.num_permutations:
            couples = _couples(rows[code], pairs)
            null = _permuted(one, couples, combine, ClusterSwap(numbers[code], count, target, settings))
        found[TargetLanguage(target, code)] = MeasuredSet(
            dict(zip(one.keys, map(float, values), strict=True)),
            # An evaluation's replicates beside each other in memory: they are read again for every row of the tables.
            dict(zip(one.keys, np.ascontiguousarray(resampled.T), strict=True)),
            null,
            len(one.units),
            sets[code].num_clusters,
        )
    return found


def _combined(combine: Callable[[Floats, Floats], Floats], sums: Floats, num: Floats) -> Floats:
    """Scores [..., keys] of sums [..., keys, k] over `num` [...] examples."""
    counts = np.repeat(num[:, None], sums.shape[1], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.asarray(combine(sums, counts), dtype=np.float64)
    # A draw that holds none of a small set's examples has no score, not a score of 0.
    return np.where(counts > 0, scores, math.nan) if (num == 0).any() else scores


def _couples(rows: Sequence[FrameRow], pairs: Sequence[Contrast]) -> list[KeyPair]:
    """The two evaluations of every pair of arms under every seed that both have."""
    keys: dict[Arm, dict[int, str]] = {}
    for row in rows:
        keys.setdefault(Arm(row["model"], row["condition"]), {})[int(row["seed"])] = row["key"]
    found = set()
    for one in pairs:
        first, second = (keys.get(arm, {}) for arm in one.arms)
        found |= {(first[seed], second[seed]) for seed in first if seed in second}
    return sorted(found)


def _permuted(
    aligned: Aligned,
    couples: Sequence[KeyPair],
    combine: Callable[[Floats, Floats], Floats],
    swap: ClusterSwap,
) -> dict[KeyPair, Floats]:
    """Differences of the couples with arms swapped for random halves of the clusters: [permutations] each."""
    if not couples:
        return {}
    place = {key: number for number, key in enumerate(aligned.keys)}
    first, second = (aligned.units[:, [place[couple[side]] for couple in couples]] for side in (0, 1))
    differences = first - second
    swapped = swap.sums(differences.reshape(len(differences), -1)).reshape(-1, *differences.shape[1:])
    num = np.full(len(swapped), float(len(differences)))
    scores = _combined(combine, first.sum(axis=0) - swapped, num) - _combined(
        combine, second.sum(axis=0) + swapped, num
    )
    return dict(zip(couples, scores.T.astype(np.float32, order="C"), strict=True))
