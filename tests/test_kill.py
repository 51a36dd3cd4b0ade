"""Kill -9 at any moment, then the same command: it finishes, and every score equals the uninterrupted run's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

STUDY = """
name = "killed"
models = ["own"]
languages = ["en", "de"]
[lab]
[model.own.scratch]
text = "text"
languages = ["en", "de"]
num_documents = 60
vocab_size = 400
hidden_size = 32
num_layers = 2
num_heads = 2
max_positions = 96
pretraining = { num_steps = 120, batch_size = 16, max_length = 48 }
[recipe]
max_length = 64
learning_rate = 1e-3
eval_every = 20
num_steps = 60
batch_size = 16
[intermediate.nli]
tasks = { en = "mnli" }
num_examples = 400
[target.xnli]
num_examples = 200
num_test = 60
[target.xquad]
num_examples = 100
num_test = 40
"""

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


def _records(folder: Path) -> list[Path]:
    return sorted((folder / "store" / "records").rglob("*.json"))


def _results(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Label -> scores and predictions of every evaluation."""
    found = {}
    for path in _records(folder):
        record = json.loads(path.read_text(encoding="utf-8"))
        record = record.get("record", record)
        if "scores" in record["result"]:
            rows = folder / "store" / record["folder"] / "predictions.jsonl"
            found[record["label"]] = (json.dumps(record["result"]["scores"]), rows.read_bytes())
    return found


def _points(folder: Path) -> list[Path]:
    return list((folder / "store" / "tries").rglob("point-*/state.json"))


def _wait(process: subprocess.Popen[bytes], folder: Path, happened: Callable[[Path], bool]) -> None:
    deadline = time.monotonic() + 120
    while not happened(folder):
        assert process.poll() is None, f"the run ended with {process.returncode} before it could be killed"
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.005)


def _workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8")
    return [int(number) for number in children.split()]


def _gone(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert _start(folder).wait(timeout=240) == 0
    results = _results(folder)
    assert len(results) == 8
    return results


def _moments() -> Iterator[tuple[str, Callable[[Path], bool]]]:
    """Moments in the life of a run, in their order."""
    yield "while its data is written", lambda folder: (folder / "store" / "cache" / "lab").exists()
    yield "in pretraining", lambda folder: not _records(folder) and bool(_points(folder))
    yield "in fine-tuning", lambda folder: len(_records(folder)) == 1 and bool(_points(folder))
    yield "between evaluations", lambda folder: len(_records(folder)) >= 4
    yield "near its end", lambda folder: len(_records(folder)) >= 9


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
        deadline = time.monotonic() + 20
        while not all(_gone(number) for number in workers):
            assert time.monotonic() < deadline, f"killed {name}: a worker outlived the run"
            time.sleep(0.05)
    assert _start(tmp_path).wait(timeout=240) == 0
    assert _results(tmp_path) == uninterrupted


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds workers through /proc")
def test_a_killed_worker_takes_only_its_job_and_the_run_ends_with_the_same_bits(
    tmp_path: Path, uninterrupted: dict[str, tuple[str, bytes]]
) -> None:
    process = _start(tmp_path)
    for happened in (
        lambda folder: not _records(folder) and bool(_points(folder)),
        lambda folder: len(_records(folder)) >= 3,
    ):
        _wait(process, tmp_path, happened)
        for number in _workers_of(process):
            os.kill(number, signal.SIGKILL)
    assert process.wait(timeout=240) == 0
    assert _results(tmp_path) == uninterrupted


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds workers through /proc")
def test_ctrl_c_stops_cleanly_and_the_same_command_continues(
    tmp_path: Path, uninterrupted: dict[str, tuple[str, bytes]]
) -> None:
    process = _start(tmp_path)
    _wait(process, tmp_path, lambda folder: bool(_points(folder)))
    workers = _workers_of(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert all(_gone(number) for number in workers)
    assert _start(tmp_path).wait(timeout=240) == 0
    assert _results(tmp_path) == uninterrupted
