"""The named errors of scoring: an official script crashes, a gold is missing, a score is no sum."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from stepstone.core.errors import UserError, first_line

Definition = Literal["xtreme-2020", "corrected"]
"""`xtreme-2020` keeps what the official scripts do, bugs included; `corrected` mends the listed ones."""


class OfficialFailure(UserError):
    """The official script stops on this input; `official` is the name of the exception it stops with."""

    def __init__(self, official: str, message: str, *, where: str | None = None, remedy: str | None = None):
        """Say what the official script does with the input, and what would be right."""
        super().__init__(f"{message} (the official scorer stops here: {official})", where=where, remedy=remedy)
        self.official = official


class LabelsMissing(UserError):
    """The gold answers are not there, as in a test set with its labels stripped."""


class NotAdditive(UserError):
    """The metric is no function of sums over examples, so it cannot be resampled from such sums."""


@contextmanager
def unscorable(where: str) -> Iterator[None]:
    """Turn what stops arithmetic on rows of any shape into a UserError; a measure is written for rows that fit it."""
    try:
        yield
    except UserError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise UserError(f"the predictions cannot be scored ({first_line(error)})", where=where) from error
