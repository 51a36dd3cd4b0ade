"""Run what a plan misses: jobs go out as their parents are there; a failure stops only what depends on it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Launcher
from stepstone.launchers.local import Local
from stepstone.pipeline.disk import PendingEvaluations, check_disk
from stepstone.pipeline.dispatch import Dispatch
from stepstone.pipeline.elsewhere import find_others
from stepstone.pipeline.jobs import find_missing, find_there
from stepstone.pipeline.notebook import watch_here
from stepstone.pipeline.outcome import Outcome
from stepstone.pipeline.progress import Clock, Watch
from stepstone.pipeline.prune import find_weights, remove
from stepstone.pipeline.until import Until
from stepstone.planning.checkpoints import find_checkpoint
from stepstone.planning.integrity import check_bytes
from stepstone.planning.listen import Listener
from stepstone.planning.plan import Plan
from stepstone.planning.preflight import check_data
from stepstone.store.given import AnyStore, opened
from stepstone.store.store import Store


def run(
    plan: Plan,
    store: AnyStore = None,
    launcher: Launcher | None = None,
    runtime: Runtime | None = None,
    watch: Watch | None = None,
    restore: Sequence[str] = (),
    listener: Listener | None = None,
    *,
    release_weights: bool = False,
    until: Until | None = None,
    clock: Clock = time.monotonic,
) -> Outcome:
    """Compute what a plan misses in a store.

    Args:
        plan: the stages.
        store: where results are kept, or its folder; none given: the folder `stepstone-store`.
        launcher: where jobs run; none given: worker processes on this machine.
        runtime: how work is executed; its num_threads is set by the launcher.
        watch: what shows the run; none given: `stepstone`'s log, and a line where somebody types, as in a notebook.
        restore: labels of checkpoints that are trained again where their weights were released.
        listener: hears what data is read before anything runs.
        release_weights: let the weights of a checkpoint go once all is read off it and nothing is trained from it.
        until: when it ends, whatever is left by then, and what it begins first; none given: when all is done.
        clock: the time, in seconds, in which the launcher's jobs run; a simulated cluster has its own.

    Raises:
        UserError: the store cannot be written or hold the weights, data has faults, or a label is unknown.
    """
    store = opened(store)
    launcher = launcher or Local(logs=store.root / "logs")
    wanted = {find_checkpoint(plan, label) for label in restore}
    there = find_there(plan.stages, store)
    missing = find_missing(plan.stages, store, wanted, there)
    if missing:
        _check(plan, store, missing, wanted, release_weights, listener)
    work = Dispatch(plan, store, launcher, runtime or Runtime(), watch or watch_here(), missing, until, clock)
    work.readings = PendingEvaluations(plan, missing, wanted) if release_weights else None
    return replace(work.outcome(_go(work)), there={} if missing else there)


def _check(
    plan: Plan, store: Store, missing: set[str], wanted: set[str], release_weights: bool, listener: Listener | None
) -> None:
    """Raise UserError where the store cannot be written or hold the weights, or data has faults or has lost bytes.

    What may go makes room first.
    """
    store.check_writable()
    if release_weights:
        remove(store, (one for one in find_weights(store, [plan]) if one.key not in wanted))
    check_disk(plan, missing, store, release_weights=release_weights)
    check_data(plan, missing, listener=listener)
    check_bytes(plan, missing)


def _go(work: Dispatch) -> bool:
    """Run to the end, or as long as it may; returns whether it was interrupted. No worker outlives this."""
    work.watch.begin(work.board)
    for line in find_others(work.plan, work.store, set(work.board.remaining)) if work.board.remaining else ():
        work.watch.say(line)
    try:
        work.go()
        if work.running:
            work.watch.say("time is up: workers save where they are")
            work.launcher.stop()
        else:
            work.launcher.close()
        return False
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            # The terminal may be what is gone.
            with suppress(OSError):
                work.watch.say("stopping: workers save where they are (Ctrl-C again: at once)")
            work.launcher.stop()
        return True
    finally:
        work.launcher.kill()
        with suppress(OSError):
            work.watch.close()
