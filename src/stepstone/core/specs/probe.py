"""Probes: what is read off a checkpoint beside the scores of targets, as specs, and what their stages return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from stepstone.core.recipe import Limits
from stepstone.core.result import PretrainedResult, Result
from stepstone.core.spec import Spec
from stepstone.core.uses import DataUse, NamedTask


class MlmProbeResult(Result):
    """How well hidden word pieces of a text are predicted: `loss` in nats per piece, the mean over `num_pieces`."""

    loss: float | None = Field(description="None: not a number")
    num_pieces: int
    num_examples: int

    @property
    def score(self) -> float | None:
        """The loss."""
        return self.loss


class LayerProbeResult(Result):
    """How well translations find each other in every hidden layer, in percent, the embeddings (0) first."""

    retrieval: tuple[float, ...] = Field(description="score of the task's own metric")
    alignment: tuple[float, ...] = Field(description="MEXA: pairs nearer to each other than to all other sentences")
    num_examples: int
    num_cut: int

    @property
    def score(self) -> float | None:
        """The best layer's retrieval."""
        return max(self.retrieval)


class ProbeSpec(Spec):
    """What a checkpoint keeps of its encoder's abilities, read on text of one language."""

    makes_checkpoint: ClassVar[bool] = False

    data: DataUse
    limits: Limits

    def uses(self) -> tuple[DataUse, ...]:
        """Its text."""
        return (self.data,)

    def tasks(self) -> tuple[NamedTask, ...]:
        """Whose text it is."""
        return (NamedTask(self.data.task, "probing"),)

    @property
    def max_length(self) -> int:
        """That of its limits."""
        return self.limits.max_length


class MlmProbeSpec(ProbeSpec):
    """The loss of masked language modelling.

    Fine-tuning drops the language-model head, so the checkpoint's encoder is read under the head of the `encoder` that
    it goes back to; a mixture with running text has trained one of its own.
    """

    kind: ClassVar[str] = "mlm_probe"
    result: ClassVar[type[Result]] = MlmProbeResult
    parents: ClassVar[tuple[str, ...]] = ("checkpoint", "encoder")
    reads_language_model: ClassVar[bool] = True

    mlm_probability: float = Field(0.15, gt=0, lt=1, description="share of word pieces that are predicted")
    head: str = Field("", description="that of a mixture which is read in place of the encoder's")


class LayerProbeSpec(ProbeSpec):
    """Retrieval and alignment of translations in every hidden layer, from one pass over the sentences."""

    kind: ClassVar[str] = "layer_probe"
    result: ClassVar[type[Result]] = LayerProbeResult

    metric: str
    definition: str


class TextVectorResult(Result):
    """The mean of a task's texts as an encoder represents them, `[hidden]`."""

    vector: tuple[float, ...]
    num_examples: int
    num_cut: int


class TextVectorSpec(ProbeSpec):
    """Of each text the mean over all pieces of one hidden layer, and the mean of these over the texts of a task."""

    kind: ClassVar[str] = "text_vector"
    result: ClassVar[type[Result]] = TextVectorResult
    refit: ClassVar[str] = "give probes.text_similarity a layer that it has"

    layer: int | None = Field(None, description="0: the embeddings; None: the last")

    def find_misfits(self, encoder: PretrainedResult) -> Iterator[str]:
        """A layer that its encoder does not have."""
        if self.layer is not None and encoder.num_layers and self.layer > encoder.num_layers:
            yield f"probes.text_similarity: layer {self.layer} of {encoder.num_layers} is asked for"
