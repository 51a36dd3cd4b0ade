"""What a store shows of runs elsewhere that are not as this one: another version of Stepstone, other data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set

from stepstone.core.version import __version__
from stepstone.pipeline.differences import Change, changes
from stepstone.planning.plan import Plan
from stepstone.store.store import Store
from stepstone.store.working import RunningStage, find_working


def find_others(plan: Plan, store: Store, missing: Set[str]) -> Iterator[str]:
    """Sentences on what was or is computed otherwise for the same labels, as far as this machine can see it.

    Args:
        plan: of this run.
        store: what it runs on.
        missing: keys of stages that it will compute.
    """
    working = [one for one in find_working(store) if one.label in plan.labels]
    yield from _other_versions(plan, store, missing, working)
    yield from _other_data(plan, store, missing)
    for one in working:
        if one.key not in plan.stages:
            yield f"{one.host} is at {one.label}, another stage there: its study or data differ from these here"


def _other_versions(plan: Plan, store: Store, missing: Set[str], working: Sequence[RunningStage]) -> Iterator[str]:
    there = (store.record(key) for key in plan.stages if key not in missing)
    found = Counter(str(record.provenance.get("stepstone", __version__)) for record in there if record is not None)
    found.update(one.version or __version__ for one in working)
    for version, num in sorted(found.items()):
        if version != __version__:
            yield (
                f"of Stepstone {version}, where this is {__version__}, are {num:,} stages of this study: "
                "have all machines of a store run one version"
            )


def _other_data(plan: Plan, store: Store, missing: Set[str]) -> Iterator[str]:
    """Of stages that are to be computed and are there under another key, those whose own data is another."""
    labels = {plan.stages[key].label: key for key in missing}
    others = [one for one in store.listed_here() if labels.get(one.label, one.key) != one.key]
    found: dict[str, Change] = {}
    for record in store.records([one.key for one in others]):
        moved = [
            one for one in changes(plan.stages[labels[record.label]], record.payload) if one.name.endswith("content")
        ]
        if moved:
            found.setdefault(record.label, moved[0])
    for label, change in list(found.items())[:1]:
        yield (
            f"in the store with other data: {len(found):,} labels of this study, {label} among them "
            f"({_short(change.before)}; here {_short(change.after)}): where other machines run it, have their data "
            "folders hold the same files (`stepstone why` says more of a stage)"
        )


def _short(digest: object) -> str:
    text = str(digest)
    return text if len(text) <= 24 else f"{text[:24]}..."
