"""Stages become jobs: one checkpoint and all that is still to be read off it, in one process."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass

from stepstone.core.recipe import Runtime
from stepstone.core.stage import Stage
from stepstone.launchers.launcher import Launcher, Order
from stepstone.planning.plan import Plan
from stepstone.store.answers import answers_path, find_answers
from stepstone.store.store import Store


@dataclass(frozen=True)
class Job:
    """The stage of a checkpoint, then its evaluations; or one evaluation that is scored without it.

    `needs` are the keys of what other jobs must have made.

    `num_sharers` counts the pretrainings of the plan for a job that is one of them, and is 0 for others; `num_devices`
    are those that share its training.
    """

    stages: tuple[Stage, ...]
    needs: frozenset[str]
    num_sharers: int = 0
    num_devices: int = 1

    @property
    def id(self) -> str:
        """The first stage's key."""
        return self.stages[0].key

    @property
    def label(self) -> str:
        """The first stage's label."""
        return self.stages[0].label

    def slots(self, num_slots: int) -> int:
        """How many of the launcher's slots it takes: pretrainings share all of them, for everything waits for them.

        The plan decides, not what is left of it: the number of threads must be the same in a run that continues.
        """
        share = num_slots // self.num_sharers if self.num_sharers else 1
        return min(num_slots, max(share, self.num_devices))


def runtime_of(job: Job, runtime: Runtime, launcher: Launcher) -> Runtime:
    """How a job is executed: with the threads of its slots; what trains nothing has one device."""
    threads = launcher.num_threads(job.slots(launcher.num_slots))
    alone = {} if job.num_devices > 1 else {"num_devices": 1, "shard": False}
    return runtime.model_copy(update={"num_threads": threads, **alone})


def order_of(stages: tuple[Stage, ...], plan: Plan, store: Store, runtime: Runtime) -> Order:
    """What a worker is told: stages of a plan, in order, of which the first one's key names the job."""
    return Order(
        id=stages[0].key,
        store=store.address,
        stages=stages,
        place=plan.place,
        catalogue=plan.catalogue,
        runtime=runtime,
    )


def find_there(stages: Mapping[str, Stage], store: Store) -> dict[str, str]:
    """The digests of the records that are there, by key."""
    store.look_up(stages)
    found = {key: digest for key in stages if (digest := store.digest(key)) is not None}
    store.keep_known()
    return found


def find_missing(
    stages: Mapping[str, Stage], store: Store, wanted: Iterable[str] = (), there: Container[str] | None = None
) -> set[str]:
    """Keys of what must be computed: without a record, or needed by such a one but released or damaged.

    Args:
        stages: by key, parents first.
        store: where records are.
        wanted: keys of checkpoints whose weights must be there, even if nothing is to be read off them.
        there: keys of the records that are there, where somebody has just looked.
    """
    known = find_there(stages, store) if there is None else there
    absent = {key for key in stages if key not in known}
    missing = absent | {key for key in wanted if not store.usable(key)}
    for key in reversed(list(stages)):
        # Nothing was predicted by a checkpoint that was never made; and what is missing is not asked for again.
        if key in missing and (stages[key].checkpoint in absent or not is_answered(stages[key], store)):
            missing |= {parent for parent in stages[key].parents if parent not in missing and not store.usable(parent)}
    return missing


def is_answered(stage: Stage, store: Store) -> bool:
    """Whether what its checkpoint predicted was kept, so that it is scored without the weights."""
    return find_answers(answers_path(store, stage)) is not None


def make_jobs(
    stages: Mapping[str, Stage], missing: set[str], answered: Set[str] = frozenset(), num_devices: int = 1
) -> list[Job]:
    """Jobs for what is missing, seed by seed, so that tables fill evenly; `WaitingJobs` has the order of many workers.

    A checkpoint that is there already still opens its job, whose worker passes over it; what is `answered` needs none.
    A job that trains takes `num_devices`.
    """
    num_sharing = sum(stage.spec.shares_machine for stage in stages.values())
    groups: dict[str, list[Stage]] = {}
    for key, stage in stages.items():
        if key in missing:
            is_alone = stage.spec.opens_job or key in answered
            owner = key if is_alone else (stage.checkpoint or key)
            groups.setdefault(owner, []).append(stage)
    jobs = []
    for owner, group in groups.items():
        checkpoint = stages[owner]
        evaluations = [stage for stage in group if stage.key != owner]
        parents = {key for stage in group for key in stage.parents} - {owner}
        needs = frozenset(parents & missing)
        shares = checkpoint.spec.shares_machine and owner in missing
        trains = checkpoint.spec.training is not None and owner in missing
        jobs.append(Job((checkpoint, *evaluations), needs, num_sharing if shares else 0, num_devices if trains else 1))
    return sorted(jobs, key=lambda job: not job.num_sharers)
