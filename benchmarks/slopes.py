"""Do intervals of slopes cover? Simulated studies over sizes with planted slopes, through `compare` itself.

    python benchmarks/slopes.py [--studies 400] [--workers 2] [--sizes 4] [--encoders 1]

In every study the gain of training in English does not change with size and that of Japanese grows by two points per
doubling. Prints a Markdown table: how often intervals hold the truth, and how often the first is called decided.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from scipy import stats

from stepstone.core.intermediate import Intermediate
from stepstone.core.study import Study
from stepstone.core.target import Target
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import compare
from stepstone.evidence.readings import read_evaluation
from stepstone.report.markup import table_lines

GOLDS = np.array(["a", "b", "c"])
SLOPES = {"none": 0.0, "nli.en": 0.0, "nli.ja": 2.0}  # points per doubling
SIZES, ENCODERS = (4, 7), (1, 3)
BASE = 40.0  # points that the baseline has at every size
# Standard deviations of the latent variable that an example is solved by: its ease, the liking of the arm, luck.
EASE, LIKING, LUCK = 1.0, 0.3, 0.4
_SD = float(np.sqrt(EASE**2 + LIKING**2 + LUCK**2))


@dataclass(frozen=True)
class World:
    """What is simulated; standard deviations are in points."""

    num_sizes: int
    num_encoders: int
    num_seeds: int
    num_examples: int = 500
    sd_run: float = 1.0
    sd_encoder: float = 1.0

    @property
    def study(self) -> Study:
        """The study that asks for it."""
        return Study(
            name="slopes",
            models=tuple(f"size{place}" for place in range(self.num_sizes)),
            seeds=tuple(range(1, self.num_seeds + 1)),
            intermediate={"nli": Intermediate(tasks={"en": "mnli", "ja": "jnli"})},
            target={"xnli": Target()},
        )


def simulate(world: World, rng: np.random.Generator, folder: Path) -> pd.DataFrame:
    """A frame as `collect` would give it, its predictions written to `folder`."""
    ease, golds = rng.normal(0, EASE, world.num_examples), rng.integers(0, 3, world.num_examples)
    rows = []
    for place, condition in itertools.product(range(world.num_sizes), SLOPES):
        liking = rng.normal(0, LIKING, world.num_examples)
        for again in range(1, world.num_encoders + 1):
            own = BASE + SLOPES[condition] * place
            # One encoder a size is asked about as it is, so what pretraining it did is no error of its line.
            own += rng.normal(0, world.sd_encoder) if world.num_encoders > 1 else 0.0
            for seed in range(1, world.num_seeds + 1):
                points = own + rng.normal(0, world.sd_run)
                ability = _SD * stats.norm.ppf(np.clip(points, 1, 99) / 100)
                right = ability + ease + liking + rng.normal(0, LUCK, world.num_examples) > 0
                rows.append(_row((place, again), condition, seed, _write(folder, right, golds, len(rows))))
    return pd.DataFrame(rows)


def _write(folder: Path, right: np.ndarray, golds: np.ndarray, number: int) -> str:
    said = GOLDS[np.where(right, golds, (golds + 1) % 3)].tolist()
    line = '{{"id": "{:05d}", "prediction": "{}", "gold": "{}"}}\n'
    path = folder / f"{number}.jsonl"
    named = enumerate(zip(said, GOLDS[golds].tolist(), strict=True))
    path.write_text("".join(line.format(place, *of) for place, of in named), encoding="utf-8")
    return str(path)


def _row(encoder: tuple[int, int], condition: str, seed: int, path: str) -> dict[str, Any]:
    place, again = encoder
    task, _, arm = condition.partition(".")
    return {
        "model": f"size{place}" + (f"-{again}" if again > 1 else ""),
        "size": f"size{place}",
        "ladder": "simulated",
        "pretraining_seed": again,
        "num_parameters": 3_000_000 * 2**place,
        "num_layer_parameters": 1_000_000 * 2**place,
        "condition": condition,
        "intermediate": task if arm else None,
        "intermediate_base": task if arm else None,
        "num_intermediate_examples": None,
        "arm": arm or None,
        "intermediate_language": arm or None,
        "method": "single" if arm else None,
        "setting": "",
        "baseline": "none",
        "target": "xnli",
        "language": "en",
        "group": "all of them",
        "seed": seed,
        "metric": "accuracy",
        "definition": "xtreme-2020",
        "value": 0.0,
        "num_examples": 0,
        "key": path,
        "predictions": path,
        "status": "done",
        "flags": (),
        "reason": "",
        "trivial": {},
    }


def judged(world: World, number: int) -> tuple[bool, bool, float, bool]:
    """Of one study: whether each interval holds its truth, the half width of the second, and whether it is decided."""
    rng = np.random.default_rng([world.num_sizes, world.num_encoders, world.num_seeds, number])
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        frame = simulate(world, rng, Path(folder))
        table = compare(frame, world.study, Settings(num_resamples=300, num_permutations=0)).slopes
    read_evaluation.cache_clear()
    table = table[(table["comparison"] == "slope") & (table["level"] == "all")]
    (still,) = table[table["condition"] == "nli.en"].itertuples()
    (growing,) = table[table["of"] == "language"].itertuples()
    is_false = bool(still.p < 0.05)
    return (
        bool(still.low <= 0 <= still.high),
        bool(growing.low <= 2 <= growing.high),
        (growing.high - growing.low) / 2,
        is_false,
    )


def _counted(task: tuple[World, int]) -> tuple[str, ...]:
    world, num = task
    still, growing, half, false = (np.array(of) for of in zip(*(judged(world, one) for one in range(num)), strict=True))
    return (
        str(world.num_sizes),
        str(world.num_encoders),
        str(world.num_seeds),
        *(_share(of, num) for of in (growing, still, false)),
        f"{half.mean():.1f}",
    )


def _share(found: np.ndarray, num: int) -> str:
    share = found.mean()
    return f"{100 * share:.1f} ± {100 * np.sqrt(share * (1 - share) / num):.1f}"


def lines(num: int, workers: int, sizes: list[int], encoders: list[int]) -> Iterator[str]:
    """The table, a line as soon as it is known."""
    head = (
        "sizes",
        "encoders each",
        "seeds",
        "slope 2: intervals that hold it, %",
        "slope 0: the same, %",
        "slope 0: decided, %",
        "half width at slope 2, points",
    )
    tasks = [(World(one, again, 3 if again == 1 else 2), num) for one, again in itertools.product(sizes, encoders)]
    with ProcessPoolExecutor(workers) as pool:
        yield from table_lines(head, pool.map(_counted, tasks), right=range(len(head)))


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=400, help="simulated studies per row")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sizes", type=int, action="append", choices=SIZES, help="only these; repeatedly")
    parser.add_argument("--encoders", type=int, action="append", choices=ENCODERS, help="only these; repeatedly")
    given = parser.parse_args()
    for line in lines(given.studies, given.workers, given.sizes or list(SIZES), given.encoders or list(ENCODERS)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
