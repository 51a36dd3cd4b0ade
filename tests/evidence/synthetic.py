"""A study with known effects: real stages, real records, predictions drawn from a model of who is right when."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from results import invented_result
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.intermediate import Intermediate
from stepstone.core.language import language as find_language
from stepstone.core.model import FolderModel
from stepstone.core.place import Place
from stepstone.core.recipe import Limits, Recipe
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Lab, Study
from stepstone.core.target import Target
from stepstone.core.uses import DataUse
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.design import Arm
from stepstone.evidence.estimate import estimate
from stepstone.evidence.frame import collect, rows_of
from stepstone.evidence.gathered import gather
from stepstone.evidence.tables import Tables
from stepstone.planning.cells import Cell
from stepstone.planning.plan import Plan
from stepstone.scoring.definitions import scorer
from stepstone.store.store import Store

Effect = Callable[[str, str, str, str], float]  # model, condition, target, language -> share of examples
Rows = list[dict[str, Any]]
QUICK = Settings(num_resamples=400, num_permutations=199)
_WRONG = {"entailment": "neutral", "neutral": "contradiction", "contradiction": "entailment"}


@dataclass(frozen=True)
class World:
    """What is crossed, and how strong effects, seeds and noise are (shares of examples)."""

    models: Mapping[str, int] = field(default_factory=lambda: {"small": 1_000_000})
    intermediates: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"mnli": ("en", "ja")})
    targets: tuple[str, ...] = ("xnli",)
    languages: tuple[str, ...] = ("en", "de", "ja", "ko")
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"near": ("en", "de"), "far": ("ja", "ko")})
    seeds: tuple[int, ...] = (1, 2, 3)
    num_examples: int = 200
    base: float = 0.5
    effect: Effect = lambda model, condition, target, language: 0.0
    seed_sd: float = 0.0
    noise: float = 0.1
    lab: bool = False
    ladder: str = ""
    seedless: frozenset[str] = frozenset()
    control: bool = False
    scored: tuple[str, str] = ("accuracy", "xtreme-2020")
    generator_seed: int = 0
    rewrite: Callable[[Cell, Rows], Rows] = lambda cell, rows: rows

    @property
    def study(self) -> Study:
        return Study(
            name="synthetic",
            question="Does Japanese intermediate training help languages that are built like Japanese?",
            models=tuple(self.models),
            seeds=self.seeds,
            groups=dict(self.groups),
            lab=Lab(seed=1) if self.lab else None,
            intermediate={
                name: Intermediate(tasks=dict.fromkeys(codes, name)) for name, codes in self.intermediates.items()
            },
            target={name: Target() for name in self.targets},
        )

    def conditions(self) -> list[tuple[str, str | None, str | None]]:
        asked = {name: (*codes, *(("control",) * self.control)) for name, codes in self.intermediates.items()}
        return [("none", None, None), *((f"{name}.{code}", name, code) for name in asked for code in asked[name])]


def make_plan(world: World) -> Plan:
    """Stages and cells of a world, as planning would make them."""
    stages: dict[str, Stage] = {}
    cells: list[Cell] = []

    def add(spec: Any, parents: Iterable[str], label: str) -> str:
        of_model = {"model": label.partition("/")[0]}
        stage = Stage(spec=spec, parents=tuple(parents), label=label, coordinates=of_model)
        stages.setdefault(stage.key, stage)
        return stage.key

    for model, num_parameters in world.models.items():
        origin = add(PretrainedSpec(model=FolderModel(name=model, folder=model), content=model), (), model)
        for seed in world.seeds:
            for condition, task, code in world.conditions():
                start = origin
                if task is not None and code is not None:
                    start = add(_training(task, code, seed), (origin,), f"{model}/{task}.{code}/s{seed}")
                for target in world.targets:
                    if code == "control" and target in world.seedless:
                        continue
                    end = start
                    if target not in world.seedless:
                        end = add(_training(target, "en", seed), (start,), f"{model}/{condition}/{target}/s{seed}")
                    for language in world.languages:
                        label = f"{model}/{condition}/{target}/s{seed}/{language}"
                        key = add(_evaluation(target, language, world.scored), (end,), label)
                        group = next((g for g, codes in world.groups.items() if language in codes), None)
                        group = group or find_language(language).genus
                        how = "single" if task else None
                        cells.append(
                            Cell(
                                model=model,
                                size=model,
                                ladder=world.ladder,
                                pretraining_seed=None,
                                num_parameters=num_parameters,
                                num_layer_parameters=num_parameters // 2 if world.ladder else None,
                                condition=condition,
                                intermediate=task,
                                intermediate_base=task,
                                num_intermediate_examples=None,
                                arm=code,
                                intermediate_language=code,
                                method=how,
                                setting="",
                                baseline="none",
                                target=target,
                                language=language,
                                group=group,
                                seed=seed,
                                key=key,
                            )
                        )
    return Plan(
        world.study, Place(), BUILT_IN, stages, tuple(cells), {s.label: k for k, s in stages.items()}, {"evaluate": 1}
    )


def fill(world: World, plan: Plan, store: Store, skip: Callable[[Cell], bool] = lambda cell: False) -> None:
    """Commit a record for every stage, with predictions for every cell that is not skipped."""
    for stage in plan.stages.values():
        if stage.kind != "evaluate":
            result = {"losses": [[step, 1.0 / step] for step in range(1, 21)], "flags": [], "num_steps": 20}
            commit(store, stage, {}, result)
    done: set[str] = set()
    for cell in plan.cells:
        if cell.key not in done and not skip(cell):
            done.add(cell.key)
            commit_cell(store, plan.stages[cell.key], world.rewrite(cell, predict(world, cell)))


def predict(world: World, cell: Cell) -> Rows:
    """Examples have difficulties of their own, shared by all arms; an effect moves the line of what is solved."""
    test_set = np.random.default_rng([world.generator_seed, *_words(cell.target, cell.language)])
    difficulty = test_set.permutation(world.num_examples) / world.num_examples
    gold = test_set.choice(["entailment", "neutral", "contradiction"], size=world.num_examples)
    arm = np.random.default_rng([world.generator_seed, cell.seed, *_words(cell.model, cell.condition, cell.target)])
    level = world.base + world.effect(cell.model, cell.condition, cell.target, cell.language)
    level += arm.normal(0, world.seed_sd) if world.seed_sd else 0.0
    run = np.random.default_rng([world.generator_seed, 7, cell.seed, *_words(*map(str, (cell.key, cell.language)))])
    right = difficulty + run.normal(0, world.noise, world.num_examples) < level
    return [
        {"id": f"{cell.language}-{index:05d}", "prediction": g if ok else _WRONG[g], "gold": g}
        for index, (g, ok) in enumerate(zip(gold.tolist(), right.tolist(), strict=True))
    ]


def exactly(is_right: Callable[[Cell, int], bool]) -> Callable[[Cell, Rows], Rows]:
    """A rewriting that says of each example, by its place, whether it is solved: scores and differences are exact."""

    def rewrite(cell: Cell, rows: Rows) -> Rows:
        return [
            {**row, "prediction": row["gold"] if is_right(cell, place) else _WRONG[row["gold"]]}
            for place, row in enumerate(rows)
        ]

    return rewrite


def commit_cell(store: Store, stage: Stage, rows: Rows) -> None:
    spec = stage.spec
    assert isinstance(spec, EvaluateSpec)
    judge = scorer(spec.metric, spec.definition)
    values = judge.score(rows, spec.data.language)
    table = {
        "metric": spec.metric,
        "definition": spec.definition,
        "main": judge.main,
        "values": {name: None if math.isnan(value) else value for name, value in values.items()},
        "num_examples": len(rows),
    }
    text = "".join(json.dumps(row) + "\n" for row in rows)
    result = {
        "scores": table,
        "other_scores": [],
        "trivial": {"chance": 100 / 3},
        "truncated": {"examples": 0, "of": len(rows)},
    }
    commit(store, stage, {"predictions.jsonl": text}, result)


def commit(store: Store, stage: Stage, files: Mapping[str, str], result: Mapping[str, Any]) -> None:
    attempt = store.start(stage.key)
    for name, text in (files or {"model.safetensors": "w"}).items():
        (attempt.folder / name).write_text(text, encoding="utf-8")
    provenance = {"torch": "2.9.0", "transformers": "5.1.0", "python": "3.11.9", "machine": "x86_64"}
    store.commit(stage, attempt, invented_result(stage, result), 2.5, provenance)


def make(folder: Path, world: World, skip: Callable[[Cell], bool] = lambda cell: False) -> tuple[Plan, Store]:
    plan, store = make_plan(world), Store(folder / "store")
    fill(world, plan, store, skip)
    return plan, store


def with_own_scores(plan: Plan, store: Store, share_right: float = 0.8) -> tuple[Plan, Store]:
    """Add an evaluation of every intermediate checkpoint on its own task, so much of which is solved."""
    stages, own = dict(plan.stages), {}
    for cell in plan.cells:
        task, code = cell.intermediate, cell.arm
        if task is not None and code is not None:
            start = plan.labels[f"{cell.model}/{cell.condition}/s{cell.seed}"]
            spec, label = _evaluation(task, code, ("accuracy", "xtreme-2020")), f"{cell.model}/{cell.condition}/own"
            stage = Stage(spec=spec, parents=(start,), label=f"{label}/s{cell.seed}/{code}")
            stages[stage.key] = stage
            own[stage.key] = replace(cell, target=task, language=code, key=stage.key)
    tell = exactly(lambda cell, place: place < 20 * share_right)
    blank = World(num_examples=20)
    for key, cell in own.items():
        commit_cell(store, stages[key], tell(cell, predict(blank, cell)))
    return replace(plan, stages=stages, own_cells=tuple(own.values())), store


def compared(
    folder: Path,
    world: World,
    settings: Settings | None = None,
    skip: Callable[[Cell], bool] = lambda cell: False,
    **asked: Any,
) -> Comparison:
    """A world told, collected and compared; what is `asked` are keys of the study."""
    plan, store = make(folder, world, skip)
    return compare(collect(plan, store), plan.study.model_copy(update=asked), settings or QUICK)


def measured_half_widths(plan: Plan, store: Store) -> dict[tuple[Arm, str], float]:
    """Of every gain over all languages, by arm and target, what its table has; 100 points where nothing is tested."""
    rows = rows_of(collect(plan, store))
    tables, evidence = Tables(plan.study, rows), gather(rows, (), Settings(num_resamples=200, num_permutations=0))
    found = {}
    for column in (named.column for named in tables.columns if named.column.level == "all"):
        for gain in tables.gains:
            decision = estimate(evidence, column, gain).decision
            found[gain.arm, column.target] = 100.0 if math.isnan(decision.p) else (decision.high - decision.low) / 2
    return found


def pick(table: pd.DataFrame, **wanted: str) -> pd.Series:
    """The one row that has these values."""
    rows = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(rows) == 1, f"{len(rows)} rows have {wanted}"
    return rows.iloc[0]


def _training(task: str, arm: str, seed: int) -> FinetuneSpec:
    """On the arm's language; the control is English for other epochs, as if it were more of a target's own task."""
    language, num_epochs = ("en", 4) if arm == "control" else (arm, 3)
    return FinetuneSpec(train=_use(task, "train", language), dev=None, recipe=Recipe(num_epochs=num_epochs), seed=seed)


def _evaluation(target: str, language: str, scored: tuple[str, str]) -> EvaluateSpec:
    metric, definition = scored
    return EvaluateSpec(data=_use(target, "test", language), metric=metric, definition=definition, limits=Limits())


def _use(task: str, split: str, language: str) -> DataUse:
    content = f"files:{task}-{split}-{language}"
    return DataUse(task=task, split=split, language=language, content=content, family_version=1)


def _words(*names: str) -> list[int]:
    return [sum(ord(letter) * 31**place for place, letter in enumerate(name)) % 2**31 for name in names]
