"""The tables of a model card about its making: recipes, training records, licences, identity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stepstone.core.duration import duration
from stepstone.core.facts import mark_remembered
from stepstone.core.recipe import Recipe
from stepstone.core.result import FinetuneResult, Result, TrainingResult
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.core.uses import NamedTask
from stepstone.evidence.flags import describe_flag, training_flags
from stepstone.export.files import ExportableCheckpoint
from stepstone.export.steps import step_name
from stepstone.report.labels import DASH
from stepstone.report.markup import code, for_markdown, markdown_table
from stepstone.report.method import short
from stepstone.store.record import Record

# Fields of a recipe that are always shown; of the others those that are not at their default.
MAIN = (
    "learning_rate",
    "batch_size",
    "num_epochs",
    "num_steps",
    "warmup_ratio",
    "weight_decay",
    "max_length",
    "precision",
    "selection",
)
# Looks at the dev set that are written out; of more, evenly spread ones.
NUM_LOOKS = 12


def training_sections(checkpoint: ExportableCheckpoint, study: Study) -> Iterator[str]:
    """Recipes and records, a column for each step."""
    steps = [(stage, _recipe(stage)) for stage in checkpoint.lineage]
    trained = [(stage, recipe) for stage, recipe in steps if recipe is not None]
    if not trained:
        yield "Nothing was trained: the files are those of the encoder as it was obtained."
        return
    names = [for_markdown(step_name(stage, study)) for stage, _ in trained]
    yield "Recipe (in brackets the default, where a field differs from it):"
    yield markdown_table(("field", *names), list(_recipe_rows([recipe for _, recipe in trained])))
    records = [checkpoint.records.get(stage.key) for stage, _ in trained]
    yield "Record:"
    yield markdown_table(("", *names), list(_record_rows([stage for stage, _ in trained], records)))
    curves = (_curve(name, record) for name, record in zip(names, records, strict=True))
    yield from filter(None, curves)
    provenance = dict.fromkeys(_versions(record) for record in records if record is not None)
    yield f"Versions and machine: {for_markdown('; '.join(provenance)) or 'not recorded'}."


def _recipe(stage: Stage) -> Recipe | None:
    return stage.spec.training


def _recipe_rows(recipes: Sequence[Recipe]) -> Iterator[tuple[str, ...]]:
    fields = dict.fromkeys(name for recipe in recipes for name in type(recipe).model_fields)
    for name in fields:
        changed = any(getattr(recipe, name, None) != _default(recipe, name) for recipe in recipes)
        if name in MAIN or changed:
            yield (f"`{name}`", *(_field(recipe, name) for recipe in recipes))


def _field(recipe: Recipe, name: str) -> str:
    if name not in type(recipe).model_fields or (name == "num_epochs" and recipe.num_steps is not None):
        return DASH
    value, default = getattr(recipe, name), _default(recipe, name)
    return _plain(value) if value == default else f"{_plain(value)} [{_plain(default)}]"


def _default(recipe: Recipe, name: str) -> Any:
    field = type(recipe).model_fields.get(name)
    return None if field is None else field.default


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _record_rows(stages: Sequence[Stage], records: Sequence[Record | None]) -> Iterator[tuple[str, ...]]:
    names = {
        "num_examples": "examples",
        "num_sentences": "sentences",
        "num_features": "inputs made of them",
        "num_cut": "examples that were cut",
        "num_steps": "optimiser steps",
        "num_tokens": "word pieces read",
        "num_trained": "weights trained",
        "best_step": "step that was kept",
    }
    results = [record.result if record is not None else None for record in records]
    for field, name in names.items():
        if any(hasattr(result, field) for result in results):
            yield (name, *(_counted(result, field) for result in results))
    if any(isinstance(result, TrainingResult) and result.losses for result in results):
        yield ("training loss, first and last", *map(_losses, results))
    yield ("time", *(DASH if record is None else duration(record.seconds) for record in records))
    flags = [
        for_markdown("; ".join(map(describe_flag, training_flags(result)))) if result else "" for result in results
    ]
    if any(flags):
        yield ("warnings", *flags)
    contents = [_content(stage) for stage in stages]
    yield ("data", *(f"`{content}`" for content in contents))


def _counted(result: Result | None, field: str) -> str:
    # A checkpoint that dev did not choose is the last one.
    value = getattr(result, field, None) or getattr(result, "num_steps" if field == "best_step" else field, None)
    return DASH if value is None else f"{value:,}"


def _losses(result: Result | None) -> str:
    losses = [loss for _, loss in getattr(result, "losses", ()) if loss is not None]
    return f"{losses[0]:.3f}, {losses[-1]:.3f}" if losses else DASH


def _content(stage: Stage) -> str:
    spec = stage.spec
    return short(spec.content if isinstance(spec, EncoderSpec) else spec.uses()[0].content)


def _curve(name: str, record: Record | None) -> str:
    """What dev said, step by step."""
    result = record.result if record is not None else None
    if not isinstance(result, FinetuneResult):
        return ""
    looks = [(step, value) for step, value in result.dev if value is not None]
    if not looks:
        return ""
    best = result.best_step
    stride = math.ceil(len(looks) / NUM_LOOKS)
    shown = [look for place, look in enumerate(looks) if place % stride == 0 or look[0] == best or look is looks[-1]]
    scores = ", ".join(f"{value:.1f} at {step:,}{' (kept)' if step == best else ''}" for step, value in shown)
    rest = f" ({len(shown)} of {len(looks)} looks)" if len(shown) < len(looks) else ""
    return f"Source dev set of {name}, score at step: {scores}{rest}."


def _versions(record: Record) -> str:
    return ", ".join(f"{name} {value}" for name, value in record.provenance.items()) or "not recorded"


def licence_section(checkpoint: ExportableCheckpoint, tasks: Mapping[str, Task], *, is_lab: bool) -> Iterator[str]:
    """Whose data is in the weights, and whose was only used to choose and to score."""
    yield (
        "Whether and how these weights may be used follows from the licence of the base model (see the base model) "
        "and, as far as data binds a model, from those of the data sets. What their declarations say:"
    )
    roles: dict[str, dict[str, None]] = {}
    for name, role in _uses(checkpoint):
        for part in _parts(name, tasks):
            roles.setdefault(part, {})[role] = None
    rows = [_licence_row(tasks[name], ", ".join(found), is_lab=is_lab) for name, found in roles.items()]
    yield markdown_table(("data set", "used for", "licence", "where"), rows)
    if is_lab:
        yield "The data is generated in the form of these data sets and holds nothing of them: it has no licence."


def _uses(checkpoint: ExportableCheckpoint) -> Iterator[NamedTask]:
    for stage in (*checkpoint.lineage, *checkpoint.evaluations):
        yield from stage.spec.tasks()


def _parts(name: str, tasks: Mapping[str, Task]) -> Iterator[str]:
    """The data sets that a task joins, or itself."""
    if not tasks[name].joins:
        yield name
    for part in tasks[name].joins:
        yield from _parts(part, tasks)


def _licence_row(task: Task, roles: str, *, is_lab: bool) -> tuple[str, ...]:
    if is_lab:
        return (f"{for_markdown(task.title)}, generated twin", roles, "none: generated", "Stepstone's lab")
    where = f"{task.citation} {task.url}".strip()
    return (
        for_markdown(task.title),
        roles,
        for_markdown(mark_remembered(task.licence, task.evidence, "licence") or "not declared"),
        for_markdown(where) or DASH,
    )


def identity(checkpoint: ExportableCheckpoint, study: Study) -> str:
    """What names these weights for ever."""
    record = checkpoint.record
    weights = [(name, record.files[name]) for name in record.weights]
    rows = [
        ("study and label", f"{code(study.name)}, {code(checkpoint.label)}"),
        ("key", f"`{record.key}`"),
        *((f"sha256 of `{name}`", f"`{stamp['sha256']}` ({stamp['bytes']:,} bytes)") for name, stamp in weights),
    ]
    return markdown_table(("", ""), rows)
