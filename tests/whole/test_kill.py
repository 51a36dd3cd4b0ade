"""Kill -9 or Ctrl-C at any moment, then the same command: it finishes, with the bits of the uninterrupted run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from warm import Started
from whole_study import LIMIT, STUDY, records_of, results_of, run_saving_often

pytestmark = pytest.mark.trains


def _start(folder: Path) -> Started:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "killed.toml").write_text(STUDY, encoding="utf-8")
    return Started(run_saving_often, folder)


def _points(folder: Path) -> list[Path]:
    """Resume points of stages that have no record yet: `tries/<k2>/<key>/<try>/.../point-<n>/state.json`."""
    store = folder / "store"
    done = {path.stem for path in records_of(store)}
    # os.walk, for folders vanish while one looks: newer points take the place of older ones.
    found = [Path(place) for place, _, files in os.walk(store / "tries") if "state.json" in files]
    return [path for path in found if path.name.startswith("point-") and path.relative_to(store).parts[2] not in done]


def _wait(process: Started, folder: Path, happened: Callable[[Path], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not happened(folder):
        assert process.poll() is None, f"the run ended with {process.returncode} before it could be killed"
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.02)


def _workers_of(process: Started) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8")
    return [int(number) for number in children.split()]


def _kill_workers(process: Started, folder: Path) -> None:
    """Kill those that there are, of which there is always one, but for the moment in which it is replaced."""
    _wait(process, folder, lambda folder: any(not _gone(number) for number in _workers_of(process)))
    for number in _workers_of(process):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def _gone(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _await_end(workers: list[int]) -> None:
    deadline = time.monotonic() + LIMIT
    while not all(_gone(number) for number in workers):
        assert time.monotonic() < deadline, "a worker outlived the run"
        time.sleep(0.05)


class Run:
    """One study whose run is disturbed at moments of its life, and started again where it has ended by that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = _start(folder)
        self._seen: set[Path] = set()

    def when(self, happened: Callable[[int], bool], points: bool = False) -> Run:
        """Wait until so many records are there, with a resume point (if asked) written since the last disturbance."""

        def moment(folder: Path) -> bool:
            if not happened(len(records_of(folder / "store"))):
                return False
            return not points or not self._seen.issuperset(_points(folder))

        _wait(self.process, self.folder, moment)
        self._seen |= set(_points(self.folder))
        return self

    def kill(self) -> None:
        """Kill -9; its worker must end by itself."""
        workers = _workers_of(self.process)
        self.process.send(signal.SIGKILL)
        self.process.wait()
        _await_end(workers)
        self.process = _start(self.folder)

    def kill_worker(self) -> None:
        """Kill -9 of the worker alone: the run goes on with another."""
        _kill_workers(self.process, self.folder)

    def stop(self, number: signal.Signals) -> None:
        """It stops with its workers, and says by its status that it was told to."""
        workers = _workers_of(self.process)
        self.process.send(number)
        assert self.process.wait(LIMIT) == 130
        assert all(_gone(number) for number in workers)
        self.process = _start(self.folder)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds workers through /proc")
def test_a_run_killed_and_stopped_at_every_moment_ends_with_the_same_bits(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """One run, for the time it takes: each disturbance leaves its traces to all that come after it.

    `make crash` does so at hundreds of moments.
    """
    run = Run(tmp_path)
    _wait(run.process, tmp_path, lambda folder: (folder / "store" / "cache" / "lab").exists())
    run.kill()  # while its data is written
    run.when(lambda records: not records, points=True).kill_worker()  # in pretraining
    # At least one record: a training that is slept through gives way to the next.
    run.when(lambda records: records >= 1, points=True).stop(signal.SIGINT)
    run.when(lambda records: records >= 1, points=True).kill()  # in fine-tuning
    run.when(lambda records: records >= 6).stop(signal.SIGHUP)  # its terminal is closed
    run.when(lambda records: records >= 9).kill()  # near its end
    assert run.process.wait(LIMIT) == 0
    results = results_of(tmp_path / "store")
    # An encoder, five trainings and eight evaluations of targets, and that of the intermediate task by itself.
    assert len(results) == 1 + 5 + 8 + 1
    # Asked for at the end: another process may have made it in the meantime, which else is waited for.
    assert results == results_of(request.getfixturevalue("finished") / "store")
