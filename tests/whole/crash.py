"""A small study disturbed at random moments until it is finished, again and again: figures for docs/reliability.md.

    make crash MOMENTS=200

Each disturbance is a signal to the run, to its worker or to both at once, or a death before the n-th fsync, rename,
unlink or mkdir of one of them; the same command then continues, through report and pruning. In the end records,
predictions and weights must be those of the study that nobody disturbed, to the bit. It fails at the first study for
which that is not so, and where a process is left five seconds after its run was killed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deadly import CALLS, Moment, arm
from stepstone import Study, plan
from stepstone.cli.running import write_report
from stepstone.core import alive
from stepstone.core.place import Place
from stepstone.pipeline.prune import find_removals, remove
from stepstone.store.store import Store
from warm import Started
from whole_study import LIMIT, STUDY, results_of, run_saving_often

# Whom a signal is sent to, and which; a run that is asked to stop ends by itself.
HARM = (
    ("run", signal.SIGKILL),
    ("run", signal.SIGTERM),
    ("run", signal.SIGHUP),
    ("run", signal.SIGINT),
    ("run", signal.SIGSTOP),
    ("worker", signal.SIGKILL),
    ("worker", signal.SIGTERM),
    ("worker", signal.SIGSTOP),
    ("both", signal.SIGKILL),
)
# Seconds from one disturbance to the next, at most.
LONGEST = 4.0
# A run that is stopped goes on after so many seconds; a worker is given up after these, for two minutes are long.
PAUSE, SILENCE = 2.0, 15.0
# About as many calls of each kind as run and worker make in a whole study.
MOST = {"run": 40, "worker": 400}


def main() -> None:
    """Disturb studies until there were as many moments as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw, tried, slowest, num_studies = random.Random(asked.seed), Counter[tuple[str, str, str]](), 0.0, 0
    with tempfile.TemporaryDirectory() as place:
        plain = _folder(Path(place) / "plain")
        began = time.monotonic()
        assert Started(_whole, plain, None).wait(LIMIT) == 0
        print(f"undisturbed: {time.monotonic() - began:.0f} s", flush=True)
        expected = results_of(plain / "store")
        while tried.total() < asked.moments:
            folder = _folder(Path(place) / f"study-{num_studies}")
            slowest = max(slowest, _disturb(folder, draw, tried))
            assert (folder / "report" / "report.html").exists()
            assert results_of(folder / "store") == expected, f"{folder} has other bits after {tried}"
            num_studies += 1
            print(f"{tried.total()} moments, {num_studies} studies with the bits of the undisturbed one", flush=True)
    for (whom, which, phase), num in sorted(tried.items()):
        print(f"| {which} to {whom} | {phase} | {num} |")
    print(f"all processes of a killed run were gone after {slowest:.1f} s at most")


def _folder(path: Path) -> Path:
    path.mkdir()
    (path / "killed.toml").write_text(STUDY, encoding="utf-8")
    return path


def _whole(folder: Path, moment: Moment | None) -> int:
    """Run, report and prune, as three commands would; the run's exit status."""
    alive.SILENCE_SECONDS = SILENCE
    if moment is not None:
        arm(moment, folder / f"died-{time.monotonic_ns()}")
    note, store = folder / "doing", Store(folder / "store")
    with (folder / "said").open("ab") as said:
        os.dup2(said.fileno(), sys.stdout.fileno())
        os.dup2(said.fileno(), sys.stderr.fileno())
    note.unlink(missing_ok=True)
    if status := run_saving_often(folder):
        return status
    planned = plan(Study.load(folder / "killed.toml"), Place(cache=folder / "store" / "cache"))
    note.write_text("reporting")
    write_report(planned, store, folder / "report", None)
    note.write_text("pruning")
    remove(store, find_removals(store, [planned], weights=True, superseded=True))
    return 0


def _disturb(folder: Path, draw: random.Random, tried: Counter[tuple[str, str, str]]) -> float:
    """One study, disturbed until it is finished; returns the longest that a process outlived its run, in seconds."""
    slowest = 0.0
    while True:
        seconds, status = _signalled(folder, draw, tried) if draw.random() < 0.5 else _dying(folder, draw, tried)
        slowest = max(slowest, seconds)
        if status == 0:
            return slowest


def _dying(folder: Path, draw: random.Random, tried: Counter[tuple[str, str, str]]) -> tuple[float, int]:
    """One run that ends, or whose worker ends, before a call of its own; and its exit status."""
    whose = draw.choice(list(MOST))
    # Small numbers as often as large ones.
    moment = Moment(whose, draw.choice(list(CALLS)), round(MOST[whose] ** draw.random()))
    num_died, workers, phase = len(list(folder.glob("died-*"))), list[int](), ""
    process = Started(_whole, folder, moment)
    while process.poll() is None:
        workers, phase = _workers_of(process.pid) or workers, _phase(folder)
        time.sleep(0.05)
    if len(list(folder.glob("died-*"))) > num_died:
        tried[moment.whose, f"{moment.call}", phase if whose == "run" else "any"] += 1
    return _await(workers), process.wait()


def _signalled(folder: Path, draw: random.Random, tried: Counter[tuple[str, str, str]]) -> tuple[float, int]:
    """One run that gets signals, until one of them, or nothing, ends it; and its exit status."""
    process, workers = Started(_whole, folder, None), list[int]()
    while True:
        time.sleep(draw.uniform(0.0, LONGEST))
        if process.poll() is not None:
            return 0.0, process.wait()
        whom, number = draw.choice(HARM)
        workers, phase = _workers_of(process.pid), _phase(folder)
        sent = [*([process.pid] if whom != "worker" else []), *(workers if whom != "run" else [])]
        _send(sent, number)
        tried[whom, number.name, phase] += 1
        if (whom, number) == ("run", signal.SIGSTOP):
            time.sleep(PAUSE)
            _send(sent, signal.SIGCONT)
        elif number == signal.SIGSTOP:
            _await_given_up(process, workers)
        elif whom != "worker":
            process.wait(LIMIT)
            return _await(workers), process.wait()


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _await_given_up(process: Started, stopped: list[int]) -> None:
    """Wait until the run has ended the workers that stand still; one that was idle is ended with the run."""
    began = time.monotonic()
    while process.poll() is None and any(_lives(pid) for pid in stopped):
        assert time.monotonic() - began < LIMIT, f"{stopped} stand still and nobody gives them up"
        time.sleep(0.05)


def _phase(folder: Path) -> str:
    """What is done at the moment, by the notice of the stage at work."""
    with suppress(OSError):
        return (folder / "doing").read_text(encoding="utf-8")
    for path in (folder / "store" / "working").glob("??/*.json"):
        with suppress(OSError, ValueError, KeyError):
            doing = str(json.loads(path.read_text(encoding="utf-8"))["doing"])
            return doing.split()[0] if doing else "beginning"
    return "recording" if (folder / "store" / "records").exists() else "starting"


def _workers_of(pid: int) -> list[int]:
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
        return [int(number) for number in children.split()]
    return []


def _await(workers: list[int]) -> float:
    """Seconds until all of them are gone; it is an error if that takes more than five."""
    began = time.monotonic()
    while any(_lives(pid) for pid in workers):
        assert time.monotonic() - began < 5.0, f"{workers} outlived their run"
        time.sleep(0.02)
    return time.monotonic() - began


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


if __name__ == "__main__":
    main()
