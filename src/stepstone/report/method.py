"""How a study was run, as tables: models, trainings, evaluations with the identity of their data, time and versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from stepstone.core.duration import duration
from stepstone.core.facts import mark_remembered
from stepstone.core.model import FolderModel, HubModel, ScratchModel
from stepstone.core.recipe import Recipe
from stepstone.core.result import PretrainedResult, Result
from stepstone.core.spec import Spec
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study import Study
from stepstone.core.uses import TrainedOn
from stepstone.core.value import digest
from stepstone.evidence.attached import attached
from stepstone.evidence.frame import rows_of
from stepstone.evidence.ran import Run
from stepstone.evidence.used import Sizes, training_of
from stepstone.planning.plan import Plan
from stepstone.report import mixtures, translations
from stepstone.report.cautions import reading_rows
from stepstone.report.labels import condition_label, format_number, language_label, parameters


@dataclass(frozen=True)
class TextTable:
    """A small table of texts."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(default=())


def method_tables(plan: Plan, frame: pd.DataFrame) -> list[TextTable]:
    """Everything a reader needs to judge or repeat the runs."""
    run: Run | None = attached(frame, "run", None)
    results = run.results if run is not None else {}
    translated = TextTable("Translations", translations.HEAD, translations.translation_rows(plan, results))
    paired = TextTable("Paired arms", translations.PAIRED_HEAD, translations.paired_rows(plan, results))
    trained = _trainings(plan, attached(frame, "sizes", {}))
    mixed = TextTable("Mixtures, as they were drawn", mixtures.HEAD, mixtures.mixture_rows(plan, results))
    found = [_models(plan, results), translated, paired, trained, mixed, _evaluations(plan, frame)]
    found += _grids(frame, plan.study)
    found.append(
        TextTable(
            "How files were read", ("files", "of"), tuple(reading_rows(attached(frame, "read_as", ()), plan.study))
        )
    )
    if run is not None:
        found += [_time(run), _versions(run)]
    return [table for table in found if table.rows]


_ARM = ["model", "intermediate", "arm", "setting"]


def _grids(frame: pd.DataFrame, study: Study) -> Iterator[TextTable]:
    """The values of a grid that each model, arm and target has; none where each is reported."""
    if study.grid is None or study.grid.choose is None:
        return
    before = frame.loc[frame["num_intermediate_grid"] > 0]
    before = before[[*_ARM, "intermediate_grid", "num_intermediate_grid", "intermediate_dev"]].drop_duplicates()
    head = ("model", "condition", "values", "of", "score there")
    yield TextTable(
        "Grid of intermediate tasks, chosen on their own dev sets",
        head,
        tuple(
            (
                row["model"],
                condition_label(row, study),
                row["intermediate_grid"] or "not chosen yet",
                str(row["num_intermediate_grid"]),
                format_number(row["intermediate_dev"]),
            )
            for row in rows_of(before)
        ),
    )
    of_targets = frame.loc[frame["num_grid"] > 0, [*_ARM, "target", "grid", "num_grid"]].drop_duplicates()
    yield TextTable(
        "Grid, chosen on source dev",
        ("model", "condition", "target", "values", "of"),
        tuple(
            (
                row["model"],
                condition_label(row, study),
                row["target"],
                row["grid"] or "not chosen yet",
                str(row["num_grid"]),
            )
            for row in rows_of(of_targets)
        ),
    )


def _models(plan: Plan, encoders: Mapping[str, Result]) -> TextTable:
    rows = []
    for key, stage in plan.stages.items():
        spec = stage.spec
        if isinstance(spec, EncoderSpec):
            model, result = spec.model, encoders.get(key)
            size = model_size(model, num_parameters(model, result))
            rows.append((model.name, size, _origin(model) + _unwrapped(result), short(spec.content)))
    return TextTable("Models", ("model", "parameters", "origin", "identity"), tuple(rows))


def num_parameters(model: HubModel | FolderModel | ScratchModel, result: Result | None) -> int | None:
    """A model's size as tables and cards give it: as declared, else as counted when it was obtained; else None."""
    if model.num_parameters is not None:
        return model.num_parameters
    return result.num_parameters if isinstance(result, PretrainedResult) else None


def _unwrapped(result: Result | None) -> str:
    """What was taken off the names of its weights, or read under another name, if anything was."""
    weights = result.weights if isinstance(result, PretrainedResult) else {}
    taken, tied = (", ".join(f'"{name}"' for name in weights.get(kind, ())) for kind in ("unwrapped", "tied"))
    said = (
        taken and f"{taken} taken off the names of its weights",
        tied and f"embeddings read from {tied}, tied to them",
    )
    return "".join(f"; {part}" for part in said if part)


def model_size(model: HubModel | FolderModel | ScratchModel, num: int | None) -> str:
    """A model's size, marked where the shape that it is counted from is only remembered."""
    evidence = model.evidence if isinstance(model, HubModel) else {}
    return mark_remembered(parameters(num), evidence, "architecture") or "unknown"


