"""The forms of values that show themselves (`stepstone.core.shown`): the lines and tables of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from typing import Any

from rich.console import Group, RenderableType

from stepstone.evidence.compare import Comparison
from stepstone.evidence.diff import Difference
from stepstone.pipeline.described import describe_outcome, describe_plan
from stepstone.pipeline.outcome import Outcome
from stepstone.planning.plan import Plan
from stepstone.report.diffed import show_difference
from stepstone.report.markup import for_terminal
from stepstone.report.tables import StudyTable


@singledispatch
def form(value: Any) -> RenderableType:
    """What `stepstone plan` prints of a plan, `run` of an outcome, `report` of a comparison, and `diff`."""
    raise TypeError(f"no form for {type(value)}")


@form.register
def _(plan: Plan) -> RenderableType:
    return _lines(describe_plan(plan))


@form.register
def _(outcome: Outcome) -> RenderableType:
    return _lines(describe_outcome(outcome))


@form.register
def _(comparison: Comparison) -> RenderableType:
    return StudyTable(comparison)


@form.register
def _(difference: Difference) -> RenderableType:
    return show_difference(difference)


def _lines(lines: Iterable[str]) -> Group:
    return Group(*map(for_terminal, lines))
