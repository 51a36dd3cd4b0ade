"""The command line and its workers as forks of a process in which torch is open, which takes seconds in a fresh one.

A fork is a process as any other: it has its own session, pipes and death, and is the child of the run that started it.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from stepstone.launchers import process
from stepstone.launchers.local import COMMAND

# What a run and its workers open, torch's optimizers and the one kind of model among it.
OPENED = (
    "stepstone.cli",
    "stepstone.evidence.compare",
    "stepstone.report.page",
    "stepstone.stages.evaluate",
    "stepstone.stages.finetune",
    "stepstone.stages.pretrain",
    "stepstone.worker",
    "stepstone.stages.job",
    "torch._dynamo",
    "torch._inductor",
    "transformers.models.xlm_roberta.modeling_xlm_roberta",
)


class Started:
    """A function that runs in a fork, seen as a process."""

    def __init__(self, run: Callable[..., Any], *given: Any) -> None:
        # As the launcher asks of its workers: a fork has the library of threads that was opened before it.
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(OPENED))
        self._process = context.Process(target=_begin, args=(run, *given), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit status, negative that of a signal, or None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """Its exit status; it is an error if it has none in time."""
        self._process.join(seconds)
        status = self.poll()
        assert status is not None, f"it still runs after {seconds} seconds"
        return status

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


def stepstone(folder: Path, words: tuple[str, ...], environment: Mapping[str, str], limit: float) -> Any:
    """What `subprocess.run` returns of the command line with these words."""
    said = [folder / f"said-{os.getpid()}-{time.monotonic_ns()}-{stream}" for stream in ("out", "err")]
    status = Started(_stepstone, folder, words, environment, *said).wait(limit)
    texts = [path.read_text(encoding="utf-8") for path in said]
    for path in said:
        path.unlink()
    return subprocess.CompletedProcess(words, status, *texts)


def _stepstone(folder: Path, words: tuple[str, ...], environment: dict[str, str], out: Path, err: Path) -> None:
    from stepstone.cli import main

    for path, stream in ((out, sys.stdout), (err, sys.stderr)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["stepstone", *words]
    main()


def _begin(run: Callable[..., Any], *given: Any) -> None:
    os.setsid()
    # As in all tests: what is killed is no machine without power.
    os.fsync = lambda handle: None  # type: ignore[assignment]
    process.subprocess = SimpleNamespace(PIPE=subprocess.PIPE, Popen=_Worker)  # type: ignore[assignment, attr-defined]
    sys.exit(run(*given))


class _Worker(subprocess.Popen):  # type: ignore[type-arg]
    """The worker, in a fork of this process, where the fork would else become a fresh interpreter."""

    def __init__(self, command: Any, env: Mapping[str, str], **given: Any) -> None:
        assert command == COMMAND
        sys.stdout.flush()
        sys.stderr.flush()
        super().__init__(command, env=env, preexec_fn=partial(_work, env), **given)


def _work(environment: Mapping[str, str]) -> None:
    """All that a worker does; pipes and log are in place when this is called, and nothing follows it."""
    status = 1
    try:
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        gc.enable()
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")
        )
        from stepstone import worker

        worker.main()
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)
