"""The inspector of mixtures, as a table for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.cli.app import put, say
from stepstone.planning.mixes import PortionPlan
from stepstone.report.markup import plain_table

_COLUMNS = ("mixture", "portion", "head", "examples", "inputs", "rate", "steps", "drawn", "passes", "word pieces")


def show_mixtures(portions: Sequence[PortionPlan], as_json: bool) -> None:
    """Print what each portion contributes; a sentence where there is no mixture."""
    if as_json:
        extra = ("num_passes", "num_tokens")
        put([vars(one) | {name: getattr(one, name) for name in extra} for one in portions], as_json)
    elif not portions:
        say("no arm of this study is a mixture")
    else:
        put(plain_table(_COLUMNS, [_row(one) for one in portions], right=_COLUMNS[3:]))


def _row(one: PortionPlan) -> tuple[str, ...]:
    return (
        one.mixture,
        one.portion,
        one.head,
        f"{'at most ' * one.is_most}{one.num_examples:,}",
        f"{one.num_inputs:,}",
        f"{one.rate:.3f}",
        f"{one.num_steps:,}",
        f"{one.num_drawn:,.0f}",
        "" if one.num_passes is None else f"{one.num_passes:.2f}",
        "no tokenizer yet" if one.num_tokens is None else f"{one.num_tokens:,.0f}",
    )
