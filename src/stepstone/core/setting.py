"""A setting: how the targets of all conditions are trained, where a study tries several ways."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One way to train targets; a study's first is its usual one.

    Attributes:
        source_language: in which targets are trained that name no language of their own; None: as the study says.
        num_examples: of each target's training; None: as the target says.
        num_shots: examples in the language that is evaluated, trained on after the source language; 0: zero-shot.
        is_first: whether labels leave it out.
    """

    source_language: str | None = None
    num_examples: int | None = None
    num_shots: int = 0
    is_first: bool = True

    @property
    def label(self) -> str:
        """What it adds to the label of a condition: nothing for the study's first setting.

        >>> Setting("de", 100, is_first=False).label, Setting().label
        ('@de,n=100', '')
        """
        return "" if self.is_first else f"@{','.join(self._parts('n=', 'shots='))}"

    @property
    def text(self) -> str:
        """The same for people; empty where the study has but one.

        >>> Setting("de", 100, 10).text
        'source de, 100 examples, 10 shots'
        """
        shots = [f"{self.num_shots} shots"] if self.num_shots else []
        source = [f"source {self.source_language}"] if self.source_language else []
        examples = [f"{self.num_examples:,} examples"] if self.num_examples else []
        return ", ".join([*source, *examples, *shots])

    def differs_in(self, other: Setting) -> int:
        """In how many things another is different."""
        return sum(
            getattr(self, name) != getattr(other, name) for name in ("source_language", "num_examples", "num_shots")
        )

    def _parts(self, examples: str, shots: str) -> list[str]:
        found = [self.source_language] if self.source_language else []
        found += [f"{examples}{self.num_examples}"] if self.num_examples else []
        return [*found, *([f"{shots}{self.num_shots}"] if self.num_shots or not found else [])]
