"""One job: its stages in turn, each run, committed to the store, and reported as it happens."""

from __future__ import annotations

import random
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from stepstone.core.errors import UserError, first_line
from stepstone.core.recipe import Runtime
from stepstone.core.result import Result
from stepstone.core.stage import Stage
from stepstone.learning.budget import eval_tokens, train_tokens
from stepstone.learning.device import device_name, pick_device
from stepstone.learning.progress import StageClock, Stopped
from stepstone.stages.context import Execution, StageContext
from stepstone.stages.inputs import InputCheck
from stepstone.stages.ranks import RankGroup
from stepstone.stages.run import StageRunner
from stepstone.store.answers import answers_path
from stepstone.store.check import Inspector
from stepstone.store.files import storage_errors
from stepstone.store.given import opened
from stepstone.store.provenance import provenance
from stepstone.store.store import Store
from stepstone.store.tries import Try
from stepstone.store.working import ProgressWriter


class Elsewhere(Exception):
    """Another run is at the stage that a job begins with."""


class JobRunner:
    """Runs the stages of jobs, commits their records, and says what happens."""

    def __init__(self, speak: Callable[[dict[str, Any]], None], stop: threading.Event | None = None) -> None:
        """Name who hears events, as JSON types, and what is set when work is to be saved and ended."""
        self.speak = speak
        self.stop = stop or threading.Event()
        self.runner, self.inputs = StageRunner(), InputCheck()
        # A parent's weights are hashed once, for all jobs that are built on them.
        self.inspector = Inspector()
        self.provenance = provenance()

    def do(self, job: dict[str, Any]) -> bool:
        """Run the stages of one job in turn; returns whether all of them are complete now.

        The first is the checkpoint that the others are read off (or one that is scored without it): without it
        nothing goes on, while an evaluation that fails takes only its own language.
        """
        store = opened(job["store"], self.inspector)
        execution = Execution.read(job)
        whole = True
        for number, stage in enumerate(Stage.model_validate(item) for item in job["stages"]):
            if _is_there(stage, store):
                self._skip(job, stage, store)
            elif not self._stage(job, stage, store, execution, waits=number > 0):
                whole = False
                if number == 0 or self.stop.is_set():
                    return False
        return whole

    def say(self, job: dict[str, Any], stage: Stage | None, **event: Any) -> None:
        """One event."""
        about = {} if stage is None else {"key": stage.key, "label": stage.label}
        self.speak({**event, "job": job["id"], **about})

    def _skip(self, job: dict[str, Any], stage: Stage, store: Store) -> None:
        """It is there: with its score, which somebody else has said."""
        record = store.record(stage.key)
        self.say(job, stage, event="skip", value=None if record is None else record.result.score)

    def _stage(self, job: dict[str, Any], stage: Stage, store: Store, execution: Execution, *, waits: bool) -> bool:
        """Run and commit one stage, or say why it failed; returns whether it is complete.

        Where somebody else is at it, it `waits` for them, or the job is given back: another may be there to do.
        """
        self.say(job, stage, event="start")
        attempt: Try | None = None
        is_there = False
        try:
            attempt = self._open(stage, store, waits=waits)
            if attempt is None:
                self._skip(job, stage, store)
            else:
                self._compute(job, stage, store, attempt, execution)
            return True
        except Stopped:
            self.say(job, stage, event="stopped")
        except Elsewhere:
            self.say(job, stage, event="elsewhere")
        except Exception as error:
            is_there = attempt is not None and _is_recorded(stage, store)
            if is_there:
                self._skip(job, stage, store)
            else:
                self.say(job, stage, event="failed", **_failure(error, attempt))
        if attempt is not None:
            with suppress(OSError):  # a disk that fails has failed the stage already
                store.drop(attempt)
        return is_there

    def _open(self, stage: Stage, store: Store, *, waits: bool) -> Try | None:
        """A try of the stage, as soon as nobody else is at it; None where it is there by then.

        Raises:
            Stopped: this worker was asked to stop while it waited.
            Elsewhere: somebody else is at it, and this does not wait.
            UserError: the store cannot be written, or is gone.
        """
        store.check_there()
        while (attempt := store.start(stage.key)) is None and not _is_there(stage, store):
            if not waits:
                raise Elsewhere
            # Two that wait for each other do not look at the same times.
            if self.stop.wait(random.uniform(0.2, 0.6)):
                raise Stopped
        if attempt is not None and _is_there(stage, store):
            store.drop(attempt)
            return None
        return attempt

    def _compute(self, job: dict[str, Any], stage: Stage, store: Store, attempt: Try, execution: Execution) -> None:
        """Run a try, commit it, and say so."""
        self.inputs.check(stage, execution)
        with storage_errors(attempt.folder):
            result, seconds = self._run(job, stage, store, attempt, execution)
            made = {**self.provenance, **_execution(execution.runtime)}
            record = store.commit(stage, attempt, result, seconds, made)
            # Scored they are in the record.
            if answers := answers_path(store, stage):
                answers.unlink(missing_ok=True)
        self.say(job, stage, event="done", seconds=round(seconds, 2), value=record.result.score)

    def _run(
        self, job: dict[str, Any], stage: Stage, store: Store, attempt: Try, execution: Execution
    ) -> tuple[Result, float]:
        """Its result, and the seconds that it took, those of earlier tries that it went on from among them."""
        clock = StageClock()
        notice = ProgressWriter(store.root, stage.key, stage.label)

        def report(event: dict[str, Any]) -> None:
            self.say(job, stage, **event)
            notice.hear(event)

        # A record may take another's place while this stage runs: what is read off is what is opened here.
        read_off = store.weights(stage.checkpoint) if stage.checkpoint else {}
        context = StageContext(
            *execution,
            attempt.resume,
            {role: store.folder(key) for role, key in stage.by_role.items()},
            older=tuple(store.resume_folders(stage.key)),
            answers=answers_path(store, stage),
            report=report,
            stop=self.stop,
            clock=clock,
        )
        if execution.runtime.num_devices > 1:
            context = replace(context, join=RankGroup(job, stage, context))
        with notice:
            result = self.runner.run(stage, attempt.folder, context)
        # A checkpoint that is trained again, on a GPU, need not be the one that was scored.
        result = result.read_off_from(read_off) if stage.checkpoint else result
        return result, clock.seconds


