"""What a family is: how examples become inputs, what is minimised, and how outputs become predictions."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import torch
import transformers
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.family import ExampleT, FamilyDeclaration
from stepstone.core.recipe import Limits, Runtime
from stepstone.core.task import Task
from stepstone.learning.batch import Batch, Feature, cut_by_tokens
from stepstone.learning.budget import eval_tokens
from stepstone.learning.device import autocast
from stepstone.learning.encoder import Loaded, load_whole, with_new_head
from stepstone.learning.remembered import IdentityCache
from stepstone.learning.shortage import Shortage, TokenBudget, noticing

Prediction = dict[str, Any]
# What rules without learning predict: by a rule's name its rows, or its expected main score in percent.
Levels = dict[str, list[Prediction] | float]
HashableT = TypeVar("HashableT", bound=Hashable)
# Word pieces whose inputs a worker keeps: some 150 MB.
NUM_KEPT = 4_000_000


@dataclass(frozen=True)
class InferenceContext(Generic[ExampleT]):
    """How examples are read by a model: their task, its tokenizer, how texts are cut, how work is executed.

    `layer` is the hidden layer that sentence vectors come from; `tune` the examples a threshold is chosen on;
    `kept` is what a family may keep from one context of the model to the next.
    """

    task: Task
    tokenizer: PreTrainedTokenizerFast
    limits: Limits
    runtime: Runtime
    layer: int | None = None
    tune: Sequence[ExampleT] = ()
    kept: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Inputs:
    """The features of some examples, and how many examples lost what they are scored on when texts were cut."""

    features: list[Feature]
    num_cut: int


class Family(Generic[ExampleT]):
    """The behaviour that all tasks of one shape share, beside what is declared of it below torch."""

    declaration: ClassVar[FamilyDeclaration[Any]]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.declaration.name

    @property
    def auto_class(self) -> Any:
        """The transformers class that opens a checkpoint of this family."""
        return getattr(transformers, self.declaration.auto_class or "AutoModel")


class ScoredFamily(Family[ExampleT], ABC):
    """A family whose checkpoints are evaluated."""

    @abstractmethod
    def open(self, folder: Path, task: Task) -> PreTrainedModel:
        """The model of `folder`, for evaluation."""

    @abstractmethod
    def predict(
        self, model: nn.Module, examples: Sequence[ExampleT], context: InferenceContext[ExampleT]
    ) -> tuple[list[Prediction], int]:
        """Prediction rows, and the number of examples that cutting has harmed."""

    def join(self, examples: Sequence[ExampleT], everywhere: Sequence[ExampleT]) -> list[ExampleT]:
        """What is read for `examples` of one language where a target pools those of all languages."""
        raise NotImplementedError(f"{self.name} has no pool")

    def trivial(self, examples: Sequence[ExampleT], task: Task, language: str) -> Levels:
        """What rules that learn nothing would predict for these examples, whose golds are known; none by default."""
        return {}


class TrainableFamily(Family[ExampleT], ABC):
    """A family with something to minimise."""

    @abstractmethod
    def collate(self, features: Sequence[Feature], pad_id: int) -> Batch:
        """Padded tensors of features, with targets where every one of them has some."""

    @abstractmethod
    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """The summed loss of a batch, to be divided by the weights of its whole step."""


class TrainedFamily(TrainableFamily[ExampleT], ScoredFamily[ExampleT]):
    """A family with a head, which is trained and then evaluated."""

    def settings(self, task: Task) -> dict[str, Any]:
        """Configuration of the head: how many outputs it has, their names, and what kind of problem they answer."""
        return name_outputs(task.labels)

    def build(self, folder: Path, task: Task, seed: int, keep_head: bool = False) -> Loaded:
        """The model to train: the encoder of `folder` under a new head, or with the head that it has."""
        if keep_head:
            return load_whole(self.auto_class, folder, **self.settings(task))
        return with_new_head(self.auto_class, folder, seed, **self.settings(task))

    def open(self, folder: Path, task: Task) -> PreTrainedModel:
        """The trained model of `folder`, with its head."""
        return load_whole(self.auto_class, folder).model

    @abstractmethod
    def inputs(
        self, examples: Sequence[ExampleT], task: Task, tokenizer: PreTrainedTokenizerFast, limits: Limits
    ) -> Inputs:
        """Features of `examples`; an example may have several (windows, options)."""

    @abstractmethod
    def rows(
        self, examples: Sequence[ExampleT], task: Task, features: Sequence[Feature], outputs: list[Any], limits: Limits
    ) -> list[Prediction]:
        """Prediction rows in the order of `examples`, from one output per feature."""

    def outputs(self, model: nn.Module, batch: Batch) -> list[Any]:
        """What the model says of each feature of a batch: by default its logits, float32 [labels]."""
        return list(model(**batch.inputs).logits.float().cpu().numpy())

    def predict(
        self, model: nn.Module, examples: Sequence[ExampleT], context: InferenceContext[ExampleT]
    ) -> tuple[list[Prediction], int]:
        """Prediction rows in the order of `examples`, and the number of examples that cutting has harmed.

        Batches are cut from the features sorted by length; outputs return to their places, so that neither
        the order nor, beyond float noise, the numbers depend on the batch size.
        """
        inputs = self.inputs_again(examples, context.task, context.tokenizer, context.limits)
        outputs = forward(model, inputs.features, context, self.collate, self.outputs)
        rows = self.rows(examples, context.task, inputs.features, outputs, context.limits)
        return rows, inputs.num_cut

    def inputs_again(
        self, examples: Sequence[ExampleT], task: Task, tokenizer: PreTrainedTokenizerFast, limits: Limits
    ) -> Inputs:
        """The inputs of `examples`, made once for all trainings and evaluations of a worker that read them in a row.

        A study's own tasks are other objects in every job, so that a task is known by what it says.
        """
        return _INPUTS.get(
            [tokenizer.backend_tokenizer, *examples],
            (task.model_dump_json(), limits, tokenizer.model_max_length),
            lambda: self.inputs(examples, task, tokenizer, limits),
            lambda inputs: sum(map(len, inputs.features)),
        )


_INPUTS: IdentityCache[Inputs] = IdentityCache(NUM_KEPT)


@torch.inference_mode()
def forward(
    model: nn.Module,
    features: Sequence[Feature],
    context: InferenceContext[Any],
    collate: Callable[[Sequence[Feature], int], Batch],
    outputs: Callable[[nn.Module, Batch], Sequence[Any]],
) -> list[Any]:
    """One output per feature, in the order of `features`."""
    model.eval()
    device = next(model.parameters()).device
    found: list[Any] = [None] * len(features)
    budget = TokenBudget(eval_tokens(context.runtime, device), logging.getLogger("stepstone").warning)
    cuts = _cut(features, range(len(features)), budget.tokens)
    while cuts:
        said: Sequence[Any] | None = None
        with suppress(Shortage), noticing(), autocast(device, context.limits.precision):
            batch = collate([features[place] for place in cuts[0]], context.tokenizer.pad_token_id).to(device)
            said = outputs(model, batch)
        if said is None:
            budget.halve(max(len(features[place]) for place in cuts[0]))
            cuts = _cut(features, [place for cut in cuts for place in cut], budget.tokens)
            continue
        for place, output in zip(cuts.popleft(), said, strict=True):
            found[place] = output
    return found


def _cut(features: Sequence[Feature], places: Sequence[int], budget: int) -> deque[list[int]]:
    """The features at these places, in passes of at most so many padded word pieces."""
    cuts = cut_by_tokens([len(features[place]) for place in places], budget)
    return deque([places[position] for position in cut] for cut in cuts)


def find_family(declaration: FamilyDeclaration[Any]) -> Family[Any]:
    """The behaviour with tensors of a declared family.

    Raises:
        UserError: its module cannot be imported, or holds no `family`.
    """
    name = declaration.tensors or f"stepstone.families.{declaration.name}"
    try:
        family = import_module(name).family
    except (ImportError, AttributeError) as error:
        remedy = f"name the module that holds it: tensors, in the declaration of {declaration.name}"
        raise UserError(f"the tensors of family {declaration.name}: {error}", where=name, remedy=remedy) from error
    assert isinstance(family, Family)
    return family


def row_of(example: Example, prediction: Any, gold: Any) -> Prediction:
    """A prediction as it is kept."""
    return {"id": example.id, "prediction": prediction, "gold": gold, "cluster": getattr(example, "cluster", "")}


def most_frequent(values: Iterable[HashableT]) -> HashableT:
    """The value that occurs most often; of equal ones the first to occur."""
    return Counter(values).most_common(1)[0][0]


def name_outputs(labels: Sequence[str], problem_type: str | None = None) -> dict[str, Any]:
    """A head's part of a config. All of it is always set: a checkpoint's parent may have had another head."""
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        "problem_type": problem_type,
    }


def labels_of(features: Sequence[Feature], kind: type = np.int64) -> dict[str, torch.Tensor]:
    """The `label` of every feature as a tensor [batch], or nothing where one of them has none."""
    values = [feature.fields.get("label") for feature in features]
    if any(value is None for value in values):
        return {}
    return {"labels": torch.from_numpy(np.array(values, dtype=kind))}
