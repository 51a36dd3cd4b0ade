"""Evidence of studies over sizes, with Gaussian scores and Gaussian draws: no files, hundreds of studies in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from stepstone.core.analysis import Primary
from stepstone.core.intermediate import Intermediate
from stepstone.core.study import Study
from stepstone.core.target import Target
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, TargetLanguage
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.measure import MeasuredSet
from stepstone.evidence.size.table import slope_table
from stepstone.evidence.tables import Tables

NUM_CLUSTERS = 400


@dataclass(frozen=True)
class Ladder:
    """What is simulated; standard deviations are in points, slopes in points per doubling of size.

    Attributes:
        sizes: parameters without embeddings of every size.
        num_pretrained: encoders of every size.
        slopes: of every condition; the baseline's is 0.
        sd_encoder: of what pretraining anew does to a condition of an encoder.
        sd_run: of what another seed does to a condition.
        sd_examples: of what other examples do to a condition of an encoder; to all encoders alike as much again.
    """

    sizes: tuple[int, ...] = (1_000_000, 2_000_000, 4_000_000, 8_000_000)
    num_pretrained: int = 1
    num_seeds: int = 3
    slopes: Mapping[str, float] = field(default_factory=lambda: {"nli.en": 0.0, "nli.ja": 0.0})
    gains: Mapping[str, float] = field(default_factory=dict)
    sd_encoder: float = 0.0
    sd_run: float = 1.0
    sd_examples: float = 0.5
    ladder: str = "lab"
    languages: tuple[str, ...] = ("ja",)
    by_language: Mapping[str, float] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def study(self) -> Study:
        given = {
            "name": "sizes",
            "models": tuple(dict.fromkeys(model for model, _, _ in self.encoders())),
            "seeds": tuple(range(1, self.num_seeds + 1)),
            "intermediate": {"nli": Intermediate(tasks={"en": "mnli", "ja": "jnli"})},
            "target": {"xnli": Target()},
        }
        return Study(**{**given, **self.asked})

    def encoders(self) -> list[tuple[str, str, int]]:
        """Every encoder: its name, its size's name, its parameters."""
        return [
            (f"m{place}" + (f"-p{again}" if again > 1 else ""), f"m{place}", num)
            for place, num in enumerate(self.sizes)
            for again in range(1, self.num_pretrained + 1)
        ]


def measured(world: Ladder, rng: np.random.Generator, num_resamples: int = 100) -> tuple[Evidence, Tables]:
    """One simulated study: its evidence and the tables that it asks for."""
    rows = _rows(world)
    tests = {TargetLanguage("xnli", code): _tested(world, rows, code, rng, num_resamples) for code in world.languages}
    cells: dict[tuple[Arm, TargetLanguage], dict[int, Any]] = {}
    for row in rows:
        place = Arm(row["model"], row["condition"]), TargetLanguage("xnli", row["language"])
        cells.setdefault(place, {})[row["seed"]] = row
    settings = Settings(num_resamples=num_resamples, num_permutations=0)
    return Evidence(cells, tests, settings), Tables(world.study, rows)


def slopes(world: Ladder, rng: np.random.Generator, num_resamples: int = 100) -> pd.DataFrame:
    """The table of slopes of one simulated study."""
    return slope_table(*measured(world, rng, num_resamples))


def _tested(
    world: Ladder, rows: list[dict[str, Any]], code: str, rng: np.random.Generator, num_resamples: int
) -> MeasuredSet:
    """True values, what encoders, runs and examples add, and draws of the examples around what came of it."""
    conditions, sizes = ["none", *world.slopes], list(dict.fromkeys(size for _, size, _ in world.encoders()))
    by_size = {(size, one): rng.normal(0, world.sd_examples) for size in sizes for one in conditions}
    drawn = {place: rng.normal(0, world.sd_examples, num_resamples) for place in by_size}
    values, resampled = {}, {}
    for model, size, num in world.encoders():
        for condition in conditions:
            slope = world.slopes.get(condition, 0.0) * (1 + world.by_language.get(code, 0.0))
            true = 50 + world.gains.get(condition, 0.0) + slope * np.log2(num / world.sizes[0])
            true += by_size[size, condition] + rng.normal(0, world.sd_encoder) + rng.normal(0, world.sd_examples)
            own = drawn[size, condition] + rng.normal(0, world.sd_examples, num_resamples)
            for seed in world.study.seeds:
                key = f"{model} {condition} {seed} {code}"
                values[key] = true + rng.normal(0, world.sd_run)
                resampled[key] = values[key] + own
    return MeasuredSet(values, resampled, {}, NUM_CLUSTERS, NUM_CLUSTERS)


def _rows(world: Ladder) -> list[dict[str, Any]]:
    return [
        _row(world, encoder, condition, seed, code)
        for encoder in world.encoders()
        for condition in ("none", *world.slopes)
        for seed in world.study.seeds
        for code in world.languages
    ]


def _row(world: Ladder, encoder: tuple[str, str, int], condition: str, seed: int, code: str) -> dict[str, Any]:
    model, size, num = encoder
    task, _, arm = condition.partition(".")
    return {
        "model": model,
        "size": size,
        "ladder": world.ladder,
        "pretraining_seed": 1 if model == size else int(model[-1]),
        "num_parameters": num + 2_000_000,  # as many embeddings at every size
        "num_layer_parameters": num,
        "condition": condition,
        "intermediate": task if arm else None,
        "intermediate_base": task.rstrip("0123456789") if arm else None,
        "num_intermediate_examples": int(task[3:]) if task[3:].isdigit() else None,
        "arm": arm or None,
        "intermediate_language": arm or None,
        "method": "single" if arm else None,
        "setting": "",
        "baseline": "none",
        "target": "xnli",
        "language": code,
        "group": code,
        "seed": seed,
        "metric": "accuracy",
        "definition": "xtreme-2020",
        "key": f"{model} {condition} {seed} {code}",
        "value": 0.0,
        "predictions": "",
        "flags": (),
        "trivial": {},
    }


PRIMARY = Primary(intermediate="nli", language="ja", against="en", target="xnli", part="all")