def _is_there(stage: Stage, store: Store) -> bool:
    return store.usable(stage.key) if stage.spec.makes_checkpoint else store.complete(stage.key)


def _is_recorded(stage: Stage, store: Store) -> bool:
    """Whether a try that failed is not needed: another run may have taken it over, or it failed after its record."""
    try:
        return _is_there(stage, store)
    except (OSError, UserError):
        return False


def _execution(runtime: Runtime) -> dict[str, str | int | bool]:
    """What of how work was executed decides the last bits of a sum: without it no run can be repeated to the bit."""
    device = pick_device(runtime.device)
    budgets = {"train_tokens": train_tokens(runtime, device), "eval_tokens": eval_tokens(runtime, device)}
    shared = {"num_devices": runtime.num_devices, "shard": runtime.shard}
    named = {} if device.type == "cpu" else {"device_name": device_name(device)}
    return {"device": str(device), **named, "threads": runtime.num_threads, **budgets, **shared}


def _failure(error: Exception, attempt: Try | None) -> dict[str, str]:
    """Why a stage failed: what a user can mend, in words, else a crash."""
    return {"message": str(error)} if isinstance(error, UserError) else _crash(error, attempt)


def _crash(error: Exception, attempt: Try | None) -> dict[str, str]:
    """The last line for the terminal and the whole traceback in the try's folder."""
    failure = {"message": first_line(error)}
    if attempt is None:
        return failure
    log = attempt.folder / "traceback.txt"
    try:
        log.write_text(traceback.format_exc(), encoding="utf-8", errors="backslashreplace")
    except OSError:
        # A disk that takes no log must not take the worker: what failed is said all the same.
        return failure
    return {**failure, "traceback": str(log)}
