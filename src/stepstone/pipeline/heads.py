"""Heads that an encoder's architecture lacks: reported as soon as the encoder is there, before anything is trained."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from stepstone.core.result import PretrainedResult
from stepstone.core.spec import FinetuneSpec
from stepstone.core.stage import Stage
from stepstone.pipeline.plan import Plan
from stepstone.store.store import Store


def find_headless(plan: Plan, store: Store) -> dict[str, str]:
    """Fine-tunes for which transformers has no head on their encoder, by key, with what is wrong.

    An encoder that is not there yet, or whose record does not say which heads it can have, passes.
    """
    heads: dict[str, tuple[str, ...] | None] = {}
    found = {}
    for key, stage in plan.stages.items():
        if not stage.parents:
            record = store.record(key)
            result = record.result if record is not None else None
            heads[key] = result.heads if isinstance(result, PretrainedResult) else None
            continue
        heads[key] = heads[stage.checkpoint or ""]
        if isinstance(stage.spec, FinetuneSpec) and heads[key] is not None:
            task = plan.catalogue.task(stage.spec.train.task)
            if task.family not in (heads[key] or ()):
                found[key] = (
                    f"transformers has no {task.family} head for the architecture of {stage.coordinates.get('model')}"
                    f", which {task.name} needs\n  remedy: choose another encoder, or leave this task out"
                )
    return found


def find_lost(stages: Mapping[str, Stage], headless: Iterable[str], asides: Collection[str] = ()) -> set[str]:
    """What cannot be computed without those, and trainings that would lead to nothing else but `asides`."""
    lost = set(headless)
    children: dict[str, list[str]] = {}
    for key, stage in stages.items():
        if any(parent in lost for parent in stage.parents):
            lost.add(key)
        for parent in stage.parents:
            children.setdefault(parent, []).append(key)
    for key in reversed(list(stages)):
        below = [child for child in children.get(key, []) if child not in asides]
        if (
            stages[key].parents
            and stages[key].spec.makes_checkpoint
            and below
            and all(child in lost for child in below)
        ):
            lost.add(key)
    return lost
