"""Scores and paired differences of one target in one language, each with its resampled and permuted replicates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stepstone.evidence.alignment import Aligned, Row, align
from stepstone.evidence.bootstrap import Floats, Settings, over_seeds, resampled_sums
from stepstone.evidence.significance import swapped_sums
from stepstone.scoring.definitions import scorer

Combine = Callable[[Floats, Floats], Floats]


class Arm(NamedTuple):
    """A condition of a model; its replicates are seeds."""

    model: str
    condition: str


class Pair(NamedTuple):
    """An arm and the arm it is compared with, of the same model."""

    arm: Arm
    reference: Arm


@dataclass(frozen=True, eq=False)
class Sample:
    """A score or a difference: its value (mean over seeds, percent), values per seed, and what was drawn.

    `replicates` [resamples] carry the interval, `null` [permutations] the test (empty for a score). `num_runs`
    counts distinct evaluations: seeds may share one.
    """

    value: float
    by_seed: Mapping[int, float]
    replicates: Floats
    null: Floats
    num_runs: int
    num_examples: int


def mean_sample(parts: Sequence[Sample]) -> Sample:
    """The plain mean of samples of several languages, drawn together; empty input is an error."""
    assert parts, "a mean of nothing"
    seeds = [seed for seed in parts[0].by_seed if all(seed in part.by_seed for part in parts)]
    return Sample(
        float(np.mean([part.value for part in parts])),
        {seed: float(np.mean([part.by_seed[seed] for part in parts])) for seed in seeds},
        np.mean([part.replicates for part in parts], axis=0),
        np.mean([part.null for part in parts], axis=0),
        min(len(seeds), max(part.num_runs for part in parts)),
        sum(part.num_examples for part in parts),
    )


@dataclass(frozen=True, eq=False)
class Measured:
    """All samples of one target in one language; what could not be measured is absent."""

    scores: dict[Arm, Sample]
    differences: dict[Pair, Sample]


@dataclass(frozen=True, eq=False)
class _TestSet:
    """The evaluations of one test set: scores and resampled scores [resamples] by key."""

    aligned: Aligned
    values: dict[str, float]
    resampled: dict[str, Floats]
    combine: Combine

    @property
    def num(self) -> int:
        return len(self.aligned.units)

    def units(self, key: str) -> Floats:
        """Units [examples, k] of one evaluation."""
        return self.aligned.units[:, self.aligned.keys.index(key)]


def measure(rows: Sequence[Row], pairs: Iterable[Pair], settings: Settings) -> Measured:
    """Measure the arms and pairs of `rows`: the cells of one target in one language, as records of the frame.

    A pair is made of the seeds that both arms have; a pair or arm without any is absent.

    Raises:
        UserError: two evaluations were not made on the same examples.
    """
    present = [row for row in rows if _comparable(row)]
    if not present:
        return Measured({}, {})
    keys: dict[Arm, dict[int, str]] = {}
    for row in present:
        keys.setdefault(Arm(row["model"], row["condition"]), {})[int(row["seed"])] = row["key"]
    tests = _open(present, settings)
    scores = {arm: _score(tests, seeds, settings) for arm, seeds in keys.items()}
    couples = {pair: _couples(keys.get(pair.arm, {}), keys.get(pair.reference, {})) for pair in pairs}
    return Measured(scores, _differences(tests, {pair: c for pair, c in couples.items() if c}, settings))


def _comparable(row: Row) -> bool:
    return row["predictions"] is not None and "not-additive" not in row["flags"] and np.isfinite(row["value"])


def _couples(keys: Mapping[int, str], references: Mapping[int, str]) -> dict[int, tuple[str, str]]:
    """The two evaluations of every seed that both arms have."""
    return {seed: (key, references[seed]) for seed, key in keys.items() if seed in references}


def _open(rows: Sequence[Row], settings: Settings) -> _TestSet:
    """Read the evaluations that `rows` name and resample them together."""
    aligned = align(rows)
    combine = scorer(rows[0]["metric"], rows[0]["definition"]).combine
    num, *shape = aligned.units.shape
    sums = resampled_sums(aligned.units.reshape(num, -1), aligned.digest, settings).reshape(-1, *shape)
    resampled = np.asarray(combine(sums, np.full(sums.shape[:-1], float(num))))
    values = np.asarray(combine(aligned.units.sum(axis=0), np.full(shape[:-1], float(num))))
    return _TestSet(
        aligned,
        dict(zip(aligned.keys, map(float, values), strict=True)),
        dict(zip(aligned.keys, resampled.T, strict=True)),
        combine,
    )


def _score(tests: _TestSet, seeds: Mapping[int, str], settings: Settings) -> Sample:
    replicates = np.stack([tests.resampled[key] for key in seeds.values()], axis=1)
    by_seed = {seed: tests.values[key] for seed, key in seeds.items()}
    return Sample(
        float(np.mean(list(by_seed.values()))),
        by_seed,
        over_seeds(replicates, settings),
        np.empty(0),
        len(set(seeds.values())),
        tests.num,
    )


def _differences(
    tests: _TestSet, pairs: Mapping[Pair, Mapping[int, tuple[str, str]]], settings: Settings
) -> dict[Pair, Sample]:
    """Every pair of keys once, all of them under the same coins."""
    couples = sorted({couple for seeds in pairs.values() for couple in seeds.values()})
    null = dict(zip(couples, _permuted(tests, couples, settings).T, strict=True)) if couples else {}
    samples = {}
    for pair, seeds in pairs.items():
        replicates = np.stack([tests.resampled[a] - tests.resampled[b] for a, b in seeds.values()], axis=1)
        by_seed = {seed: tests.values[a] - tests.values[b] for seed, (a, b) in seeds.items()}
        samples[pair] = Sample(
            float(np.mean(list(by_seed.values()))),
            by_seed,
            over_seeds(replicates, settings),
            np.mean([null[couple] for couple in seeds.values()], axis=0),
            len(set(seeds.values())),
            tests.num,
        )
    return samples


def _permuted(tests: _TestSet, couples: Sequence[tuple[str, str]], settings: Settings) -> Floats:
    """Differences of the couples with arms swapped for random halves of the examples: [permutations, couples]."""
    units = {key: tests.units(key) for couple in couples for key in couple}
    differences = np.stack([units[a] - units[b] for a, b in couples], axis=1)
    swapped = swapped_sums(differences.reshape(tests.num, -1), tests.aligned.digest, settings)
    swapped = swapped.reshape(-1, *differences.shape[1:])
    sums = {key: array.sum(axis=0) for key, array in units.items()}
    first = np.stack([sums[a] for a, _ in couples]) - swapped
    second = np.stack([sums[b] for _, b in couples]) + swapped
    num = np.full(swapped.shape[:-1], float(tests.num))
    return np.asarray(tests.combine(first, num) - tests.combine(second, num), dtype=np.float64)
