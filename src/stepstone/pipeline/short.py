"""Stages cut short, of which each takes what a whole one takes but for its steps and examples."""

from __future__ import annotations

from stepstone.core.mixing import Amount, num_steps
from stepstone.core.result import FinetuneResult, MixtureResult
from stepstone.core.spec import EvaluateSpec, FinetuneSpec, PretrainSpec, Spec
from stepstone.core.specs.mixture import MixtureSpec
from stepstone.core.stage import Stage
from stepstone.store.record import Record


def is_short(stage: Stage) -> bool:
    """Whether a few steps of it can be taken from an encoder alone."""
    return isinstance(stage.spec, FinetuneSpec | MixtureSpec) and stage.spec.roles == ("checkpoint",)


def shorten(stage: Stage, parents: tuple[str, ...], steps: int, number: int) -> Stage:
    """The training with so many steps; its seed, which changes no time, makes it another stage."""
    spec, few = stage.spec, {"num_steps": steps, "average_last": 1}
    if isinstance(spec, PretrainSpec):
        pretraining = spec.model.pretraining.model_copy(update=few)
        model = spec.model.model_copy(update={"pretraining": pretraining, "seed": 1_000 + number})
        cut = spec.model_copy(update={"model": model})
        return Stage(spec=cut, parents=parents, label=stage.label, coordinates=stage.coordinates)
    assert isinstance(spec, FinetuneSpec | MixtureSpec)
    recipe = spec.recipe.model_copy(update=few)
    short = spec.model_copy(update={"recipe": recipe, "seed": 1_000 + number})
    return Stage(spec=short, parents=parents, label=stage.label, coordinates=stage.coordinates)


def score_few(stage: Stage, checkpoint: str, num: int, number: int) -> Stage:
    """An evaluation of so many examples, read off another checkpoint."""
    spec = stage.spec
    assert isinstance(spec, EvaluateSpec)
    # Equal numbers would be one stage.
    data = spec.data.model_copy(update={"num_examples": num})
    limits = spec.limits.model_copy(update={"num_best": spec.limits.num_best + number})
    few = spec.model_copy(update={"data": data, "limits": limits})
    return Stage(spec=few, parents=(checkpoint,), label=stage.label, coordinates=stage.coordinates)


def language_of(stage: Stage) -> str:
    """The language that an evaluation is in."""
    assert isinstance(stage.spec, EvaluateSpec)
    return stage.spec.data.language


def count_inputs(spec: Spec, record: Record) -> float | None:
    """Inputs that a whole training draws, by what a short one found in the data."""
    result = record.result
    if isinstance(spec, FinetuneSpec) and isinstance(result, FinetuneResult):
        return float(spec.recipe.steps(result.num_features) * spec.recipe.batch_size)
    if isinstance(spec, MixtureSpec) and isinstance(result, MixtureResult):
        found = [(one, result.portions[one.name]) for one in spec.portions if one.name in result.portions]
        amounts = [
            Amount(None if one.is_text else of.num_examples, one.share, one.batch_size, of.num_inputs)
            for one, of in found
        ]
        return float(num_steps(amounts, spec.mixing, spec.recipe) * spec.recipe.batch_size) if amounts else None
    return None
