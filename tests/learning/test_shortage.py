"""Memory that runs short halves the passes: the gradient is the same, and so is what is predicted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from learning_lesson import RECIPE, TASK, equal, lesson
from stepstone.core.errors import UserError
from stepstone.core.example import TextExample
from stepstone.core.recipe import Runtime
from stepstone.families.classification import family
from stepstone.families.family import InferenceContext
from stepstone.learning.batch import Batch
from stepstone.learning.loop import Trainer
from stepstone.learning.objective import SingleObjective
from stepstone.learning.progress import TrainingContext
from stepstone.learning.shortage import Shortage, TokenBudget, noticing
from stepstone.learning.tokenizer import load_tokenizer
from tiny import sentences

pytestmark = pytest.mark.trains


class Small:
    """A device that holds passes of at most so many padded word pieces, but for the first of a step."""

    def __init__(self, most: int, *, spare_first: bool) -> None:
        self.most, self.spare_first, self.num_refused, self.num_passes = most, spare_first, 0, 0

    def hold(self, batch: Batch) -> None:
        self.num_passes += 1
        if batch.inputs["input_ids"].numel() > self.most and (self.num_passes > 1 or not self.spare_first):
            self.num_refused += 1
            self.num_passes = 0
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def train(tiny: Path, folder: Path, small: Small | None, tokens: int) -> tuple[nn.Module, list[dict[str, Any]]]:
    plain, said = lesson(tiny), list[dict[str, Any]]()

    def loss(model: nn.Module, batch: Batch) -> torch.Tensor:
        if small is not None:
            small.hold(batch)
        return plain.loss(model, batch)

    objective = SingleObjective(plain.draw, plain.num_steps, plain.collate, loss, None)
    context = TrainingContext(Runtime(device="cpu", train_tokens=tokens), folder, report=said.append)
    model = family.build(tiny, TASK, seed=1).model
    Trainer(model, objective, RECIPE, 1, context).run()
    return model, [event for event in said if event["event"] == "note"]


@pytest.mark.parametrize("spare_first", [False, True])
def test_a_training_goes_on_with_halves_and_has_the_weights_of_one_that_began_with_them(
    tiny: Path, tmp_path: Path, spare_first: bool
) -> None:
    small = Small(64, spare_first=spare_first)
    found, notes = train(tiny, tmp_path / "short", small, 256)
    assert small.num_refused == 2 == len(notes) and "at most 64 word pieces" in notes[-1]["message"]
    expected, notes = train(tiny, tmp_path / "plain", None, 64)
    assert equal(found, expected) and not notes


def test_what_does_not_fit_alone_is_refused_with_what_helps(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"memory is short for a single input of .* word pieces") as refused:
        train(tiny, tmp_path / "never", Small(1, spare_first=False), 256)
    assert "max_length" in str(refused.value)


def test_predictions_are_those_of_smaller_passes(tiny: Path) -> None:
    tokenizer, model = load_tokenizer(tiny), family.build(tiny, TASK, seed=1).model
    examples = [TextExample(str(place), text, None, "other") for place, text in enumerate(sentences())]

    def predict(tokens: int) -> list[dict[str, Any]]:
        runtime = Runtime(device="cpu", eval_tokens=tokens)
        return family.predict(model, examples, InferenceContext(TASK, tokenizer, RECIPE.limits(), runtime))[0]

    expected, passes = predict(64), list[int]()
    plain = model.forward

    def short(*args: Any, **inputs: Any) -> Any:
        passes.append(inputs["input_ids"].numel())
        if passes[-1] > 64:
            raise RuntimeError(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            )
        return plain(*args, **inputs)

    model.forward = short
    assert predict(512) == expected and max(passes) > 64 and passes[-1] <= 64


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="shapes"), noticing():
        raise RuntimeError("shapes do not fit")
    with pytest.raises(Shortage), noticing():
        raise MemoryError
    budget = TokenBudget(100, print)
    budget.halve(longest=70)
    assert budget.tokens == 70
    with pytest.raises(UserError):
        budget.halve(longest=70)
