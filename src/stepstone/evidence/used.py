"""What data the runs used, from their records: how many examples were trained on, and how many were cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from stepstone.core.condition import CONTROL
from stepstone.core.result import FinetuneResult
from stepstone.core.spec import FinetuneSpec
from stepstone.core.study import Study
from stepstone.pipeline.plan import Plan
from stepstone.store.record import Record


class Training(NamedTuple):
    """What is trained on: `asked` examples of a task in a language; None: all."""

    task: str
    language: str
    asked: int | None


Sizes = Mapping[Training, int]


@dataclass(frozen=True)
class Used:
    """What the runs of a study used.

    Attributes:
        sizes: examples of each training, as its record says.
        stones: the same of the study's intermediate tasks, by name and language; what was not trained is left out.
        cut: by target and language the largest share of examples, 0..1, that lost what they are scored on; no zeros.
    """

    sizes: Sizes
    stones: Mapping[str, Mapping[str, int]]
    cut: Mapping[str, Mapping[str, float]]

    def is_unequal(self, intermediate: str | None, *languages: str | None) -> bool:
        """Whether an intermediate task was trained on different numbers of examples in these languages."""
        known = self.stones.get(intermediate or "", {})
        return (
            CONTROL not in languages
            and len({known[code] for code in languages if code is not None and code in known}) > 1
        )


def training_of(spec: FinetuneSpec) -> Training:
    """What a fine-tuning is trained on."""
    return Training(spec.train.task, spec.train.language, spec.train.num_examples)


def sizes_of(plan: Plan, records: Mapping[str, Record | None]) -> dict[Training, int]:
    """Examples of every training that has a record; seeds draw equally many."""
    found: dict[Training, int] = {}
    for key, stage in plan.stages.items():
        record = records[key]
        if isinstance(stage.spec, FinetuneSpec) and record is not None and isinstance(record.result, FinetuneResult):
            found[training_of(stage.spec)] = record.result.num_examples
    return found


def used_data(frame: pd.DataFrame, study: Study) -> Used:
    """What `collect` found of the data that the study's runs used."""
    sizes: Sizes = frame.attrs.get("sizes", {})
    stones: dict[str, dict[str, int]] = {}
    for name, entry in study.intermediate.items():
        wanted = {code: Training(task, code, entry.num_examples) for code, task in entry.tasks.items()}
        stones[name] = {code: sizes[training] for code, training in wanted.items() if training in sizes}
    return Used(sizes, stones, _cut(frame))


def _cut(frame: pd.DataFrame) -> dict[str, dict[str, float]]:
    done = frame[frame["num_examples"] > 0]
    found = {}
    for target, cells in done.groupby("target", sort=False):
        share = (cells["num_cut"] / cells["num_examples"]).groupby(cells["language"], sort=False).max()
        if len(share := share[share > 0].sort_values(ascending=False)):
            found[str(target)] = {str(code): float(value) for code, value in share.items()}
    return found
