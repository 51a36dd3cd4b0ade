"""A small study disturbed at random moments until it is finished, again and again: figures for docs/reliability.md.

    make crash MOMENTS=200

Each disturbance is a signal to the run, to its worker or to both at once; the same command then continues. In the end
records, predictions and weights must be those of the study that nobody disturbed, to the bit. It fails at the first
study for which that is not so, and where a process is left five seconds after its run was killed.
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

from warm import Started
from whole_study import LIMIT, STUDY, results_of, run_saving_often

# Whom a signal is sent to, and which; a run that is asked to stop ends by itself.
HARM = (
    ("run", signal.SIGKILL),
    ("run", signal.SIGTERM),
    ("run", signal.SIGHUP),
    ("run", signal.SIGINT),
    ("worker", signal.SIGKILL),
    ("worker", signal.SIGTERM),
    ("both", signal.SIGKILL),
)
# Seconds from one disturbance to the next, at most.
LONGEST = 4.0


def main() -> None:
    """Disturb studies until there were as many moments as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw, tried, slowest, num_studies = random.Random(asked.seed), Counter[tuple[str, str, str]](), 0.0, 0
    with tempfile.TemporaryDirectory() as place:
        plain = _folder(Path(place) / "plain")
        assert Started(run_saving_often, plain).wait(LIMIT) == 0
        expected = results_of(plain / "store")
        while tried.total() < asked.moments:
            folder = _folder(Path(place) / f"study-{num_studies}")
            slowest = max(slowest, _disturb(folder, draw, tried))
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


def _disturb(folder: Path, draw: random.Random, tried: Counter[tuple[str, str, str]]) -> float:
    """One study, disturbed until it is finished; returns the longest that a process outlived its run, in seconds."""
    slowest = 0.0
    process = Started(run_saving_often, folder)
    while True:
        time.sleep(draw.uniform(0.0, LONGEST))
        if process.poll() is None:
            whom, number = draw.choice(HARM)
            workers, phase = _workers_of(process.pid), _phase(folder)
            for pid in [*([process.pid] if whom != "worker" else []), *(workers if whom != "run" else [])]:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            tried[whom, number.name, phase] += 1
            if whom == "worker":
                continue
            process.wait(LIMIT)
            slowest = max(slowest, _await(workers))
        elif process.poll() == 0:
            return slowest
        process = Started(run_saving_often, folder)


def _phase(folder: Path) -> str:
    """What is done at the moment, by the notice of the stage at work."""
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
