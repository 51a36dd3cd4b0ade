"""How long the report of a study of 9,000 cells takes: collected cells to the page.

    python benchmarks/large_report.py [--profile] [--alone] [--out FOLDER]

Seconds are of processors: of this process, of the second one beside it, and what they come to on two idle cores: this
process's own, and what the second one takes beyond what this one does before it first waits for it. `--alone` has no
second process. `--out` says where the report is to stay, as for `benchmarks/opened_page.py`.

Six sizes of a ladder, an intermediate task in four languages, four targets in fifteen languages, five seeds: 9,000
evaluations of 300 examples. Their predictions are written before the clock starts; reading them counts.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import os
import pstats
import resource
import sys
import tempfile
import time
from concurrent.futures import Future
from contextlib import nullcontext
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from stepstone.catalogue.own import catalogue_of
from stepstone.catalogue.tasks.xnli import LANGUAGES
from stepstone.core.intermediate import Intermediate
from stepstone.core.place import Place
from stepstone.core.second import SecondProcess
from stepstone.core.study import Study
from stepstone.core.target import Target
from stepstone.evidence.attached import attach
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import COLUMNS
from stepstone.evidence.ran import Run
from stepstone.planning.plan import Plan
from stepstone.report.page import report

LIMIT = 20.0  # seconds
MODELS = ("lab-nano", "lab-micro", "lab-mini", "lab-small", "lab-medium", "lab-large")
ARMS = ("", "en", "ja", "de", "zh")
TARGETS = ("xnli", "pawsx", "anli", "mnli")
NUM_SEEDS, NUM_EXAMPLES = 5, 300


def study() -> Study:
    """Six models, four arms beside the baseline, targets of fifteen languages, five seeds."""
    return Study(
        name="large",
        question="What does size change?",
        models=MODELS,
        lab={},
        seeds=tuple(range(1, NUM_SEEDS + 1)),
        intermediate={"nli": Intermediate(tasks=dict.fromkeys(ARMS[1:], "xnli"))},
        target={name: Target() for name in TARGETS},
    )


def simulate(folder: Path) -> pd.DataFrame:
    """A frame as `collect` would give it, its predictions written to `folder`."""
    rng = np.random.default_rng(1)
    rows = []
    for target, language in itertools.product(TARGETS, LANGUAGES):
        ease = rng.normal(0, 1, NUM_EXAMPLES)
        for (place, model), arm in itertools.product(enumerate(MODELS), ARMS):
            liking = rng.normal(0, 0.3, NUM_EXAMPLES)
            for seed in range(1, NUM_SEEDS + 1):
                level = rng.normal(0.1 * place, 0.03) + (0.05 if arm else 0.0)
                right = ease + liking + rng.normal(0, 0.4, NUM_EXAMPLES) + level > 0
                path = folder / f"{len(rows)}.jsonl"
                line = '{{"id": "{:05d}", "prediction": "{}", "gold": "a"}}\n'
                path.write_text("".join(line.format(number, "a" if ok else "b") for number, ok in enumerate(right)))
                rows.append(_row((place, model), arm, (target, language), seed, path, 100 * float(right.mean())))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in ("predictions", *(name for name in frame if any(row[name] is None for row in rows))):
        # Left to itself, pandas makes NaN of None.
        frame[name] = pd.Series([row[name] for row in rows], dtype=object)
    attach(frame, run=Run({}, {}, {}, (), {}))
    return frame


def _row(
    encoder: tuple[int, str], arm: str, test: tuple[str, str], seed: int, path: Path, value: float
) -> dict[str, Any]:
    (place, model), (target, language) = encoder, test
    known = study().language_of(language)
    return {
        **dict.fromkeys(COLUMNS),
        "model": model,
        "size": model,
        "ladder": "lab",
        "pretraining_seed": 1,
        "num_parameters": 200_000 * 4**place,
        "num_layer_parameters": 100_000 * 4**place,
        "condition": f"nli.{arm}" if arm else "none",
        "intermediate": "nli" if arm else None,
        "intermediate_base": "nli" if arm else None,
        "arm": arm or None,
        "intermediate_language": arm or None,
        "method": "single" if arm else None,
        "setting": "",
        "baseline": "none",
        "target": target,
        "language": language,
        "family": known.family,
        "genus": known.genus,
        "script": known.script,
        "group": known.genus,
        "seed": seed,
        "metric": "accuracy",
        "definition": "xtreme-2020",
        "unit": "percent",
        "value": value,
        "trivial": {"chance": 50.0},
        "num_examples": NUM_EXAMPLES,
        "num_clusters": NUM_EXAMPLES,
        "key": path.stem,
        "predictions": str(path),
        "status": "done",
        "flags": (),
        "reason": "",
        "num_cut": 0,
        "unknown": 0.0,
        "source_dev": float("nan"),
        "others": {},
    }


class Watch:
    """What is spent while it is open, in seconds of processors."""

    def __enter__(self) -> Watch:
        self._began, self._before = time.process_time(), _of_children()
        self._start, self._waits = 0.0, 0.0
        self._patched = SecondProcess.__enter__, Future.result
        # Functions, which a class hands the object to; bound methods it would not.
        SecondProcess.__enter__ = lambda second: self._enter(second)  # type: ignore[method-assign]
        Future.result = lambda future, timeout=None: self._result(future, timeout)  # type: ignore[method-assign]
        return self

    def __exit__(self, *error: object) -> None:
        SecondProcess.__enter__, Future.result = self._patched  # type: ignore[method-assign]
        self.own, self.second = time.process_time() - self._began, _of_children() - self._before
        self.idle = self.own + max(0.0, self.second - (self._waits - self._start))

    def _enter(self, second: SecondProcess) -> SecondProcess:
        self._start, self._waits = time.process_time(), 0.0
        return self._patched[0](second)

    def _result(self, future: Future[bytes], timeout: float | None = None) -> bytes:
        self._waits = self._waits or time.process_time()
        return self._patched[1](future, timeout)


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Simulate, compare, report; print seconds, and fail beyond the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="print where the time of this process goes")
    parser.add_argument("--alone", action="store_true", help="without a second process")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the report is to stay")
    given = parser.parse_args()
    if given.alone:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    asked = study()
    planned = Plan(asked, Place(), catalogue_of(asked), {}, (), {}, {})
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        frame = simulate(Path(folder))
        profile = cProfile.Profile() if given.profile else nullcontext()
        began = time.monotonic()
        with profile:
            with Watch() as compared:
                comparison = compare(frame, asked)
            with Watch() as reported:
                report(planned, frame, given.out or Path(folder) / "report", comparison)
        wall = time.monotonic() - began
    print(f"{len(frame):,} cells: own, second process, on two idle cores; by the clock {wall:.1f} s")
    for name, one in (("compared", compared), ("reported", reported)):
        print(f"{name}: {one.own:.1f} s, {one.second:.1f} s, {one.idle:.1f} s")
    print(f"together on two idle cores: {compared.idle + reported.idle:.1f} s")
    if isinstance(profile, cProfile.Profile):
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
    sys.exit(compared.idle + reported.idle > LIMIT)


if __name__ == "__main__":
    main()