def _origin(model: HubModel | FolderModel | ScratchModel) -> str:
    if isinstance(model, HubModel):
        return model.repository
    if isinstance(model, FolderModel):
        return "a local folder"
    shape = f"{model.num_layers} layers, width {model.hidden_size}"
    steps = model.pretraining.num_steps or f"{model.pretraining.num_epochs:g} epochs"
    length = f"{steps}{' steps' if model.pretraining.num_steps else ''}"
    return f"pretrained from scratch ({shape}; {length}; seed {model.seed})"


def _trainings(plan: Plan, sizes: Sizes) -> TextTable:
    """Distinct fine-tunings, whatever the seed or the parent, with the examples that they used."""
    specs = [stage.spec for stage in plan.stages.values()]
    rows = dict.fromkeys(_training(one, spec, plan.study, sizes) for spec in specs for one in spec.trained())
    return TextTable("Fine-tuning", ("trained on", "language", "examples", "recipe", "data"), tuple(rows))


def _training(one: TrainedOn, spec: Spec, study: Study, sizes: Sizes) -> tuple[str, ...]:
    use = one.data[0]
    languages = ", ".join(language_label(data.language, study) for data in one.data)
    examples = "running text" if one.is_text else _examples(use.num_examples, sizes.get(training_of(use)))
    recipe = _recipe(spec.training) if spec.training is not None else ""
    return (use.task, languages, examples, "; ".join(filter(None, (recipe, one.how))), short(use.content))


def _examples(asked: int | None, used: int | None) -> str:
    """How many examples a training used; before it ran, how many it is to use."""
    if used is None:
        return "all, not trained yet" if asked is None else f"{asked:,} asked for, not trained yet"
    if asked is None:
        return f"all {used:,}"
    return f"{used:,} drawn" if used == asked else f"all {used:,}, fewer than the {asked:,} asked for"


def _recipe(recipe: Recipe) -> str:
    length = f"{recipe.num_steps:,} steps" if recipe.num_steps else f"{recipe.num_epochs:g} epochs"
    adapted = recipe.describe()
    kept = "best step on source dev" if recipe.selection == "source-dev" else "last step"
    kept = f"mean of the last {recipe.average_last} looks" if recipe.average_last > 1 else kept
    looked = recipe.limits().precision
    precision = recipe.precision if looked == recipe.precision else f"{recipe.precision}, evaluated in {looked}"
    return (
        f"{length}, batches of {recipe.batch_size}, learning rate {recipe.learning_rate:g}, "
        f"{recipe.max_length} word pieces, {precision}, {kept}" + (f", {adapted}" if adapted else "")
    )


def _evaluations(plan: Plan, frame: pd.DataFrame) -> TextTable:
    """Targets with their languages; the identity of the data per language."""
    specs: dict[str, dict[str, EvaluateSpec]] = {}
    for cell in plan.cells:
        spec = plan.stages[cell.key].spec
        assert isinstance(spec, EvaluateSpec)
        specs.setdefault(cell.target, {})[cell.language] = spec
    rows = []
    for target, by_language in specs.items():
        first = next(iter(by_language.values()))
        numbers = frame.loc[(frame["target"] == target) & (frame["status"] == "done"), "num_examples"]
        rows.append(
            (
                target,
                first.data.split,
                f"{first.metric} ({first.definition})",
                _range(numbers),
                " ".join(language_label(code, plan.study) for code in by_language),
                _identity(spec.data.content for spec in by_language.values()),
            )
        )
    return TextTable("Evaluation", ("target", "split", "score", "examples", "languages", "data"), tuple(rows))


def _identity(contents: Iterable[str]) -> str:
    """The identity of data in several languages; of many, their number and one digest over all."""
    named = sorted(set(contents))
    if len(named) <= 2:
        return "; ".join(map(short, named))
    return f"{len(named)} sets, together {digest(named)[:12]}"


def _range(numbers: Iterable[int]) -> str:
    values = sorted(set(map(int, numbers)))
    if not values:
        return "none yet"
    return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"


def _time(run: Run) -> TextTable:
    rows = [
        (kind, f"{run.num_done.get(kind, 0):,} of {num:,}", duration(run.seconds.get(kind, 0.0)))
        for kind, num in run.num_planned.items()
    ]
    rows.append(("all", "", duration(sum(run.seconds.values()))))
    return TextTable("Work", ("stage", "done", "time, summed"), tuple(rows))


def _versions(run: Run) -> TextTable:
    """One row per set of versions; one set throughout is the rule."""
    rows = [(_listed(table), f"{num:,}") for table, num in run.provenance]
    return TextTable("Versions", ("versions and machine", "stages"), tuple(rows))


def _listed(table: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in table.items())


def short(content: str) -> str:
    """An identity with its long digests cut.

    >>> short("files:" + "0123456789abcdef" * 4)
    'files:0123456789ab'
    """
    return re.sub(r"\b[0-9a-f]{20,}\b", lambda found: found.group()[:12], content)
