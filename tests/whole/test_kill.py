"""Kill -9 at any moment, then the same command: it finishes, and every score equals the uninterrupted run's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from whole_study import LIMIT, STUDY, records_of, results_of

pytestmark = pytest.mark.trains

# The run that is killed: the ordinary one, but for resume points after every few steps.
SCRIPT = """
import sys
from pathlib import Path
from stepstone import Study, plan, run
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.local import Local
from stepstone.store.store import Store
folder = Path(sys.argv[1])
store = Store(folder / "store")
planned = plan(Study.load(folder / "killed.toml"), Place(cache=folder / "store" / "cache"))
launcher = Local(num_workers=1, logs=store.root / "logs")
outcome = run(planned, store, launcher, Runtime(device="cpu", save_seconds=0.05))
sys.exit(outcome.exit_status)
"""


def _start(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "killed.toml").write_text(STUDY, encoding="utf-8")
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], start_new_session=True)


def _points(folder: Path) -> list[Path]:
    """Resume points of stages that have no record yet: `tries/<k2>/<key>/<try>/.../point-<n>/state.json`."""
    store = folder / "store"
    done = {path.stem for path in records_of(store)}
    # os.walk, for folders vanish while one looks: newer points take the place of older ones.
    found = [Path(place) for place, _, files in os.walk(store / "tries") if "state.json" in files]
    return [path for path in found if path.name.startswith("point-") and path.relative_to(store).parts[2] not in done]


def _wait(process: subprocess.Popen[bytes], folder: Path, happened: Callable[[Path], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not happened(folder):
        assert process.poll() is None, f"the run ended with {process.returncode} before it could be killed"
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.005)


def _workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8")
    return [int(number) for number in children.split()]


def _kill_workers(process: subprocess.Popen[bytes], folder: Path) -> None:
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


@pytest.fixture(scope="module")
def uninterrupted(finished: Path) -> dict[str, tuple[str, bytes]]:
    """Scores and predictions of the run that nobody disturbed."""
    results = results_of(finished / "store")
    # Eight of targets, and that of the intermediate task by itself.
    assert len(results) == 8 + 1
    return results


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """The folder of a run whose data is written, which takes half the time: the first test disturbs that."""
    shutil.copytree(finished / "store" / "cache", tmp_path / "store" / "cache")
    return tmp_path


def _moments() -> Iterator[tuple[str, Callable[[Path], bool]]]:
    """Moments in the life of a run, in their order."""
    yield "while its data is written", lambda folder: (folder / "store" / "cache" / "lab").exists()
    yield "in pretraining", lambda folder: not records_of(folder / "store") and bool(_points(folder))
    # At least one record: a training that is slept through gives way to the next.
    yield "in fine-tuning", lambda folder: len(records_of(folder / "store")) >= 1 and bool(_points(folder))
    yield "between evaluations", lambda folder: len(records_of(folder / "store")) >= 4
    yield "near its end", lambda folder: len(records_of(folder / "store")) >= 9


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds workers through /proc")
def test_a_run_killed_at_every_moment_ends_with_the_same_bits(
    tmp_path: Path, uninterrupted: dict[str, tuple[str, bytes]]
) -> None:
    for name, happened in _moments():
        process = _start(tmp_path)
        _wait(process, tmp_path, happened)
        workers = _workers_of(process)
        process.kill()
        process.wait()
        deadline = time.monotonic() + LIMIT
        while not all(_gone(number) for number in workers):
            assert time.monotonic() < deadline, f"killed {name}: a worker outlived the run"
            time.sleep(0.05)
    assert _start(tmp_path).wait(timeout=LIMIT) == 0
    assert results_of(tmp_path / "store") == uninterrupted


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds workers through /proc")
def test_a_killed_worker_takes_only_its_job_and_the_run_ends_with_the_same_bits(
    folder: Path, uninterrupted: dict[str, tuple[str, bytes]]
) -> None:
    process = _start(folder)
    for happened in (
        lambda folder: not records_of(folder / "store") and bool(_points(folder)),
        lambda folder: len(records_of(folder / "store")) >= 3,
    ):
        _wait(process, folder, happened)
        _kill_workers(process, folder)
    assert process.wait(timeout=LIMIT) == 0
    assert results_of(folder / "store") == uninterrupted


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds workers through /proc")
def test_ctrl_c_stops_cleanly_and_the_same_command_continues(
    folder: Path, uninterrupted: dict[str, tuple[str, bytes]]
) -> None:
    process = _start(folder)
    _wait(process, folder, lambda folder: bool(_points(folder)))
    workers = _workers_of(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=LIMIT) == 130
    assert all(_gone(number) for number in workers)
    assert _start(folder).wait(timeout=LIMIT) == 0
    assert results_of(folder / "store") == uninterrupted
