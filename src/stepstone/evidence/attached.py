"""A table that goes with the frame of scores, and is no part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd


@dataclass(frozen=True, eq=False)
class Attached:
    """The rows of a table. It is handed on as it is where the frame that carries it is copied."""

    table: pd.DataFrame

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def attached(frame: pd.DataFrame, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """The table that a frame carries by that name; one without rows, with these columns, where it carries none."""
    found = frame.attrs.get(name)
    return found.table if isinstance(found, Attached) else pd.DataFrame(columns=list(columns))
