"""Two studies, or two stores of one, side by side: which stages, settings, versions and scores differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stepstone.core.errors import UserError
from stepstone.core.shown import Shown
from stepstone.core.study import Study
from stepstone.evidence.attached import attached
from stepstone.evidence.frame import COLUMNS as CELL
from stepstone.evidence.frame import collect, rows_of
from stepstone.evidence.ran import Run
from stepstone.pipeline.described import has_keys
from stepstone.pipeline.differences import MADE, changes, in_words
from stepstone.planning.plan import Plan
from stepstone.store.given import AnyStore, opened

PLACE = ("model", "condition", "target", "language", "seed")
STATES = {
    "equal": "one value",
    "moved": "two values, of stages that have other settings or parents",
    "one key": "two values of one stage: the same settings, computed twice",
    "scored otherwise": "another metric or definition, so that no difference is taken",
    "first alone": "computed in the first alone",
    "second alone": "computed in the second alone",
    "neither": "computed in neither",
}
DIFF_COLUMNS: dict[str, str] = {
    **{name: CELL[name] for name in PLACE},
    "metric": "what is scored; two where the second scores otherwise",
    "definition": "by whose rules; two where the second scores otherwise",
    "first": "percent, in the first; empty where it is not computed",
    "second": "percent, in the second; empty where it is not computed",
    "difference": "second minus first, in points; empty unless both are scored alike",
    "state": "; ".join(f"{name}: {about}" for name, about in STATES.items()),
}


@dataclass(frozen=True, eq=False)
class Difference(Shown):
    """What the second of two plans has otherwise.

    Attributes:
        studies: the two.
        stores: where results of each are kept.
        stages: how many labels are of one key in both (same), of two keys (changed), or planned in one alone.
        settings: changes of settings as `name old -> new`, with how many stages have each; most frequent first.
        num_following: changed stages whose own settings are the same: what they start from is another.
        versions: libraries and processors that records name, as `name old -> new`.
        scores: a row for each cell of either, with the columns `DIFF_COLUMNS`.
    """

    studies: tuple[Study, Study]
    stores: tuple[str, str]
    stages: dict[str, int]
    settings: tuple[tuple[str, int], ...]
    num_following: int
    versions: tuple[str, ...]
    scores: pd.DataFrame

    @property
    def states(self) -> dict[str, int]:
        """How many scores are in each of `STATES`; those of none are left out."""
        counted = Counter(self.scores["state"])
        return {name: counted[name] for name in STATES if counted[name]}


def diff(first: Plan, second: Plan, store: AnyStore = None, other_store: AnyStore = None) -> Difference:
    """Compare two plans by their keys and by the scores that their stores have; nothing is trained or tested.

    Args:
        first: of a study.
        second: of another one, or of the same.
        store: where results of the first are kept.
        other_store: where those of the second are kept; by default the same.

    Raises:
        UserError: a plan was made without data, so that its stages have no keys.
    """
    for one in (first, second):
        if not has_keys(one):
            raise UserError(
                f"{one.study.name} was planned without data: its stages have no keys", remedy="plan it with its data"
            )
    stores = opened(store), opened(store if other_store is None else other_store)
    frames = collect(first, stores[0]), collect(second, stores[1])
    shared = [label for label in first.labels if label in second.labels]
    changed = [label for label in shared if first.labels[label] != second.labels[label]]
    lines = [list(_settings(first, second, label)) for label in changed]
    return Difference(
        (first.study, second.study),
        (str(stores[0].address), str(stores[1].address)),
        {
            "same": len(shared) - len(changed),
            "changed": len(changed),
            "first alone": len(first.labels) - len(shared),
            "second alone": len(second.labels) - len(shared),
        },
        tuple(Counter(line for of in lines for line in of).most_common()),
        sum(not of for of in lines),
        tuple(_versions(*frames)),
        _scores(*frames),
    )


def _settings(first: Plan, second: Plan, label: str) -> Iterator[str]:
    """What a stage itself has otherwise; what made its data is a stage that has changes of its own."""
    before, after = (plan.stages[plan.labels[label]] for plan in (first, second))
    if before.kind != after.kind:
        yield f"kind {before.kind} -> {after.kind}"
        return
    for change in changes(after, before.payload()):
        if not change.name.endswith(MADE):
            yield in_words(change)


def _versions(*frames: pd.DataFrame) -> Iterator[str]:
    """What records of the two were computed with, where that differs."""
    before, after = (_provenance(frame) for frame in frames)
    for name in (name for name in before if name in after and before[name] != after[name]):
        yield f"{name} {before[name]} -> {after[name]}"


def _provenance(frame: pd.DataFrame) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    run: Run | None = attached(frame, "run", None)
    for table, _ in run.provenance if run else ():
        for name, value in table.items():
            found.setdefault(name, set()).add(str(value))
    return {name: ", ".join(sorted(values)) for name, values in found.items()}


def _scores(*frames: pd.DataFrame) -> pd.DataFrame:
    """A row for each cell of either."""
    first, second = ({tuple(row[name] for name in PLACE): row for row in rows_of(frame)} for frame in frames)
    rows = [_score(place, first.get(place, {}), second.get(place, {})) for place in {**first, **second}]
    return pd.DataFrame(rows, columns=list(DIFF_COLUMNS))


def _score(place: tuple[Any, ...], first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """A cell of the two; an empty row stands where one does not ask for it."""
    before, after = (row.get("value", math.nan) for row in (first, second))
    rules = {
        name: " / ".join(dict.fromkeys(row[name] for row in (first, second) if row))
        for name in ("metric", "definition")
    }
    state = _state(first, second)
    difference = after - before if state in ("equal", "moved", "one key") else math.nan
    return {
        **dict(zip(PLACE, place, strict=True)),
        **rules,
        "first": before,
        "second": after,
        "difference": difference,
        "state": state,
    }


def _state(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    is_in_first, is_in_second = (not math.isnan(row.get("value", math.nan)) for row in (first, second))
    if not (is_in_first and is_in_second):
        return "first alone" if is_in_first else "second alone" if is_in_second else "neither"
    if any(first[name] != second[name] for name in ("metric", "definition")):
        return "scored otherwise"
    if first["value"] == second["value"]:
        return "equal"
    return "one key" if first["key"] == second["key"] else "moved"
