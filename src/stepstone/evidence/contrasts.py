"""Contrasts of a study: gains over no intermediate task, one language against another, one model against another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from stepstone.core.condition import BASELINE, CONTROL
from stepstone.core.setting import Setting
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.design import Arm, Contrast, between, paired_difference

# Kinds of comparisons, as the column `comparison` names them.
GAIN = "gain"
OF_LANGUAGES = "language"
OVER_CONTROL = "control"
OF_SETTINGS = "setting"
BETWEEN_SETTINGS = "between settings"
BETWEEN_MODELS = "between models"
OF_ENCODERS = "encoder"
BETWEEN_GROUPS = "between groups"
ZERO_SHOT_GAP = "zero-shot gap"


def gain_pairs(rows: Iterable[FrameRow]) -> list[Contrast]:
    """Every condition minus the baseline of its model and setting."""
    found = {Arm(row["model"], row["condition"]): Arm(row["model"], row["baseline"]) for row in rows}
    return [paired_difference(arm, baseline) for arm, baseline in found.items() if arm != baseline]


def language_pairs(rows: Iterable[FrameRow], source_language: str) -> list[Contrast]:
    """Each arm of an intermediate task against the one of the source language, or its first where that is missing.

    Then each of them against the control of equal compute, where the study has one.
    """
    arms: dict[tuple[str, str, str], dict[str, Arm]] = {}
    for row in rows:
        if row["condition"] != row["baseline"]:
            of_task = arms.setdefault((row["model"], row["intermediate"], row["setting"]), {})
            of_task[row["arm"]] = Arm(row["model"], row["condition"])
    return [one for of_task in arms.values() for one in _of_task(of_task, source_language)]


def _of_task(arms: dict[str, Arm], source_language: str) -> Iterator[Contrast]:
    languages = {code: arm for code, arm in arms.items() if code != CONTROL}
    if languages:
        reference = languages.get(source_language, next(iter(languages.values())))
        yield from (paired_difference(arm, reference) for arm in languages.values() if arm != reference)
    if CONTROL in arms:
        yield from (paired_difference(arm, arms[CONTROL]) for arm in languages.values())


def setting_pairs(rows: Iterable[FrameRow], settings: Sequence[Setting]) -> list[Contrast]:
    """Every arm under each setting minus the same under each one before it that differs in one thing."""
    order = {(one.text, other.text) for one, other in combinations(settings, 2) if one.differs_in(other) == 1}
    arms: dict[tuple[str, str | None, str | None], dict[str, Arm]] = {}
    for row in rows:
        own = arms.setdefault((row["model"], row["intermediate"], row["arm"]), {})
        own[row["setting"]] = Arm(row["model"], row["condition"])
    return [
        paired_difference(own[second], own[first])
        for own in arms.values()
        for first, second in combinations(own, 2)
        if (first, second) in order
    ]


def gains_between_settings(rows: Iterable[FrameRow], settings: Sequence[Setting]) -> list[Contrast]:
    """The gain of every arm in the pairs of settings that are compared, the second minus the first."""
    rows = list(rows)
    baselines = {Arm(row["model"], row["condition"]): Arm(row["model"], row["baseline"]) for row in rows}
    pairs = (one.arms for one in setting_pairs(rows, settings))
    return [
        between(paired_difference(second, baselines[second]), paired_difference(first, baselines[first]))
        for second, first in pairs
        if baselines[second] != second
    ]


def model_pairs(contrasts: Sequence[Contrast], rows: Iterable[FrameRow]) -> list[Contrast]:
    """Each contrast in a model minus the same in the smallest model, where that is not the same under another seed."""
    rows = list(rows)
    names = {row["model"]: row["size"] for row in rows}
    sizes = {row["model"]: row["num_parameters"] for row in rows}
    order = sorted(sizes, key=lambda model: _size(sizes[model]))
    by_name: dict[tuple[str, ...], dict[str, Contrast]] = {}
    for one in contrasts:
        by_name.setdefault(tuple(arm.condition for arm in one.arms), {})[one.arm.model] = one
    found = []
    for of_name in by_name.values():
        known = [of_name[model] for model in order if model in of_name]
        found += [between(one, known[0]) for one in known[1:] if names[one.arm.model] != names[known[0].arm.model]]
    return found


def encoder_pairs(rows: Iterable[FrameRow]) -> list[Contrast]:
    """The score of every encoder minus that of each before it, of a study without any intermediate task.

    Where there is one, what an encoder gives hangs on it, and encoders are compared by what it adds.
    """
    rows = list(rows)
    if any(row["condition"] != row["baseline"] for row in rows):
        return []
    arms = dict.fromkeys(Arm(row["model"], BASELINE) for row in rows if row["condition"] == BASELINE)
    return [paired_difference(second, first) for first, second in combinations(arms, 2)]


def _size(num: float | None) -> float:
    """For ordering: models of unknown size come last."""
    return float("inf") if num is None or num != num else float(num)
