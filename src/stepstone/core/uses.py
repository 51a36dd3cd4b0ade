"""What a stage reads, as its spec says it: splits of tasks, what each task is for, and what became of what was read."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from stepstone.core.result import Pieces
from stepstone.core.value import Value


class DataUse(Value):
    """Which examples a stage reads: one split of a task in one language, or the first `num_examples` drawn from it."""

    task: str
    split: str
    language: str
    content: str = Field(description="hub revision, or digest of the local files, or the lab's version and seed")
    family_version: int
    reading: int = Field(1, description="counts changes of how the task's rows are read")
    labels: tuple[str, ...] = ()
    num_examples: int | None = Field(None, description="drawn at random by the stage's seed; None: all")
    made_by: str = Field("", description="role of the parent that makes these examples; empty: they lie ready")


class NamedTask(NamedTuple):
    """A task that a stage reads, and what for: pretraining, training, choosing a step, scoring."""

    task: str
    purpose: str


class TrainedOn(NamedTuple):
    """Data that a stage trains on: a split, or running text of several languages, and what is said of how."""

    data: tuple[DataUse, ...]
    how: str = ""
    is_text: bool = False


class DataRead(NamedTuple):
    """What a run made of data that it read: one split, or running text of several languages.

    Attributes:
        data: what was read.
        num_examples: how many were read.
        num_cut: those that lost what they are trained on or scored by when texts were cut.
        pieces: of their texts; None: not recorded.
        is_trained_on: whether a checkpoint was trained on it; else it was scored.
        is_text: whether it is running text.
    """

    data: tuple[DataUse, ...]
    num_examples: int
    num_cut: int
    pieces: Pieces | None
    is_trained_on: bool = True
    is_text: bool = False
