"""What a store can do without: tries that no record names, records of other days, weights that were read off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.pipeline.disk import read_off
from stepstone.planning.plan import Plan
from stepstone.store.answers import all_answers, answers_path
from stepstone.store.files import storage_errors
from stepstone.store.leftovers import leftovers
from stepstone.store.record import Record
from stepstone.store.store import Store
from stepstone.store.tries import RESUME


@dataclass(frozen=True)
class Removal:
    """Something that can go: a try's folder, a record with it, weights of a complete stage, answers, a leftover."""

    what: str
    label: str
    num_bytes: int
    key: str
    folder: Path
    names: tuple[str, ...] = ()


def find_removals(
    store: Store, plans: Sequence[Plan], *, weights: bool = False, superseded: bool = False, others: bool = False
) -> list[Removal]:
    """Garbage and, if asked for, weights that were read off, superseded records and records of no plan.

    Raises:
        UserError: what is asked for needs a study to be decided.
    """
    if (weights or superseded or others) and not plans:
        raise UserError("which records are still wanted is for studies to say", remedy="name the studies")
    found = find_garbage(store) + find_leftovers(store)
    if weights:
        found += find_weights(store, plans)
    if superseded or others:
        found += find_unplanned(store, plans, only_superseded=not others)
    if others:
        found += find_unscored(store, plans)
    return found


def find_garbage(store: Store) -> list[Removal]:
    """Tries that no record names and that cannot be continued from; those of running processes stay."""
    # In this order: what is committed in between is live at first, or named at last.
    tries = [folder for folder in store.tries() if not store.is_live(folder)]
    sound = {record.key: record.folder for record in store.listed()}
    # The folder that a damaged record names is not known: it stays until the stage is computed again.
    damaged = set(store.keys()) - set(sound)
    named = {store.root / folder for folder in sound.values()}
    found = []
    for folder in tries:
        key = folder.parent.name
        if folder in named or key in damaged:
            continue
        if key not in sound and store.resume_folders(key)[:1] == [folder / RESUME]:
            continue
        found.append(Removal("try", "", store.num_bytes(folder), key, folder))
    return found


def find_leftovers(store: Store) -> list[Removal]:
    """Drafts and leases of processes that were killed."""
    found = leftovers(store.root, store.at_work())
    return [Removal("leftover", "", path.lstat().st_size, "", path) for path in found]


def find_unplanned(store: Store, plans: Sequence[Plan], *, only_superseded: bool) -> list[Removal]:
    """Records that none of the plans has: all of them, or those whose label a plan gives to another key."""
    keys = {key for plan in plans for key in plan.stages}
    labels = {label for plan in plans for label in plan.labels}
    return [
        Removal("record", record.label, store.num_bytes(folder), record.key, folder)
        for record in store.listed()
        if record.key not in keys and (not only_superseded or record.label in labels)
        for folder in [store.root / record.folder]
    ]


def find_unscored(store: Store, plans: Sequence[Plan]) -> list[Removal]:
    """What was predicted and never scored, and that no plan asks for."""
    asked = {answers_path(store, stage) for plan in plans for stage in plan.stages.values()}
    paths = (path for path in all_answers(store) if path not in asked)
    return [Removal("answers", "", path.stat().st_size, path.stem, path) for path in paths]


def find_weights(store: Store, plans: Sequence[Plan]) -> list[Removal]:
    """Weights of checkpoints that only evaluations are read off, all of which are complete."""
    found: list[Removal] = []
    for key, below in read_off(plans).items():
        if all(store.complete(child) for child in below):
            found += _weights(store, store.record(key))
    return found


def remove(store: Store, removals: Iterable[Removal]) -> int:
    """Carry removals out; returns the bytes freed. What came to be wanted since they were found stays."""
    freed = 0
    with storage_errors(store.root):
        for removal in removals:
            freed += removal.num_bytes if _remove(store, removal) else 0
    return freed


def _remove(store: Store, removal: Removal) -> bool:
    """Carry one out; returns whether it was."""
    if removal.what in ("answers", "leftover"):
        removal.folder.unlink(missing_ok=True)
        return True
    record = store.record(removal.key)
    if removal.what == "weights":
        if record is None or store.root / record.folder != removal.folder:
            return False
        store.release(removal.key, removal.names)
        return True
    if removal.what == "record":
        if record is not None and store.root / record.folder != removal.folder:
            return False
        store.remove(removal.key)
    elif record is not None and store.root / record.folder == removal.folder:
        return False
    return store.discard(removal.key, removal.folder)


def _weights(store: Store, record: Record | None) -> Iterator[Removal]:
    if record is not None and (names := record.kept_weights):
        num_bytes = sum(record.files[name]["bytes"] for name in names)
        yield Removal("weights", record.label, num_bytes, record.key, store.root / record.folder, names)
