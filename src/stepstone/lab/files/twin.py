"""What a lab twin of an official data set is: how many rows each split has and which files they fill."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepstone.lab.grammar import Grammar, grammar


@dataclass(frozen=True)
class SplitRequest:
    """What is to be written: a split of a task in a language, drawn from a seed."""

    task: str
    split: str
    language: str
    seed: int
    num_rows: int

    @property
    def grammar(self) -> Grammar:
        """The grammar of the language."""
        return grammar(self.language)

    @property
    def parallel_key(self) -> tuple[str, str, int]:
        """Seeds rows that say the same in every language."""
        return (self.task, self.split, self.seed)

    @property
    def own_key(self) -> tuple[str, str, int, str]:
        """Seeds rows that each language has for itself."""
        return (*self.parallel_key, self.language)


@dataclass(frozen=True)
class Twin:
    """A lab twin: rows per split and the function that fills its files, text by path in the release.

    `only` are the languages of a data set that has not any; `but` those that it cannot have.
    """

    sizes: Mapping[str, int]
    render: Callable[[SplitRequest], dict[str, str]]
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


def json_lines(rows: list[dict[str, Any]]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def tab_lines(rows: list[tuple[Any, ...]]) -> str:
    """One row a line, cells between tabs."""
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)
