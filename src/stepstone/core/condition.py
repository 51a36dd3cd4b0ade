"""A condition: the hops that one arm of a study takes before its targets, and the factors that set it apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from stepstone.core.task import Task

BASELINE = "none"  # the label of the arm without an intermediate task
CONTROL = "control"  # in place of a language: more of the target's own task instead


@dataclass(frozen=True)
class Hop:
    """One fine-tuning: a task in a language, how much of it, and what the study's entry changes in the recipe.

    `at_most`: a language that has fewer examples gives what it has.
    """

    name: str
    task: Task
    language: str
    num_examples: int | None
    patch: dict[str, Any]
    keep_head: bool = False
    at_most: bool = False


@dataclass(frozen=True)
class Condition:
    """One arm, by its factors; without an intermediate it is the baseline.

    Attributes:
        intermediate: the name of the intermediate task in the study.
        language: the language that it is trained in; None for a control.
        hops: its trainings in turn. A control has none of its own, for they differ by target.
        beside: the arms whose number of steps a control takes.
    """

    intermediate: str | None = None
    language: str | None = None
    hops: tuple[Hop, ...] = ()
    beside: tuple[Condition, ...] = field(default=(), repr=False)

    @property
    def is_control(self) -> bool:
        """Whether it is trained on more of each target's own task."""
        return self.intermediate is not None and self.language is None

    @property
    def label(self) -> str:
        """What it is called in labels and tables."""
        return label_of(self.intermediate, self.factors["intermediate_language"])

    @property
    def factors(self) -> dict[str, str | None]:
        """Its columns in the frame; of a control, `control` stands in place of the language."""
        language = CONTROL if self.is_control else self.language
        return {"intermediate": self.intermediate, "intermediate_language": language}


def label_of(intermediate: str | None, language: str | None) -> str:
    """The label of the condition that has these factors.

    >>> label_of(None, None), label_of("nli", "ja"), label_of("nli", "control")
    ('none', 'nli.ja', 'nli.control')
    """
    return BASELINE if intermediate is None else f"{intermediate}.{language}"
