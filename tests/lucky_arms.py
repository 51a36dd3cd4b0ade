"""Scores of invented arms as a study measures them: some better, each with its run's luck and its examples'."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, TargetLanguage
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.measure import MeasuredSet

TARGETS = ("xnli", "pawsx", "panx", "xquad")
SETTINGS = Settings(num_resamples=200)
Truth = dict[tuple[str, str], float]


def world(
    rng: np.random.Generator,
    truth: Truth,
    num_arms: int = 8,
    seeds: int = 3,
    *,
    run_sd: float = 1.0,
    examples_sd: float = 0.5,
    dev: Truth | None = None,
    is_lucky: bool = False,
    shared: float = 0.0,
) -> Evidence:
    """Scores of arms that are `truth` better; a run's luck shows in dev as well where `is_lucky`.

    Of its variance `shared` is the same for all targets: that of the arm's intermediate checkpoint.
    """
    before = rng.normal(0, run_sd * math.sqrt(shared), (num_arms + 1, seeds + 1)) if shared else None
    cells: dict[tuple[Arm, TargetLanguage], dict[int, dict[str, Any]]] = {}
    tests: dict[TargetLanguage, MeasuredSet] = {}
    for target in TARGETS:
        place, values, resampled = TargetLanguage(target, "en"), {}, {}
        for number in range(num_arms + 1):
            name = f"task{number}.en" if number else "none"
            arm, shift = Arm("m", name), rng.normal(0, examples_sd)
            draws = rng.normal(0, examples_sd, SETTINGS.num_resamples)
            of_seed = {}
            for seed in range(1, seeds + 1):
                luck, key = rng.normal(0, run_sd), f"{target}-{number}-{seed}"
                if before is not None and number:
                    luck = before[number, seed] + math.sqrt(1 - shared) * luck
                values[key] = 60 + truth.get((name, target), 0.0) + shift + luck
                resampled[key] = values[key] + draws
                own = (dev or truth).get((name, target), 0.0) + (luck if is_lucky else rng.normal(0, run_sd))
                of_seed[seed] = _row(name, key, 70 + own)
            cells[arm, place] = of_seed
        tests[place] = MeasuredSet(values, resampled, {}, 1000, 1000)
    return Evidence(cells, tests, SETTINGS)


def _row(name: str, key: str, dev: float) -> dict[str, Any]:
    arm = None if name == "none" else "en"
    return {
        "model": "m",
        "condition": name,
        "baseline": "none",
        "arm": arm,
        "key": key,
        "value": 0.0,
        "predictions": "x",
        "flags": (),
        "source_dev": dev,
    }
