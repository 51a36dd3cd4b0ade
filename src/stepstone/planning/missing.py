"""What a plan asks for and is not available, in one message: each thing once, with all that it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepstone.core.errors import UserError
from stepstone.core.several import listed, together
from stepstone.data.load import NoData

_FILES = 4  # files named of a task that were looked for; others are like these


class MissingData:
    """Errors of data that was looked for, gathered until all of a study was."""

    def __init__(self) -> None:
        self._absent: list[NoData] = []
        self._wrong: list[tuple[str, str]] = []
        self._other: list[str] = []

    def add(self, wanted: tuple[str, str, str], error: UserError) -> None:
        """One split of a task in one language that is not there, or cannot be used."""
        if isinstance(error, NoData):
            self._absent.append(error)
        else:
            task, split, language = wanted
            self._wrong.append((str(error), f"{task} {split} in {language}"))

    def add_other(self, message: str) -> None:
        """Something else that is not available, such as an encoder."""
        self._other.append(message)

    def refuse(self) -> None:
        """Raise one UserError about all of it; nothing where all is available."""
        num = len(self._absent) + len(self._wrong) + len(self._other)
        if num:
            raise UserError("\n".join([f"data that is not available ({num}):", *self._lines()]))

    def _lines(self) -> Iterator[str]:
        yield from (f"- {message}" for message in dict.fromkeys(self._other))
        for message, concerned in together(self._wrong).items():
            yield f"- {message}" + (f"\n  likewise: {listed(concerned[1:])}" if concerned[1:] else "")
        tasks = together((error.task, error) for error in self._absent)
        common = _common(self._absent) if len(tasks) > 1 else []
        for task, errors in tasks.items():
            yield from _of_task(task, errors, common)
        yield from (f"all of it was looked for {line}" if line.startswith("in: ") else line for line in common)
        yield from _remedies(self._absent)


def _common(errors: Sequence[NoData]) -> list[str]:
    """The lines on where it was looked for that all of them have."""
    return [line for line in errors[0].searched if all(line in error.searched for error in errors)]


def _of_task(task: str, errors: Sequence[NoData], common: Sequence[str]) -> Iterator[str]:
    """A task with its splits and languages, the files that were looked for, and where, but for the common lines."""
    splits = together((error.split, error.language) for error in errors)
    yield f"- {task}: " + "; ".join(f"{split} in {', '.join(dict.fromkeys(of))}" for split, of in splits.items())
    files = list(dict.fromkeys(file for error in errors for file in error.looked))
    yield f"  looked for: {listed(files, _FILES) or 'nothing, no file is declared'}"
    searched = dict.fromkeys(line for error in errors for line in error.searched)
    yield from (f"  {line}" for line in searched if line not in common)


def _remedies(errors: Sequence[NoData]) -> Iterator[str]:
    """What helps, each once with the tasks that it helps, and the command that fetches what the hub has."""
    remedies = together((error.remedy, error.task) for error in errors)
    for remedy, tasks in remedies.items():
        whose = f" ({', '.join(dict.fromkeys(tasks))})" if len(remedies) > 1 else ""
        yield f"remedy{whose}: {remedy}"
    if names := list(dict.fromkeys(error.task for error in errors if error.is_on_hub)):
        yield f"fetch from the hub, for runs without a network: stepstone data get {' '.join(names)}"
