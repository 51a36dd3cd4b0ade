"""What a study asks of its checkpoints beside the targets' scores: forgetting, alignment, earlier tasks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from stepstone.core.checked import Code
from stepstone.core.value import MAX_COUNT, Value

CheckpointRole = Literal["encoder", "intermediate", "target"]


def _table(given: Any) -> Any:
    """A task's name alone is a table with nothing else."""
    return {"task": given} if isinstance(given, str) else given


class TextProbe(Value):
    """The text that a probe reads, and in which languages."""

    task: str = Field(description="of running text, or for layers and alignment of translations")
    languages: tuple[Code, ...] | None = Field(None, min_length=1, description="none: those that targets are in")
    split: str | None = Field(None, description="none: test where the task has one, else train", examples=["dev"])
    num_examples: int | None = Field(1000, ge=1, description="drawn at random, the same for every checkpoint")


class PairProbe(TextProbe):
    """The translations that a probe reads, and in which languages."""

    num_examples: int | None = Field(None, ge=1, description="drawn at random, the same everywhere; none: all")


def _switched(given: Any) -> Any:
    """True is a table with nothing in it, false none."""
    return {} if given is True else None if given is False else given


class TextSimilarity(Value):
    """How texts of tasks are compared, to foresee which intermediate task helps a target."""

    num_examples: int = Field(500, ge=1, le=MAX_COUNT, description="of every task, drawn at random")
    layer: int | None = Field(
        None, ge=0, description="the hidden layer that is averaged, 0 the embeddings; none: the last", examples=[7]
    )


class Probes(Value):
    """What is read off which checkpoints."""

    mlm: Annotated[TextProbe | None, BeforeValidator(_table, json_schema_input_type=str | TextProbe | None)] = Field(
        None, description="running text, on which the loss of masked language modelling is measured"
    )
    layers: Annotated[PairProbe | None, BeforeValidator(_table, json_schema_input_type=str | PairProbe | None)] = Field(
        None, description="translations that are to be found, in every hidden layer", examples=["tatoeba"]
    )
    alignment: Annotated[PairProbe | None, BeforeValidator(_table, json_schema_input_type=str | PairProbe | None)] = (
        Field(
            None,
            description="translations whose alignment (MEXA) is measured, in every hidden layer",
            examples=["tatoeba"],
        )
    )
    earlier_tasks: bool = Field(
        False, description="score every task of a chain again after each later training that keeps its head"
    )
    text_similarity: Annotated[
        TextSimilarity | None, BeforeValidator(_switched, json_schema_input_type=bool | TextSimilarity | None)
    ] = Field(
        None,
        description="how alike the texts of intermediate tasks and of targets are to the encoder; true: as by default",
        examples=[True],
    )
    checkpoints: tuple[CheckpointRole, ...] = Field(
        ("encoder", "intermediate", "target"), min_length=1, description="the encoder, after hops, after targets"
    )

    @property
    def of_checkpoints(self) -> bool:
        """Whether checkpoints are read, and not the encoder alone."""
        return bool(self.mlm or self.layers or self.alignment or self.earlier_tasks)
