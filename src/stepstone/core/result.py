"""What stages return: one frozen class per kind, in which a number that is not finite stands as None."""

from __future__ import annotations

import math
from typing import Any, Self

from pydantic import Field, model_validator

from stepstone.core.value import Value


def _finite(value: Any) -> Any:
    """JSON has no number that is not finite (a diverged loss): None takes its place."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class Measured(Value):
    """What was measured: None stands where a number is not finite."""

    @model_validator(mode="before")
    @classmethod
    def _only_json(cls, given: Any) -> Any:
        return _finite(given)


class Scores(Measured):
    """The metrics of one task in one language, in percent, under one named definition."""

    metric: str
    definition: str
    main: str
    values: dict[str, float | None] = Field(description="None: not a number")
    num_examples: int

    @model_validator(mode="after")
    def _has_main(self) -> Self:
        if self.main not in self.values:
            raise ValueError(f'the main score "{self.main}" is not among the values')
        return self

    @property
    def value(self) -> float:
        """The value that a table shows; NaN where it is not a number."""
        found = self.values[self.main]
        return math.nan if found is None else found


class Skipped(Value):
    """Lines and rows of a split that hold no example, by what they are ("comment lines")."""

    task: str
    split: str
    language: str
    counts: dict[str, int]


class ReadAs(Value):
    """How the files of a split were read where they leave it open, in sentences ("option numbers count from 1")."""

    task: str
    split: str
    language: str
    said: tuple[str, ...]


class Result(Measured):
    """What a run of a stage returns besides its files."""

    skipped: tuple[Skipped, ...] = Field((), description="of the data that it read; empty: nothing, or not recorded")
    read_as: tuple[ReadAs, ...] = Field((), description="the data that it read; empty: files left nothing open")

    @property
    def score(self) -> float | None:
        """The value that a display shows when the stage is done; None where it has none."""
        return None

    def read_off_from(self, weights: dict[str, str]) -> Self:
        """The same with the digests of the weights that it was read off, for kinds that note it."""
        return self


Curve = tuple[tuple[int, float | None], ...]


class PretrainedResult(Result):
    """An encoder taken as it is: `heads` are the families that its architecture has a head for."""

    num_parameters: int
    num_positions: int | None = Field(None, description="word pieces that it can place; None: any, or not recorded")
    heads: tuple[str, ...] | None = Field(None, description="None: not recorded")
    num_layers: int | None = Field(None, description="0: no stack of layers; None: not recorded")
    linear_layers: tuple[str, ...] = Field((), description="names of those within a layer")
    has_language_model: bool | None = Field(
        None, description="whether it has its pretraining's head; None: not recorded"
    )
    has_mask_token: bool | None = Field(None, description="whether its tokenizer names one; None: not recorded")
    weights: dict[str, Any] = {}


class TrainingResult(Result):
    """What every training returns: `losses` by step, `flags` of a loss that is not finite."""

    num_steps: int
    num_tokens: int
    num_trained: int | None = Field(
        None, description="weights that were trained, adapters before they were merged; None: not recorded"
    )
    averaged: tuple[int, ...] = Field((), description="steps whose weights were averaged; none: they were not")
    losses: Curve = ()
    flags: tuple[str, ...] = ()


class PretrainResult(TrainingResult):
    """An encoder trained from scratch."""

    num_parameters: int
    num_sentences: int


# Percent of unknown pieces above which a reader is to know of them.
UNKNOWN_SHARE = 1.0


class Pieces(Value):
    """Word pieces of a data set's texts and how many the tokenizer does not know; of a large set a sample's.

    `words` are parted by blanks, `characters` are none.
    """

    unknown: int
    of: int
    words: int | None = Field(None, description="of the same texts; None: not recorded")
    characters: int | None = Field(None, description="of the same texts; None: not recorded")

    @property
    def share(self) -> float:
        """The unknown ones in percent; 0 of none."""
        return 100.0 * self.unknown / max(1, self.of)


class FinetuneResult(TrainingResult):
    """A fine-tuned checkpoint; `dev` are the scores on source dev by step, in percent."""

    num_examples: int
    num_features: int
    num_cut: int
    pieces: Pieces | None = Field(None, description="of its training data; None: not recorded")
    best_step: int | None = None
    dev: Curve = ()
    weights: dict[str, Any] = {}


class PortionResult(Value):
    """What really happened to a portion of a mixture.

    `num_inputs` are the features of its examples, `num_drawn` how many were trained on, `num_passes` how often each of
    them on average; `norms` are Euclidean norms of its gradient, before clipping, in single steps.
    """

    rate: float = Field(description="declared: of all inputs, or of all steps where each is one portion's")
    num_examples: int
    num_inputs: int
    num_cut: int
    num_drawn: int
    num_steps: int
    num_tokens: int
    pieces: Pieces | None = None
    losses: Curve = ()
    norms: Curve = ()
    dev: Curve = ()

    @property
    def num_passes(self) -> float:
        """How often each of its inputs was trained on, on average."""
        return self.num_drawn / max(1, self.num_inputs)


class MixtureResult(TrainingResult):
    """A checkpoint with several heads; `portions` by name, `dev` the scores that chose a step, in percent."""

    portions: dict[str, PortionResult]
    best_step: int | None = None
    dev: Curve = ()
    weights: dict[str, Any] = {}

    @property
    def num_examples(self) -> int:
        """Labelled examples and sentences of all portions."""
        return sum(one.num_examples for one in self.portions.values())


class Truncated(Value):
    """How many of some examples lost what they are scored on when texts were cut."""

    examples: int
    of: int


class EvaluateResult(Result):
    """The scores of kept predictions; `trivial` are those of rules that learn nothing, in percent."""

    scores: Scores
    other_scores: tuple[Scores, ...] = Field((), description="under the metric's other definitions")
    trivial: dict[str, float]
    truncated: Truncated
    pieces: Pieces | None = Field(None, description="of its examples; None: not recorded")
    seconds_per_example: float
    read_off: dict[str, str] = Field({}, description="digests of the weights of the checkpoint")

    @property
    def score(self) -> float | None:
        """The main score in percent."""
        return self.scores.values[self.scores.main]

    def read_off_from(self, weights: dict[str, str]) -> Self:
        """The same with the digests of the weights."""
        return self.model_copy(update={"read_off": weights})
