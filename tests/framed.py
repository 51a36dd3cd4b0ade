"""Whether a frame of the Python API has the columns that its page names, with cells of the types that stand there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import pandas as pd

from stepstone.report import frame_reference as reference


def _is_whole(cell: Any) -> bool:
    return isinstance(cell, Integral) or (isinstance(cell, float) and cell.is_integer())


def _is_names(cell: Any) -> bool:
    return isinstance(cell, tuple) and all(isinstance(one, str) for one in cell)


def _is_numbers(cell: Any) -> bool:
    return isinstance(cell, Mapping) and all(isinstance(one, Real) for one in cell.values())


IS: dict[str, Callable[[Any], bool]] = {
    reference.TEXT: lambda cell: isinstance(cell, str),
    reference.NUMBER: lambda cell: isinstance(cell, Real) and not isinstance(cell, bool),
    reference.WHOLE: _is_whole,
    reference.TRUTH: lambda cell: cell is True or cell is False,
    reference.NAMES: _is_names,
    reference.NUMBERS: _is_numbers,
}


def misfits(name: str, frame: pd.DataFrame) -> list[str]:
    """Columns that lack on either side, and those with a cell of another type, its first; [] where all agree."""
    declared = reference.FRAMES[name].columns
    if frame.empty and not len(frame.columns):
        return []
    found = [f"{name}.{column}: on one side alone" for column in set(declared) ^ set(frame.columns)]
    for column in set(declared) & set(frame.columns):
        fits = IS[reference.type_of(column)]
        cells = frame[column].astype("object").tolist()
        wrong = [cell for cell in cells if not _is_empty(cell) and not fits(cell)]
        found += [f"{name}.{column}: {type(wrong[0])} {wrong[0]!r}"] if wrong else []
    return found


def _is_empty(cell: Any) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell))
