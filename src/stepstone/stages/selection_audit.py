"""A target's training once more: at every look all dev and test sets are scored, and nothing but the scores is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from stepstone.core.recipe import Limits, Recipe
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.selection_audit import SelectionAuditResult, SelectionAuditSpec
from stepstone.core.uses import DataUse
from stepstone.families.family import InferenceContext
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import DevScore
from stepstone.learning.progress import Progress
from stepstone.scoring.definitions import Scorer, scorer
from stepstone.scoring.precision import standard_error
from stepstone.stages.context import StageContext
from stepstone.stages.exam import EvaluationSet
from stepstone.stages.finetune import PreparedTraining, prepare
from stepstone.stages.labels import is_open
from stepstone.stages.read import read_examples
from stepstone.stages.selection import judge_of, judged

NUM_AVERAGED = 3
ERROR, TARGET_DEV, TRANSLATED_DEV, TEST = "error", "target_dev", "translated_dev", "test"
# A set that is scored at every look: what it is for, and its language.
SetName = tuple[str, str]


def run(spec: SelectionAuditSpec, folder: Path, context: StageContext) -> SelectionAuditResult:
    """Train as `spec.finetune` says; the mean of the last weights is scored at the end."""
    made = prepare(spec.finetune, context)
    assert made.dev is not None, "planned where source dev chooses"
    source, model = made.dev, made.loaded.model
    exams = dict(_exams(spec, made, context))

    def look(model: nn.Module) -> DevScore:
        rows = source.rows(model)
        error = standard_error(source.judge, rows, source.language)
        scores = {_name(*place): exam.score(model) for place, exam in exams.items()}
        return DevScore(source.value(rows), {ERROR: error, **scores})

    recipe = averaging(spec.finetune.recipe, made.objective.num_steps)
    objective = replace(made.objective, dev=look)
    progress = Trainer(model, objective, recipe, spec.finetune.seed, context.training()).run()
    is_averaged = len(progress.averaged) == recipe.average_last > 1
    tests = {language: exam for (what, language), exam in exams.items() if what == TEST and is_averaged}
    average = {language: exam.score(model) for language, exam in tests.items()}
    made.adapted.merge()
    table = {"looks": list(_looks(progress, exams)), "average": average, "num_dev": len(source.examples)}
    return SelectionAuditResult(**table, best_step=progress.best_step, **progress.account())


def averaging(recipe: Recipe, num_steps: int) -> Recipe:
    """The recipe that ends with the mean of the weights at its last looks, at most `NUM_AVERAGED`.

    No gradient depends on what is kept in the end, so the training is the same. Adapters are factors of weights: of
    these no mean is taken.
    """
    num = 1 if recipe.lora_rank else min(NUM_AVERAGED, 1 + (num_steps - 1) // recipe.eval_every)
    return recipe.model_copy(update={"selection": "last", "average_last": num})


def _exams(
    spec: SelectionAuditSpec, made: PreparedTraining, context: StageContext
) -> Iterator[tuple[SetName, EvaluationSet]]:
    """Target dev is judged as the test set in its language is, a translation of source dev as source dev itself."""
    tests = {one.data.language: one for one in spec.tests}
    for language, one in tests.items():
        yield (TEST, language), _exam(one.data, one.limits, _judge(one), made, context)
    for use in spec.target_dev:
        one = tests[use.language]
        yield (TARGET_DEV, use.language), _exam(use, one.limits, _judge(one), made, context)
    recipe = spec.finetune.recipe
    for use in spec.translated_dev:
        judge = judge_of(context.catalogue.task(use.task), recipe)
        exam = _exam(use, recipe.limits(), judge, made, context)
        yield (TRANSLATED_DEV, use.language), replace(exam, examples=judged(list(exam.examples), recipe))


def _judge(one: EvaluateSpec) -> Scorer:
    return scorer(one.metric, one.definition)


def _exam(use: DataUse, limits: Limits, judge: Scorer, made: PreparedTraining, context: StageContext) -> EvaluationSet:
    task = context.catalogue.task(use.task)
    if is_open(task):
        task = task.model_copy(update={"labels": made.task.labels})
    # As an evaluation does, a sample is drawn from seed 0.
    examples = read_examples(use, task, context, seed=0)
    reading: InferenceContext[Any] = InferenceContext(task, made.tokenizer, limits, context.runtime)
    return EvaluationSet(use.language, judge, examples, made.family, reading)


def _looks(progress: Progress, exams: Mapping[SetName, EvaluationSet]) -> Iterator[dict[str, Any]]:
    for (step, source_dev), (_, noted) in zip(progress.dev, progress.dev_portions, strict=True):
        found: dict[str, Any] = {"step": step, "source_dev": source_dev, "error": noted[ERROR]}
        for what, language in exams:
            found.setdefault(what, {})[language] = noted[_name(what, language)]
        yield found


def _name(what: str, language: str) -> str:
    """What a score is noted under while training goes on."""
    return f"{what} {language}"
