"""What hears of data while a study is planned and before it is run: large files take minutes, once."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """Something that shows a person how far reading is."""

    def look(self, what: str) -> None:
        """A data set is looked for; files that are new or changed are hashed."""

    def read(self, what: str, number: int = 0, total: int = 0) -> None:
        """A data set is read whole, as the first of `total` or a later one; 0: how many there are is not known."""

    def close(self) -> None:
        """No more is read."""


class NullListener:
    """Shows nothing."""

    def look(self, what: str) -> None:
        """Nothing."""

    def read(self, what: str, number: int = 0, total: int = 0) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
