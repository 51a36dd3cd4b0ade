"""What a run moves between this machine and a store in a bucket."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from stepstone.planning.plan import Plan
from stepstone.store.store import Store


@dataclass(frozen=True)
class Traffic:
    """Bytes that go up, with all that is made; and that come down at most, once for each machine that works.

    `num_down` are checkpoints that are there and that something missing starts from.
    """

    address: str
    up: int
    num_down: int
    down: int


def find_traffic(plan: Plan, missing: Set[str], store: Store, num_bytes: int) -> Traffic | None:
    """Of what is missing, which takes `num_bytes`; None where the store is a folder."""
    if "://" not in store.address:
        return None
    needed = {parent for key in missing for parent in plan.stages[key].parents} - missing
    records = [record for key in needed if (record := store.record(key)) is not None]
    sizes = [sum(record.files[name]["bytes"] for name in record.kept_weights) for record in records]
    return Traffic(store.address, num_bytes, sum(size > 0 for size in sizes), sum(sizes))
