"""A family of tasks, declared below torch: the shape of its examples, and all that is asked of it elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from stepstone.core.example import Example

ExampleT = TypeVar("ExampleT", bound=Example)


@dataclass(frozen=True)
class Suggestion:
    """An intermediate that is suggested for a target: its name, its tasks by language, examples of each."""

    name: str
    tasks: Mapping[str, str]
    num_examples: int


@dataclass(frozen=True, kw_only=True)
class OwnFields(Generic[ExampleT]):
    """What a study's own task of a family may declare.

    Attributes:
        required: fields that every row has; a field's column has its name unless the study names another.
        optional: fields that are read where the study names their column.
        metrics: by metric whose rules count it usually; the first is the usual metric.
        of_labels: the labels that a metric is of, where it is not of any.
        read: an example from the cells of a row (`catalogue.cells.Cells`).
        settle: how all rows of a file are read, in words, from their cells; None: each row says it by itself.
        reading: counts changes of what rows are read as; it is part of the identity of an own task's data.
        score: metric and definition where the study names none, from its table and languages; None: the first metric.
        labels: whether a study names labels: of the head's outputs, of a row's options, or not at all.
        fewest_labels: how many it must name.
        setting: the key of a `[task.NAME]` table that is for this family alone.
        layouts: file formats that hold this family alone.
        by_ending: what a file is by its ending, where the study names no columns and no format.
        suggestion: the intermediate that a drafted study tries.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    metrics: Mapping[str, str]
    read: Callable[[Any], ExampleT]
    of_labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settle: Callable[[Any], str] | None = None
    reading: int = 1
    score: Callable[[Any, set[str]], tuple[str, str]] | None = None
    labels: Literal["outputs", "options", "none"] = "none"
    fewest_labels: int = 0
    setting: str | None = None
    layouts: tuple[str, ...] = ()
    by_ending: Mapping[str, str]
    suggestion: Suggestion


@dataclass(frozen=True, kw_only=True)
class FamilyDeclaration(Generic[ExampleT]):
    """One family. Its tensors are a module of their own, which only stages import.

    Attributes:
        name: of the family and of both its modules.
        example: the class of its examples.
        auto_class: the transformers class of its checkpoints; None: representations are compared, without a head.
        pipeline_tag: what the hub calls it.
        is_labelled: whether it has golds to be trained on and scored by; running text has none.
        version: counts changes of behaviour that change numbers; it is part of every key that uses the family.
        reads_dev: whether an evaluation chooses a threshold on dev data.
        has_windows: whether an example may become several features.
        has_open_labels: whether a task may leave its labels to its training data.
        has_own_labels: whether every task of it has labels that must all occur.
        usage: Python that asks a checkpoint, with `{max_length}` and other limits as fields.
        usage_note: what these lines leave out.
        own: what a study's own task of it may declare; None: a study cannot have one.
        translated: fields of an example that hold text in its language, which a translator puts into another; none:
            what is asked of it lies between languages, or is its words themselves.
        projection: how an example's gold is found again in a translation: it is a label, spans of a text, or tags.
        prompts: texts that a benchmark puts in one language everywhere, which no translator touches.
        tensors: the module that holds its behaviour with tensors as `family`, by a name that may begin with a dot, as
            in an import statement; empty: `stepstone.families.<name>`.
    """

    name: str
    example: type[ExampleT]
    auto_class: str | None = None
    pipeline_tag: str = "feature-extraction"
    is_labelled: bool = True
    version: int = 1
    reads_dev: bool = False
    has_windows: bool = False
    has_open_labels: bool = False
    has_own_labels: bool = False
    usage: str = ""
    usage_note: str = ""
    own: OwnFields[ExampleT] | None = None
    translated: tuple[str, ...] = ()
    projection: Literal["label", "spans", "tags"] = "label"
    prompts: frozenset[str] = frozenset()
    tensors: str = ""

    @property
    def is_trained(self) -> bool:
        """Whether a target of it needs a head that is fine-tuned."""
        return self.is_labelled and self.auto_class is not None
