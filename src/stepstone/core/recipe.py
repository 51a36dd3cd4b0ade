"""Recipes (identity: what changes numbers) and runtimes (execution: what must not), kept apart by type."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo

from stepstone.core.adaptation import Adaptation
from stepstone.core.device import DEVICES, MAX_DEVICES, check_device
from stepstone.core.errors import UserError
from stepstone.core.value import MAX_COUNT, Value

# A mixture draws what its steps are of at once.
MAX_STEPS = 10_000_000

Precision = Literal["fp32", "bf16"]
Selection = Literal["source-dev", "last"]
SelectionMetric = Literal["acc_and_f1", "macro_f1", "mcc"]


class Limits(Value):
    """How texts are cut for the encoder and answers are read off it; part of every evaluation's identity."""

    max_length: int = Field(256, ge=8, le=MAX_COUNT, description="word pieces of one input, special ones included")
    doc_stride: int = Field(128, ge=1, le=MAX_COUNT, description="word pieces from the start of a window to the next")
    max_query_length: int = Field(
        64,
        ge=1,
        le=MAX_COUNT,
        description="word pieces of a question; half of what there is, where it would leave none to its context",
    )
    num_best: int = Field(20, ge=1, le=10_000, description="candidate spans kept per window")
    max_answer_length: int = Field(30, ge=1, le=MAX_COUNT, description="word pieces of an answer")
    precision: Precision = Field("fp32", description="bf16: autocast matrix products to bfloat16")
    question_side: Literal["option", "context"] = Field(
        "option", description="choice: the text that the question is joined to, of context and option"
    )
    truncation_side: Literal["right", "left"] = Field(
        "right", description="choice: the end that a text loses where context and option are too long together"
    )


class Recipe(Limits, Adaptation):
    """How a model is fine-tuned. Defaults are those of the XTREME scripts for XLM-R Large."""

    learning_rate: float = Field(
        1e-05, gt=0, le=10, description="the highest, after warming up; it falls to 0 in a line"
    )
    batch_size: int = Field(32, ge=1, le=1_000_000, description="examples per optimiser step, drawn at random")
    num_epochs: float = Field(2.0, gt=0, le=1_000_000, description="passes over the training examples")
    num_steps: int | None = Field(
        None, ge=1, le=MAX_STEPS, description="optimiser steps; overrides num_epochs", examples=[5000]
    )
    warmup_ratio: float = Field(0.1, ge=0, lt=1, description="share of steps in which the learning rate rises")
    weight_decay: float = Field(0.01, ge=0, le=100, description="not on biases and LayerNorm weights")
    adam_beta1: float = Field(0.9, ge=0, lt=1, description="decay of the mean of gradients")
    adam_beta2: float = Field(0.999, ge=0, lt=1, description="decay of the mean of squared gradients")
    adam_epsilon: float = Field(1e-08, gt=0, le=1, description="added to the root of that mean")
    clip_norm: float = Field(1.0, gt=0, le=1e30, description="gradient norm, clipped once per step")
    eval_precision: Precision | None = Field(
        None, description="of evaluations and looks at dev; none: that of training", examples=["fp32"]
    )
    eval_every: int = Field(1000, ge=1, le=MAX_COUNT, description="optimiser steps between two looks at the dev set")
    patience: int = Field(30, ge=1, le=MAX_COUNT, description="looks without improvement before training stops")
    selection: Selection = Field("source-dev", description="the checkpoint kept: best on source dev, or last")
    average_last: int = Field(
        1,
        ge=1,
        le=MAX_COUNT,
        description='with selection = "last": the mean of the weights at so many last looks, eval_every apart',
    )
    selection_examples: int | None = Field(
        None, ge=1, le=MAX_COUNT, description="the first so many of source dev choose; none: all"
    )
    selection_metric: SelectionMetric | None = Field(
        None,
        description="by which source dev chooses, in families that have it; none: the task's own score",
        examples=["macro_f1"],
    )

    def steps(self, num_examples: int) -> int:
        """Optimiser steps on so many examples: as declared, or enough for `num_epochs` passes.

        >>> Recipe(batch_size=8).steps(100), Recipe(batch_size=8, num_steps=9).steps(100)
        (25, 9)
        """
        if self.num_steps is not None:
            return self.num_steps
        return max(1, math.ceil(self.num_epochs * num_examples / self.batch_size))

    def average_mistake(self, num_steps: int) -> tuple[str, str] | None:
        """Why a training of so many steps has not as many looks as are to be averaged, and the remedy."""
        if num_steps - (self.average_last - 1) * self.eval_every >= 1:
            return None
        most = (num_steps - 1) // (self.average_last - 1)
        return (
            f"average_last = {self.average_last} looks, {self.eval_every} steps apart, do not fit into a training "
            f"of {num_steps} steps",
            f"set eval_every = {most} or less in its recipe" if most else "average fewer",
        )

    def shortened(self, num_steps: int) -> Self:
        """The same for so few steps, at the last of which nothing is averaged."""
        return self.model_copy(update={"num_steps": num_steps, "average_last": 1})

    def without_looks(self) -> Self:
        """The same of a training that reads no dev set: in whatever precision it is evaluated, it is one training."""
        return self.model_copy(update={"eval_precision": None})

    def conflicts(self) -> Iterator[str]:
        """Fields that do not go together."""
        yield from super().conflicts()
        if self.average_last > 1 and self.selection != "last":
            yield 'average_last: goes with selection = "last", for no checkpoint is chosen'
        if self.average_last > 1 and self.lora_rank:
            yield "average_last: averages weights, and adapters are factors of weights; leave out one of them"

    def limits(self) -> Limits:
        """The part of the recipe that inference needs, in its own precision."""
        held = {name: getattr(self, name) for name in Limits.model_fields}
        return Limits(**held | {"precision": self.eval_precision or self.precision})


