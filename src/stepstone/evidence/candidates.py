"""The arms of one target that one is chosen among: their gains, what could choose, and what choosing adds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stepstone.core.condition import BASELINE, CONTROL
from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.design import Arm, Column, Contrast, paired_difference
from stepstone.evidence.estimate import bootstrap_replicates
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.text_similarity import Similarities

ANY, TEXT, DEV, TEST = "any", "text", "dev", "test"


@dataclass(frozen=True, eq=False)
class Candidates:
    """The arms of one target: gains by seed, under every draw of examples, and source dev by seed.

    Attributes:
        arms: in the study's order.
        seeds: that the baseline and all arms have.
        gains: over the baseline, [arms, seeds].
        drawn: the same under draws of examples, [arms, seeds, draws].
        dev: source dev, [arms, seeds]; NaN where there is none.
        text: how alike texts of each arm's tasks and of the target are, [arms]; NaN where it was not asked.
        reason: why there is nothing to choose among; else empty.
    """

    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    gains: Floats
    drawn: Floats
    dev: Floats
    text: Floats
    reason: str = ""

    @cached_property
    def without_dev(self) -> np.ndarray:
        """Whether an arm lacks source dev under any seed, so that it is never chosen by it, [arms]."""
        return np.asarray(np.isnan(self.dev).any(axis=1))

    @property
    def has_dev(self) -> bool:
        """Whether source dev can choose."""
        return not bool(self.without_dev.all())

    @cached_property
    def best(self) -> dict[str, int]:
        """The arm that each would choose."""
        found = {TEST: int(self.gains.mean(axis=1).argmax())}
        found |= {DEV: int(self.ranked(self.dev.mean(axis=1)).argmax())} if self.has_dev else {}
        return found | ({TEXT: int(np.nanargmax(self.text))} if not np.isnan(self.text).all() else {})

    def ranked(self, dev: Floats) -> Floats:
        """What source dev says of each arm, [arms, ...]: of those that lack it, less than of any other."""
        lacks = self.without_dev.reshape(-1, *[1] * (dev.ndim - 1))
        return np.where(lacks, -math.inf, dev)

    def gain(self, rule: str) -> Contrast:
        """The arm that a rule chooses minus the baseline; of any, the mean over all arms."""
        baseline = Arm(self.arms[0].model, BASELINE)
        if rule != ANY:
            return paired_difference(self.arms[self.best[rule]], baseline)
        share = 1.0 / len(self.arms)
        return Contrast((*((arm, share) for arm in self.arms), (baseline, -1.0)), baseline.condition)


def candidate_arms(evidence: Evidence, model: str, column: Column, alike: Similarities) -> Candidates:
    """The arms of a model in the study's first setting, but for controls, that have a score in the column."""
    scores, cell = evidence.scores(column), column.cells[0]
    baseline = Arm(model, BASELINE)
    arms = tuple(arm for arm in usual_arms(evidence, model, column) if arm in scores)
    tables = [scores.get(arm, {}) for arm in (baseline, *arms)]
    seeds = tuple(seed for seed in tables[0] if all(_is_number(table.get(seed)) for table in tables))
    if not arms or not seeds:
        nothing = np.zeros((0, 0))
        reason = "no seed has the baseline and all arms"
        return Candidates((), (), nothing, np.zeros((0, 0, 0)), nothing, np.zeros(0), reason)
    gains = np.array([[scores[arm][seed] - scores[baseline][seed] for seed in seeds] for arm in arms])
    drawn = np.stack(
        [bootstrap_replicates(evidence, column, paired_difference(arm, baseline), seeds, cell.target).T for arm in arms]
    )
    dev = np.array([[evidence.cells[arm, cell][seed].get("source_dev", math.nan) for seed in seeds] for arm in arms])
    text = np.array([alike.get((model, arm.condition, cell.target), math.nan) for arm in arms])
    return Candidates(arms, seeds, gains, drawn, dev, text)


def usual_arms(evidence: Evidence, model: str, column: Column) -> list[Arm]:
    """The arms of a model in the study's first setting that the column is evaluated for, but baseline and controls."""
    rows = {arm: next(iter(of.values())) for (arm, place), of in evidence.cells.items() if place == column.cells[0]}
    return [arm for arm, row in rows.items() if arm.model == model and not _is_other(row)]


def _is_other(row: Mapping[str, Any]) -> bool:
    """Whether it is a baseline, a control, or an arm in a setting that is not the study's first."""
    return bool(row["condition"] == row["baseline"] or row["arm"] == CONTROL or row["baseline"] != BASELINE)


def _is_number(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def optimism(one: Candidates, rule: str, rng: np.random.Generator) -> float:
    """What choosing adds to the gain of the chosen arm: the mean over draws of its gain in the draw minus in the whole.

    Efron (1983) and Harrell (2015): in every draw, of seeds as of examples, the arm is chosen anew. Seeds are drawn
    around their mean, stretched by the root of n / (n - 1), for a mean of n drawn seeds varies too little by that.
    """
    _, num_seeds, num_draws = one.drawn.shape
    picked = rng.integers(0, num_seeds, size=(num_draws, num_seeds))
    counts = np.stack([np.bincount(row, minlength=num_seeds) for row in picked], axis=1) / num_seeds
    stretch = math.sqrt(num_seeds / max(num_seeds - 1, 1))
    gains = _drawn_mean(one.drawn, counts, stretch)
    dev = np.repeat(one.dev[:, :, None], num_draws, axis=2)
    judged = gains if rule == TEST else one.ranked(_drawn_mean(dev, counts, stretch))
    known = ~np.isnan(judged).any(axis=0) & ~np.isnan(gains).any(axis=0)
    chosen, places = judged[:, known].argmax(axis=0), np.flatnonzero(known)
    return float((gains[chosen, places] - one.gains.mean(axis=1)[chosen]).mean())


def _drawn_mean(values: Floats, counts: Floats, stretch: float) -> Floats:
    """The mean over drawn seeds, [arms, draws], of values [arms, seeds, draws]; `counts` [seeds, draws] sum to one."""
    centre = values.mean(axis=1, keepdims=True)
    return np.asarray(centre[:, 0] + stretch * ((values - centre) * counts).sum(axis=1))
