"""What a reader has to say besides rows: damage, lines that hold no row, and how it reads what a file leaves open."""

from __future__ import annotations

from collections import Counter
from pathlib import Path


class DataFileError(Exception):
    """A file, or a place in it, cannot be read as the layout says; the loader adds task, language and remedy."""

    def __init__(
        self, message: str, path: Path, place: int | str | None = None, remedy: str = "", mend: str = ""
    ) -> None:
        """Say what is wrong.

        Args:
            message: What is wrong.
            path: The file.
            place: The line, or a place inside a document.
            remedy: What is right for every file.
            mend: What is right for a file of the user's own; a release is to be taken again.
        """
        super().__init__(message)
        self.message, self.path, self.place, self.remedy, self.mend = message, path, place, remedy, mend


class LanguageAbsentError(DataFileError):
    """A file was read, but nothing in it is a row of the language that is asked for."""


class Log:
    """What is said while files are read; damage is raised at once.

    `skipped` counts lines and rows that are none, by what they are; `readings` are sentences on whole files;
    `num_damaged` is how much damage was heard of.
    """

    def __init__(self) -> None:
        """Nothing was said yet."""
        self.skipped: Counter[str] = Counter()
        self.readings: list[str] = []
        self.num_damaged = 0

    def damaged(self, damage: DataFileError) -> None:
        """Hear of damage after which the rest can be read."""
        raise damage

    def take(self) -> list[DataFileError]:
        """Damage that was gathered since the last call."""
        return []

    def skip(self, what: str) -> None:
        """Hear of a line that holds no row; `what` is a plural, such as "comment lines"."""
        self.skipped[what] += 1

    def say(self, reading: str) -> None:
        """Hear how a whole file is read, where the file left it open."""
        if reading not in self.readings:
            self.readings.append(reading)


class GatheringLog(Log):
    """A log that keeps damage, so that reading goes on after it."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        super().__init__()
        self._damages: list[DataFileError] = []

    def damaged(self, damage: DataFileError) -> None:
        """Keep it."""
        self.num_damaged += 1
        self._damages.append(damage)

    def take(self) -> list[DataFileError]:
        """Damage that was gathered since the last call."""
        found, self._damages = self._damages, []
        return found
