"""What data the runs used, from their records: how many examples were trained on, and how many were cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import pandas as pd

from stepstone.catalogue.own import catalogue_of
from stepstone.core.condition import CONTROL, label_of
from stepstone.core.result import ReadAs, Skipped, TrainingResult
from stepstone.core.study import Study
from stepstone.core.uses import DataUse
from stepstone.evidence.attached import attached
from stepstone.planning.checkpoints import checkpoint_lineage
from stepstone.planning.plan import Plan
from stepstone.store.record import Record

ItemT = TypeVar("ItemT")


class Training(NamedTuple):
    """What is trained on: `asked` examples of a task in a language; None: all."""

    task: str
    language: str
    asked: int | None


Sizes = Mapping[Training, int]
StepCounts = Mapping[str, Mapping[str, int]]


class Reread(NamedTuple):
    """Data that a target is trained on and that an arm of an intermediate task had read before."""

    intermediate: str
    arm: str
    data: Training


Rereads = Mapping[tuple[str, str], Reread]


@dataclass(frozen=True)
class UsedData:
    """What the runs of a study used.

    Attributes:
        sizes: examples of each training, as its record says.
        stones: the same of the study's intermediate tasks, by name and arm, hops added up; what was not trained is left
            out.
        steps: optimiser steps before the targets by intermediate, arm and model, the most of the seeds.
        cut: by target and language the largest share of examples, 0..1, that lost what they are scored on; no zeros.
        skipped: lines and rows that hold no example, of every split that was read and has some.
        read_as: how files were read where they leave it open, of every split that was read and of which it is said.
        rereads: by condition and target, the target's own training data that the condition had read before.
        parts: the tasks of each benchmark of the study, whose average has a column of its own.
    """

    sizes: Sizes
    stones: Mapping[str, Mapping[str, int]]
    steps: Mapping[str, StepCounts]
    cut: Mapping[str, Mapping[str, float]]
    skipped: tuple[Skipped, ...] = ()
    read_as: tuple[ReadAs, ...] = ()
    rereads: Rereads = field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_reread(self, condition: str, target: str) -> bool:
        """Whether a condition had read a target's own training data before, or that of a task of a benchmark."""
        return any((condition, one) in self.rereads for one in self.parts.get(target, (target,)))

    def is_unequal(self, intermediate: str | None, *arms: str | None) -> bool:
        """Whether these arms were trained on different numbers of examples, or for different numbers of steps."""
        if CONTROL in arms:
            return False
        examples, steps = self.stones.get(intermediate or "", {}), self.steps.get(intermediate or "", {})
        return _differ(examples, arms) or any(
            _differ({arm: by_model[model] for arm, by_model in steps.items() if model in by_model}, arms)
            for model in {model for by_model in steps.values() for model in by_model}
        )


def _differ(amounts: Mapping[str, int], arms: Sequence[str | None]) -> bool:
    return len({amounts[arm] for arm in arms if arm is not None and arm in amounts}) > 1


def training_of(use: DataUse) -> Training:
    """What data it is that a stage is trained on."""
    return Training(use.task, use.language, use.num_examples)


def sizes_of(plan: Plan, records: Mapping[str, Record | None]) -> dict[Training, int]:
    """Labelled examples of every training that has a record; seeds draw equally many."""
    found: dict[Training, int] = {}
    for key in plan.stages:
        found |= dict(_trained_on(plan, key, records))
    return found


def stones_of(plan: Plan, records: Mapping[str, Record | None]) -> dict[str, int]:
    """Labelled examples of all that is trained before the targets, by condition; what lacks a record is left out."""
    found: dict[str, int] = {}
    for (_, condition, _), start in plan.starts.items():
        line = list(_line_of(plan, start))
        if condition not in found and line and all(records[key] for key in line):
            found[condition] = sum(num for key in line for _, num in _trained_on(plan, key, records))
    return found


def steps_of(plan: Plan, records: Mapping[str, Record | None]) -> dict[str, dict[str, int]]:
    """Steps of all that is trained before the targets, by condition and model: the most of the seeds that are done."""
    found: dict[str, dict[str, int]] = {}
    for (model, condition, _), start in plan.starts.items():
        line = list(_line_of(plan, start))
        results = [record.result for key in line if (record := records[key])]
        if line and len(results) == len(line):
            by_model = found.setdefault(condition, {})
            steps = sum(one.num_steps for one in results if isinstance(one, TrainingResult))
            by_model[model] = max(steps, by_model.get(model, 0))
    return found


