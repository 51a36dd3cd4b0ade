"""Contrasts of a study: gains over no intermediate task, one language against another, one model against another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stepstone.core.condition import BASELINE, CONTROL
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.design import Arm, Contrast, between, pair

# Kinds of comparisons, as the column `comparison` names them.
GAIN = "gain"
OF_LANGUAGES = "language"
OVER_CONTROL = "control"
BETWEEN_MODELS = "between models"
BETWEEN_GROUPS = "between groups"
ZERO_SHOT_GAP = "zero-shot gap"


def gain_pairs(arms: Iterable[Arm]) -> list[Contrast]:
    """Every condition minus the baseline of its model."""
    return [pair(arm, Arm(arm.model, BASELINE)) for arm in arms if arm.condition != BASELINE]


def language_pairs(rows: Iterable[FrameRow], source_language: str) -> list[Contrast]:
    """Each arm of an intermediate task against the one of the source language, or its first where that is missing.

    Then each of them against the control of equal compute, where the study has one.
    """
    arms: dict[tuple[str, str], dict[str, Arm]] = {}
    for row in rows:
        if row["condition"] != BASELINE:
            of_task = arms.setdefault((row["model"], row["intermediate"]), {})
            of_task[row["arm"]] = Arm(row["model"], row["condition"])
    return [one for of_task in arms.values() for one in _of_task(of_task, source_language)]


def _of_task(arms: dict[str, Arm], source_language: str) -> Iterator[Contrast]:
    languages = {code: arm for code, arm in arms.items() if code != CONTROL}
    if languages:
        reference = languages.get(source_language, next(iter(languages.values())))
        yield from (pair(arm, reference) for arm in languages.values() if arm != reference)
    if CONTROL in arms:
        yield from (pair(arm, arms[CONTROL]) for arm in languages.values())


def model_pairs(contrasts: Sequence[Contrast], rows: Iterable[FrameRow]) -> list[Contrast]:
    """Each contrast in a model minus the same in the smallest model."""
    sizes = {row["model"]: row["num_parameters"] for row in rows}
    order = sorted(sizes, key=lambda model: _size(sizes[model]))
    by_name: dict[tuple[str, ...], dict[str, Contrast]] = {}
    for one in contrasts:
        by_name.setdefault(tuple(arm.condition for arm in one.arms), {})[one.arm.model] = one
    found = []
    for of_name in by_name.values():
        known = [of_name[model] for model in order if model in of_name]
        found += [between(one, known[0]) for one in known[1:]]
    return found


def _size(num: float | None) -> float:
    """For ordering: models of unknown size come last."""
    return float("inf") if num is None or num != num else float(num)
