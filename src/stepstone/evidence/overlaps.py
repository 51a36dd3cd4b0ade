"""What `data check --json` found of test examples that are known from training, read from its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stepstone.audit.check import TaskReport
from stepstone.core.errors import UserError
from stepstone.core.named_file import read_named


@dataclass(frozen=True)
class Overlaps:
    """By task, each test set's share that is known, with what it is known from."""

    tasks: Mapping[str, tuple[tuple[float, str], ...]]

    def worst(self, names: Iterable[str]) -> tuple[float, str]:
        """The largest share among these tasks, and of what; 0 where nothing is known."""
        return max((one for name in names for one in self.tasks[name]), default=(0.0, ""))


_REPORTS: TypeAdapter[list[Any]] = TypeAdapter(list[TaskReport])


def read_overlaps(path: Path) -> Overlaps:
    """Those of a file that `stepstone data check --json` wrote.

    Raises:
        UserError: it cannot be read or is no such file.
    """
    remedy = "write it by `stepstone data check STUDY --json > FILE`"
    try:
        reports: list[TaskReport] = _REPORTS.validate_json(read_named(path))
    except OSError as error:
        raise UserError(f"cannot be read ({error.strerror})", where=str(path), remedy=remedy) from error
    except ValidationError as error:
        raise UserError("is not what `data check --json` writes", where=str(path), remedy=remedy) from error
    return Overlaps({report.task: _shares(report) for report in reports if not report.is_empty})


def _shares(report: TaskReport) -> tuple[tuple[float, str], ...]:
    return tuple(
        (one.num_shared / one.num_evaluated, f"{one.evaluated} in {one.known}")
        for one in report.overlaps
        if one.num_evaluated and one.num_shared
    )
