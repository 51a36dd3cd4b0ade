"""Which arm, or encoder, is best: for every target the ranks that each can have, of all at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from stepstone.core.condition import BASELINE
from stepstone.evidence.candidates import usual_arms
from stepstone.evidence.columns import WHOLE_LEVELS
from stepstone.evidence.design import Arm, Contrast, paired_difference
from stepstone.evidence.estimate import estimate
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.verdicts import ALPHA, holm

ARMS, ENCODERS = "arms", "encoders"

RANK_COLUMNS: dict[str, str] = {
    "ranked": "what has a rank here: arms of one encoder, or, in a study without an intermediate task, encoders",
    "model": "the encoder",
    "target": "target task, or benchmark",
    "condition": "the arm; none: no intermediate task",
    "value": "its score in percent, the mean over the seeds that all of them have",
    "rank": "its place by that score, 1 the highest",
    "best_rank": "the best place that it can have: 1 and those that are higher, by Holm's correction over all pairs",
    "worst_rank": "the worst: the number of all less those that are lower",
    "num_arms": "arms, or encoders, that are ranked",
    "num_tests": "pairs of them that are tested",
    "num_seeds": "seeds that all of them have",
}
_FEWEST = 3  # of two the test of their difference says all


def rank_table(evidence: Evidence, columns: Iterable[ScoredColumn]) -> pd.DataFrame:
    """The arms of every model, or models without any, on every target of three or more, the best first; `RANK_COLUMNS`.

    Every pair of arms is tested, and Holm's correction holds the chance of any false difference on a target to 5 %. An
    arm's places are then those that the differences found leave open: with 95 % confidence the true ranks of all arms
    of a target are among them (Mogstad, Romano, Shaikh and Wilhelm 2024, Review of Economic Studies 91, 476-518).
    """
    whole = [scored for scored in columns if scored.column.level in WHOLE_LEVELS and not scored.lacks]
    of_models = zip(*(_groups(evidence, scored) for scored in whole), strict=True)
    places = ((arms, scored) for groups in of_models for arms, scored in zip(groups, whole, strict=True))
    rows = [row for arms, scored in places for row in _ranked(evidence, arms, scored)]
    return pd.DataFrame(rows, columns=list(RANK_COLUMNS))


def rank_questions(evidence: Evidence, columns: Iterable[ScoredColumn]) -> Iterator[tuple[Contrast, ScoredColumn]]:
    """What is estimated for it, whatever has a score."""
    for scored in (one for one in columns if one.column.level in WHOLE_LEVELS):
        for arms in _groups(evidence, scored):
            yield from ((one, scored) for one in _pairs(arms) if len(arms) >= _FEWEST)


def _groups(evidence: Evidence, scored: ScoredColumn) -> list[list[Arm]]:
    """What is ranked together: the arms of each model, or the models of a study that has no arms."""
    models = dict.fromkeys(arm.model for arm in evidence.arms)
    baselines = [Arm(model, BASELINE) for model in models]
    found = [[one, *usual_arms(evidence, one.model, scored.column)] for one in baselines]
    has_arms = any(row["condition"] != row["baseline"] for of in evidence.cells.values() for row in of.values())
    return found if has_arms else [baselines]


def _pairs(arms: Iterable[Arm]) -> list[Contrast]:
    """Each arm minus those before it, which is how gains over the baseline are estimated."""
    return [paired_difference(second, first) for first, second in combinations(arms, 2)]


def _ranked(evidence: Evidence, among: Sequence[Arm], scored: ScoredColumn) -> Iterator[dict[str, Any]]:
    scores = evidence.scores(scored.column)
    arms = [arm for arm in among if arm in scores]
    seeds = [seed for seed in scores[arms[0]] if all(_has(scores[arm], seed) for arm in arms)] if arms else []
    if len(arms) < _FEWEST or not seeds:
        return
    means = {arm: math.fsum(scores[arm][seed] for seed in seeds) / len(seeds) for arm in arms}
    above, num_tests = _differences(evidence, scored, arms)
    ranked = ARMS if len({arm.model for arm in arms}) == 1 else ENCODERS
    axes = {"ranked": ranked, "target": scored.column.target, "num_arms": len(arms), "num_seeds": len(seeds)}
    for arm in sorted(arms, key=lambda one: -means[one]):
        yield {
            **axes,
            "model": arm.model,
            "num_tests": num_tests,
            "condition": arm.condition,
            "value": means[arm],
            "rank": 1 + sum(other > means[arm] for other in means.values()),
            "best_rank": 1 + sum(lower == arm for _, lower in above),
            "worst_rank": len(arms) - sum(higher == arm for higher, _ in above),
        }


def _has(table: dict[int, float], seed: int) -> bool:
    return seed in table and not math.isnan(table[seed])


def _differences(evidence: Evidence, scored: ScoredColumn, arms: Sequence[Arm]) -> tuple[set[tuple[Arm, Arm]], int]:
    """Pairs of arms of which the first is higher after Holm's correction, and how many pairs are tested."""
    pairs = _pairs(arms)
    found = [estimate(evidence, scored.column, pair) for pair in pairs]
    p = holm([one.decision.p for one in found])
    told = [(pair.arms, one.value) for pair, one, p_holm in zip(pairs, found, p, strict=True) if p_holm < ALPHA]
    higher = {(first, second) if value > 0 else (second, first) for (first, second), value in told}
    return higher, sum(not math.isnan(value) for value in p)
