"""Rows of the evidence: a difference or score in one part of a target's languages (one, a group, or all)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepstone.evidence.alignment import Row
from stepstone.evidence.bootstrap import Settings, interval
from stepstone.evidence.measure import Arm, Measured, Pair, Sample, mean_sample
from stepstone.evidence.significance import p_value, seed_test

COLUMNS: dict[str, str] = {
    "model": "and num_parameters, intermediate, intermediate_language, condition, target, metric, definition",
    "level": '"language", "group", "all", or "gap" (source language minus the others)',
    "part": 'the language, the name of the group, "all", or the source language',
    "value": "percent, or points for a difference; NaN where a language is missing",
    "low": "lower end of the interval",
    "high": "upper end of the interval",
    "sd": "standard deviation over seeds; NaN below two",
    "num_seeds": "seeds that both arms have",
    "num_seeds_planned": "seeds of the study",
    "num_runs": "distinct evaluations among the seeds",
    "num_examples": "examples, summed over languages",
    "num_parts": "languages in the part",
    "num_missing": "languages without a value; any makes the row a gap",
    "num_flagged": "cells of the row that carry a flag",
    "basis": "what the interval is over",
}
DIFFERENCE_COLUMNS: dict[str, str] = {
    "reference": "the condition that is subtracted",
    "reference_value": "its score",
    "p": "paired permutation over examples, two-sided",
    "p_seeds": "signed ranks over seeds, exact; NaN where there are too few seeds",
    "family": "the tests that Holm's correction counts together",
    "family_size": "their number; gaps are no tests",
    "p_holm": "p after Holm's correction",
    "verdict": '"higher", "lower", "undecided" or "gap"',
}


@dataclass(frozen=True)
class Part:
    """Languages that are averaged, by plain mean."""

    level: str
    name: str
    languages: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Slice:
    """One target: its cells by arm and language, and what was measured per language."""

    cells: Mapping[Arm, Mapping[str, Sequence[Row]]]
    measured: Mapping[str, Measured]
    settings: Settings

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Every condition of every model, in the study's order."""
        return tuple(self.cells)

    def of_part(self, arms: Sequence[Arm], part: Part) -> list[Row]:
        """The cells of `arms` in the languages of `part`."""
        return [row for arm in arms for code in part.languages for row in self.cells[arm].get(code, ())]


def by_arm(rows: Sequence[Row]) -> dict[Arm, dict[str, list[Row]]]:
    """Cells by arm and language, in order of appearance."""
    cells: dict[Arm, dict[str, list[Row]]] = {}
    for row in rows:
        of_arm = cells.setdefault(Arm(row["model"], row["condition"]), {})
        of_arm.setdefault(row["language"], []).append(row)
    return cells


def parts_of(rows: Sequence[Row]) -> list[Part]:
    """Every language, every group (where there are several), and all languages of one target."""
    groups: dict[str, dict[str, None]] = {}
    for row in rows:
        groups.setdefault(row["group"], {})[row["language"]] = None
    languages = tuple(dict.fromkeys(row["language"] for row in rows))
    singles = [Part("language", language, (language,)) for language in languages]
    several = [Part("group", name, tuple(members)) for name, members in groups.items()] if len(groups) > 1 else []
    return [*singles, *several, Part("all", "all", languages)]


def score_row(target: Slice, arm: Arm, part: Part) -> dict[str, Any]:
    """The score of an arm in a part."""
    samples = [target.measured[language].scores.get(arm) for language in part.languages]
    return _row(target, (arm,), part, samples, _mean(samples))


def gap_row(target: Slice, arm: Arm, source: str) -> dict[str, Any]:
    """The zero-shot gap of an arm: its score in the source language minus the mean of the other languages."""
    others = tuple(language for language in target.measured if language != source)
    part = Part("gap", source, (source, *others))
    samples = [target.measured[language].scores.get(arm) for language in part.languages]
    rest = _mean(samples[1:])
    whole = _subtract(samples[0], rest) if samples[0] is not None and rest is not None else None
    return _row(target, (arm,), part, samples, whole)


def difference_row(target: Slice, pair: Pair, part: Part) -> dict[str, Any]:
    """The paired difference of two arms in a part, with its p-values (Holm's comes later)."""
    samples = [target.measured[language].differences.get(pair) for language in part.languages]
    whole = _mean(samples)
    reference = _mean([target.measured[language].scores.get(pair.reference) for language in part.languages])
    return {
        **_row(target, pair, part, samples, whole),
        "reference": pair.reference.condition,
        "reference_value": math.nan if reference is None else reference.value,
        "p": math.nan if whole is None else p_value(whole.value, whole.null),
        "p_seeds": _seed_p(whole),
    }


def _mean(samples: Sequence[Sample | None]) -> Sample | None:
    """The mean of a part, or None where a language is missing."""
    held = [sample for sample in samples if sample is not None]
    return mean_sample(held) if len(held) == len(samples) else None


def _subtract(a: Sample, b: Sample) -> Sample:
    return Sample(
        a.value - b.value,
        {seed: value - b.by_seed[seed] for seed, value in a.by_seed.items() if seed in b.by_seed},
        a.replicates - b.replicates,
        np.empty(0),
        min(a.num_runs, b.num_runs),
        a.num_examples + b.num_examples,
    )


def _seed_p(sample: Sample | None) -> float:
    if sample is None or sample.num_runs < len(sample.by_seed):
        return math.nan  # seeds that share a run are not replicates
    p = seed_test(list(sample.by_seed.values())).p
    return math.nan if p is None else p


_OWN = ("model", "num_parameters", "intermediate", "intermediate_language", "condition", "target", "metric")


def _row(
    target: Slice, arms: Sequence[Arm], part: Part, samples: Sequence[Sample | None], whole: Sample | None
) -> dict[str, Any]:
    """What rows of all tables have; the first arm names the row."""
    cells = target.of_part(arms, part)
    low, high = interval(whole.replicates, target.settings) if whole else (math.nan, math.nan)
    return {
        **{name: cells[0][name] for name in _OWN},
        "definition": cells[0]["definition"],
        "level": part.level,
        "part": part.name,
        "value": whole.value if whole else math.nan,
        "low": low,
        "high": high,
        "sd": _sd(whole),
        "num_seeds": len(whole.by_seed) if whole else 0,
        "num_seeds_planned": len({row["seed"] for row in cells}),
        "num_runs": whole.num_runs if whole else 0,
        "num_examples": whole.num_examples if whole else 0,
        "num_parts": len(samples),
        "num_missing": sum(sample is None for sample in samples),
        "num_flagged": sum(bool(row["flags"]) for row in cells),
        "basis": _basis(whole),
    }


def _sd(sample: Sample | None) -> float:
    if sample is None or sample.num_runs < 2 or len(sample.by_seed) < 2:
        return math.nan
    return float(np.std(list(sample.by_seed.values()), ddof=1))


def _basis(sample: Sample | None) -> str:
    if sample is None:
        return "gap"
    if sample.num_runs > 1:
        return "seeds and examples"
    return "one seed: examples only" if len(sample.by_seed) == 1 else "one run serves all seeds: examples only"