def _line_of(plan: Plan, start: str) -> Iterator[str]:
    """The trainings that a checkpoint comes from, the last first; not what made its encoder."""
    return (stage.key for stage in reversed(checkpoint_lineage(plan, start)) if not stage.is_encoder)


def _trained_on(plan: Plan, key: str, records: Mapping[str, Record | None]) -> Iterator[tuple[Training, int]]:
    record = records[key]
    for one in plan.stages[key].spec.read(record.result) if record is not None else ():
        if one.is_trained_on and not one.is_text:
            yield training_of(one.data[0]), one.num_examples


def rereads_of(plan: Plan) -> dict[tuple[str, str], Reread]:
    """Training data that a target's training reads after its condition did, by condition and target.

    A control is more of that by what it is, and left out.
    """
    found: dict[tuple[str, str], Reread] = {}
    seen: set[tuple[str, str]] = set()
    for cell in plan.cells:
        place = cell.condition, cell.target
        if place not in seen and cell.intermediate and cell.arm and cell.arm != CONTROL:
            twice = _read_twice(_training_uses(plan, cell.key))
            found |= {place: Reread(cell.intermediate, cell.arm, training_of(twice))} if twice else {}
        seen.add(place)
    return found


def _read_twice(uses: Iterable[DataUse]) -> DataUse | None:
    read: set[tuple[str, str, str, str]] = set()
    for use in uses:
        data = use.task, use.split, use.language, use.content
        if data in read:
            return use
        read.add(data)
    return None


def _training_uses(plan: Plan, key: str) -> Iterator[DataUse]:
    """What the trainings behind a stage are trained on, the first first."""
    for spec in (stage.spec for stage in checkpoint_lineage(plan, key)):
        yield from (use for one in spec.trained() if not one.is_text for use in one.data)


def skipped_of(records: Mapping[str, Record | None]) -> tuple[Skipped, ...]:
    """What was left out of the data that was read for these records, each split once."""
    found: dict[tuple[str, str, str], Skipped] = {}
    for record in filter(None, records.values()):
        found |= {(one.task, one.split, one.language): one for one in record.result.skipped}
    return tuple(found.values())


def read_as_of(records: Mapping[str, Record | None]) -> tuple[ReadAs, ...]:
    """How the data was read for these records, each split once."""
    found: dict[tuple[str, str, str], ReadAs] = {}
    for record in filter(None, records.values()):
        found |= {(one.task, one.split, one.language): one for one in record.result.read_as}
    return tuple(found.values())


def used_data(frame: pd.DataFrame, study: Study) -> UsedData:
    """What `collect` found of the data that the study's runs used."""
    sizes: Sizes = attached(frame, "sizes", {})
    stones: Mapping[str, int] = attached(frame, "stones", {})
    steps: StepCounts = attached(frame, "steps", {})
    skipped: tuple[Skipped, ...] = attached(frame, "skipped", ())
    read_as: tuple[ReadAs, ...] = attached(frame, "read_as", ())
    rereads: Rereads = attached(frame, "rereads", {})
    benchmarks = map(catalogue_of(study).benchmark, study.benchmarks)
    parts = {one.name: tuple(part.task for part in one.parts) for one in benchmarks}
    return UsedData(sizes, _by_arm(stones, study), _by_arm(steps, study), _cut(frame), skipped, read_as, rereads, parts)


def _by_arm(found: Mapping[str, ItemT], study: Study) -> dict[str, dict[str, ItemT]]:
    """What was found by condition, by intermediate and arm."""
    return {
        name: {arm: found[label] for arm in entry.all_arms if (label := label_of(name, arm)) in found}
        for name, entry in study.intermediate.items()
    }


def _cut(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    done = frame[frame["num_examples"] > 0]
    found = {}
    for target, cells in done.groupby("target", sort=False):
        share = (cells["num_cut"] / cells["num_examples"]).groupby(cells["language"], sort=False).max()
        if len(share := share[share > 0].sort_values(ascending=False)):
            found[str(target)] = {str(code): float(value) for code, value in share.items()}
    return found
