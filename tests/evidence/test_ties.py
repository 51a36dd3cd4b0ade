"""Small test sets: differences that are equal under all seeds, but for what arithmetic leaves, are no certainty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stepstone.evidence.bootstrap import Settings, cleared
from stepstone.evidence.design import Arm, TargetLanguage, Unit, mean_column, paired_difference
from stepstone.evidence.distribution import Component
from stepstone.evidence.encoders import between_encoders
from stepstone.evidence.estimate import estimate
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.measure import MeasuredSet
from stepstone.evidence.variance import examples_of, seed_component

PLACE = TargetLanguage("tatoeba", "de")
COLUMN = mean_column("tatoeba", "all", "all", ["de"])
NUM_DRAWS = 200


def _world(rng: np.random.Generator, num_examples: int, num_arms: int, num_seeds: int, share: float) -> Evidence:
    """Arms that do not differ: each run answers `share` of the examples otherwise than what all begin with."""
    right = rng.random(num_examples) < 0.7
    weights = rng.multinomial(num_examples, np.full(num_examples, 1 / num_examples), size=NUM_DRAWS) / num_examples
    cells: dict[tuple[Arm, TargetLanguage], dict[int, Any]] = {}
    values, drawn = dict[str, float](), dict[str, Any]()
    for arm in range(num_arms):
        rows = cells.setdefault((Arm("m", f"a{arm}"), PLACE), {})
        for seed in range(num_seeds):
            own, key = right ^ (rng.random(num_examples) < share), f"{arm} {seed}"
            values[key], drawn[key] = 100 * float(own.mean()), 100 * (weights @ own)
            placed = {"model": "m", "intermediate": f"a{arm}", "arm": "en", "setting": ""}
            rows[seed] = {**placed, "key": key, "value": values[key], "predictions": "there", "flags": ()}
    tests = {PLACE: MeasuredSet(values, drawn, {}, num_examples, num_examples)}
    return Evidence(cells, tests, Settings(num_resamples=NUM_DRAWS, num_permutations=0))


@pytest.mark.parametrize(("num_examples", "share"), [(20, 0.05), (20, 0.2), (100, 0.01)])
@pytest.mark.parametrize(("num_arms", "num_seeds"), [(2, 2), (3, 3)])
def test_equal_differences_of_a_small_set_star_no_oftener_than_others(
    num_arms: int, num_seeds: int, num_examples: int, share: float
) -> None:
    rng = np.random.default_rng([num_arms, num_seeds, num_examples, round(100 * share)])
    contrast = paired_difference(Arm("m", "a1"), Arm("m", "a0"))
    worlds = (_world(rng, num_examples, num_arms, num_seeds, share) for _ in range(200))
    found = [estimate(world, COLUMN, contrast).decision.p for world in worlds]
    # Of 200, 10 are expected at most; as many as 21 in one case of a thousand.
    assert sum(p < 0.05 for p in found) <= 21
    # Where a tie of two seeds counted as certain, one world in forty had a p of less than a millionth.
    assert sum(p < 1e-4 for p in found) <= 1


def test_what_arithmetic_leaves_is_no_variance() -> None:
    tied = [7.000000000000001 - 6.0, 1.0]
    assert tied[0] != tied[1]
    assert seed_component([(2.0, Component(0.0, 1.0))], tied).variance == 0
    assert seed_component([(2.0, Component(0.0, 1.0))], [1.0, 1.0001]).variance > 0
    units = [
        Unit(size, paired_difference(Arm(name, "a"), Arm(name, "b")), 0.5)
        for name, size in zip("xy", "ss", strict=True)
    ]
    assert between_encoders(units, tied).variance == 0
    assert between_encoders(units, [1.0, 1.0001]).variance > 0
    # The mean of many equal numbers is not always that number.
    same = np.full((2000, 2), 100 / 3)
    same[0] += 1e-14
    assert examples_of(same, 10) == (Component(0.0, 9.0), 0.0)
    assert cleared(0.5) == 0.5
