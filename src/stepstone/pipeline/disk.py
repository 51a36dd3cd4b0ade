"""The weights of a study: what disk they take, and which can go because every score is read off them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

from stepstone.core.errors import UserError
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.stage import Stage
from stepstone.pipeline.jobs import find_missing
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

# Checkpoints are written as float32.
BYTES_PER_PARAMETER = 4
# Below this nobody asks.
NOTABLE = 1_000_000_000


@dataclass(frozen=True)
class DiskDemand:
    """What the weights of checkpoints take at least, in bytes: heads, resume points and predictions come on top.

    `kept` is what is left where weights are released as soon as all scores are read off; it leaves out what lies
    there in between, one checkpoint a worker.
    """

    num_checkpoints: int
    total: int
    kept: int

    def of(self, *, release_weights: bool) -> int:
        """What has to be on the disk at the end."""
        return self.kept if release_weights else self.total


def read_off(plans: Iterable[Plan]) -> dict[str, list[str]]:
    """Checkpoints that nothing is trained from, with the evaluations that are read off them, by key."""
    stages: dict[str, Stage] = {}
    children: dict[str, list[str]] = {}
    for plan in plans:
        stages.update(plan.stages)
        for key, stage in plan.stages.items():
            for parent in stage.parents:
                children.setdefault(parent, []).append(key)
    return {
        key: below
        for key, below in children.items()
        if not (stages[key].is_encoder or any(stages[child].spec.makes_checkpoint for child in below))
    }


class PendingEvaluations:
    """What is still to be read off each checkpoint that nothing is trained from."""

    def __init__(self, plan: Plan, missing: Iterable[str], kept: Set[str] = frozenset()) -> None:
        lacking = set(missing)
        passing = read_off([plan])
        self._left = {key: lacking & {key, *below} for key, below in passing.items() if key not in kept}
        self._checkpoints: dict[str, list[str]] = {}
        for checkpoint, left in self._left.items():
            for key in left:
                self._checkpoints.setdefault(key, []).append(checkpoint)

    def finish(self, key: str) -> Iterator[str]:
        """Take note that a stage is complete; gives the checkpoints of which it was the last."""
        for checkpoint in self._checkpoints.get(key, ()):
            self._left[checkpoint].discard(key)
            if not self._left[checkpoint]:
                yield checkpoint


def release(store: Store, key: str) -> None:
    """Let the weights of a complete checkpoint go.

    Raises:
        UserError: the store cannot be written.
    """
    record = store.record(key)
    if record is not None and record.kept_weights:
        store.release(key, record.kept_weights)


def disk_demand(plan: Plan, missing: Iterable[str]) -> DiskDemand:
    """What the checkpoints among `missing` take; those of models whose size nobody stated count as nothing."""
    size = _sizes(plan.stages)
    passing = read_off([plan])
    made = [key for key in missing if plan.stages[key].spec.makes_checkpoint]
    return DiskDemand(len(made), sum(size[key] for key in made), sum(size[key] for key in made if key not in passing))


def _sizes(stages: Mapping[str, Stage]) -> dict[str, int]:
    """Bytes of each stage's weights: those of the encoder that it comes from. Parents come first."""
    found: dict[str, int] = {}
    for key, stage in stages.items():
        if isinstance(stage.spec, EncoderSpec):
            found[key] = (stage.spec.model.num_parameters or 0) * BYTES_PER_PARAMETER
        else:
            found[key] = max((found[parent] for parent in stage.parents), default=0)
    return found


def check_disk(plan: Plan, missing: Iterable[str], store: Store, *, release_weights: bool) -> None:
    """See that what is missing fits.

    Raises:
        UserError: the weights alone are more than is free.
    """
    demand, free = disk_demand(plan, missing), store.free_bytes()
    if free is None or demand.of(release_weights=release_weights) <= free:
        return
    ways = ["a store on a larger disk (--store)", "`stepstone prune` with --weights"]
    if not release_weights and demand.kept <= free:
        ways = [f"--release-weights, with which {gigabytes(demand.kept)} stay", *ways]
    needed = gigabytes(demand.of(release_weights=release_weights))
    raise UserError(
        f"the weights of {demand.num_checkpoints:,} checkpoints take {needed} at least, and {gigabytes(free)} are free",
        where=str(store.root),
        remedy=", or ".join(ways),
    )


def describe_disk(plan: Plan, store: Store) -> Iterator[str]:
    """What the weights of what is missing take, where that is notable or more than is free."""
    demand, free = disk_demand(plan, find_missing(plan.stages, store)), store.free_bytes()
    if demand.total >= NOTABLE or (free is not None and demand.total > free):
        fits = "" if free is None or demand.total <= free else ", which is not enough"
        room = "nobody says what is free" if free is None else f"{gigabytes(free)} are free{fits}"
        taken = f"take {gigabytes(demand.total)}, with --release-weights {gigabytes(demand.kept)}"
        yield (f"disk: the weights of {demand.num_checkpoints:,} checkpoints that are missing {taken}; {room}")


def gigabytes(num_bytes: int) -> str:
    """In words.

    >>> gigabytes(470_600_000), gigabytes(35_000_000_000)
    ('0.47 GB', '35 GB')
    """
    return f"{num_bytes / 1e9:.2g} GB" if num_bytes < 1e10 else f"{num_bytes / 1e9:,.0f} GB"