class PretrainRecipe(Recipe):
    """How an encoder is pretrained from scratch by masked and translation language modelling."""

    learning_rate: float = Field(0.001, gt=0, le=10, description="the highest, after warming up")
    warmup_ratio: float = Field(0.06, ge=0, lt=1, description="share of steps in which the learning rate rises")
    adam_beta2: float = Field(0.98, ge=0, lt=1, description="decay of the mean of squared gradients")
    adam_epsilon: float = Field(1e-06, gt=0, le=1, description="added to the root of that mean")
    selection: Selection = Field("last", description="the checkpoint kept: there is no dev set to choose by")
    mlm_probability: float = Field(0.15, gt=0, lt=1, description="share of word pieces that are predicted")
    translation_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of inputs that hold a text and its translation, where there is one",
    )
    language_temperature: float = Field(
        0.3, gt=0, le=1, description="languages are drawn in proportion to size to this power (XLM-R: 0.3)"
    )


def _check_shard(shard: bool, given: ValidationInfo) -> bool:
    if shard and given.data.get("num_devices") == 1:
        raise UserError(
            "there is nothing to divide a model among", where="--shard", remedy="give --devices-per-job 2 or more"
        )
    return shard


class Runtime(Value):
    """How work is executed. Nothing here may change a key or, beyond float noise, a number."""

    device: Annotated[str, AfterValidator(check_device)] = Field("auto", description=DEVICES)
    num_threads: int = Field(1, ge=1, description="threads of one worker")
    num_devices: int = Field(1, ge=1, le=MAX_DEVICES, description="that a training is shared by, one process each")
    shard: Annotated[bool, AfterValidator(_check_shard)] = Field(
        False, description="whether each of several devices holds but a part of the model"
    )
    train_tokens: int | None = Field(
        None, ge=1, description="padded word pieces of one training micro-batch; none: what suits the device"
    )
    eval_tokens: int | None = Field(
        None, ge=1, description="padded word pieces of one evaluation batch; none: what suits the device"
    )
    save_seconds: float = Field(60.0, ge=0, description="seconds between two resume points, or more: see save_share")
    save_share: float = Field(0.03, gt=0, le=1, description="share of a training's time that saving may take")
