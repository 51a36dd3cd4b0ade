"""Whether every score that a plan asks for can be made: definitions are tried on made-up rows before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stepstone.core.task import Task
from stepstone.scoring.trial import find_fault, nearest_able


@dataclass(frozen=True)
class _Use:
    """A task under one definition, and the key of the study that this comes from."""

    key: str
    metric: str
    definition: str
    unanswerable: bool


class DefinitionTrials:
    """The definitions that a plan uses, with the languages that each is used in."""

    def __init__(self) -> None:
        self._languages: dict[_Use, dict[str, None]] = {}

    def add(self, where: str, task: Task, language: str, definition: str | None = None) -> None:
        """Note a score in `language`; `definition` is the study's own choice at `where`, if it makes one."""
        chosen = definition or task.definition
        # A catalogue's definition cannot be changed, but a target may name another.
        key = f"task.{task.name}.definition" if definition is None and task.own else where
        use = _Use(key, task.metric, chosen, task.unanswerable)
        self._languages.setdefault(use, {})[language] = None

    def mistakes(self) -> Iterator[str]:
        """What cannot be scored, with its key, its languages and the nearest definition that can."""
        for use, languages in self._languages.items():
            faults = {code: fault for code in languages if (fault := _fault(use, code))}
            if faults:
                named = ", ".join(f'"{code}"' for code in faults)
                able = nearest_able(use.metric, use.definition, tuple(languages), unanswerable=use.unanswerable)
                remedy = f'; "{able}" can score all its languages' if able else ""
                yield f'{use.key}: "{use.definition}" cannot score {named}: {next(iter(faults.values()))}{remedy}'


def can_score(task: Task, definition: str, language: str) -> bool:
    """Whether a task can be scored by a definition in a language."""
    return find_fault(task.metric, definition, language, unanswerable=task.unanswerable) is None


def _fault(use: _Use, language: str) -> str | None:
    return find_fault(use.metric, use.definition, language, unanswerable=use.unanswerable)
