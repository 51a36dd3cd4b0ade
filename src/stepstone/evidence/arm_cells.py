"""What an arm has in the cells of a column, looked up once for all rows of the tables that sum them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.flags import is_degenerate


@dataclass(frozen=True, eq=False)
class ArmCells:
    """The evaluations of an arm by seed, of each cell of a column in the column's order."""

    cells: Sequence[Mapping[int, FrameRow]]

    @cached_property
    def rows(self) -> tuple[FrameRow, ...]:
        """All of them, cell by cell."""
        return tuple(row for own in self.cells for row in own.values())

    @cached_property
    def seeds(self) -> frozenset[int]:
        """The seeds of any cell."""
        return frozenset(seed for own in self.cells for seed in own)

    @cached_property
    def lacking(self) -> frozenset[int]:
        """The places of cells that have no score to compare under any seed."""
        return frozenset(place for place, own in enumerate(self.cells) if not any(map(comparable, own.values())))

    @cached_property
    def degenerate(self) -> tuple[FrameRow, ...]:
        """Those that look degenerate."""
        return tuple(row for row in self.rows if row["flags"] and is_degenerate(row["flags"]))


def comparable(row: FrameRow) -> bool:
    """Whether an evaluation has predictions whose score is made of sums over examples."""
    return row["predictions"] is not None and "not-additive" not in row["flags"]
