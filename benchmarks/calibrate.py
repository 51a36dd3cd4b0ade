"""Do intervals cover and stars hold? Simulated studies in which nothing helps, through `compare` itself.

    python benchmarks/calibrate.py [--tables 500] [--workers 2] [--world NAME ...]
    python benchmarks/calibrate.py --power [--tables 100] [--figure docs/power.svg]

Prints a Markdown table: coverage of 95 % intervals and tables with any false star, with Monte Carlo errors; with
--power how often a true gain is starred, beside what the formula says, and draws the curves.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import vl_convert

from stepstone.core.condition import BASELINE
from stepstone.core.setting import Setting
from stepstone.core.study import Intermediate, Study
from stepstone.core.target import Target
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import compare
from stepstone.evidence.design import mean_column
from stepstone.evidence.power import PowerSetting
from stepstone.evidence.readings import read_evaluation
from stepstone.report.markup import table_lines
from stepstone.report.vega import layer, nominal, quantity

SEEDS = (2, 3, 5, 10)
GOLDS = np.array(["a", "b", "c"])
# A point of accuracy in units of the latent ability, where three of five examples are solved.
POINT = 0.029
NUM_TARGET_EXAMPLES = 1000  # in the first of several settings
LANGUAGES = ("en", "de", "ja", "ko")


@dataclass(frozen=True)
class World:
    """What is simulated: standard deviations of the arms' runs in points (the baseline first), and what goes wrong.

    An example is solved where its ease, the arm's liking for it, the run's luck with it and the run's ability are
    above zero together; ease and liking are partly those of its cluster.
    """

    spread: tuple[float, ...] = (2.0,) * 5
    num_examples: int = 1000
    num_clusters: int = 0
    num_languages: int = 1
    degenerate: float = 0.0
    missing: float = 0.0
    gain: float = 0.0
    settings: int = 1  # ways to train targets, all of which the table has
    shared: float = 1.0  # of the variance of a run, by what is the same in all settings; 1: they are the very same runs
    by_rule: bool = False  # whether the tables without degenerate runs are counted, not those of all runs


# With 1,000 examples a run's standard deviation of 2 points weighs what 0.9 points weigh with XNLI's 5,010.
WORLDS: dict[str, World] = {
    "sd 0.3": World(spread=(0.3,) * 5),
    "sd 1": World(spread=(1.0,) * 5),
    "sd 2": World(),
    "sd 4": World(spread=(4.0,) * 5),
    "three arms, sd 2": World(spread=(2.0,) * 3),
    "unequal, 0.6 to 4": World(spread=(2.0, 0.6, 1.2, 2.8, 4.0)),
    "one arm of sd 4, others 1": World(spread=(1.0, 1.0, 1.0, 1.0, 4.0)),
    "baseline of sd 2, others 1": World(spread=(2.0, 1.0, 1.0, 1.0, 1.0)),
    "5 % of runs degenerate": World(degenerate=0.05),
    "the same, without them": World(degenerate=0.05, by_rule=True),
    "10 % of runs missing": World(missing=0.1),
    "100 clusters of 10": World(num_clusters=100),
    "four languages": World(num_languages=4, num_examples=400),
    "two settings of the same runs, two arms": World(spread=(2.0,) * 2, settings=2),
    "three settings of the same runs": World(settings=3),
    "three settings that share checkpoints": World(settings=3, shared=0.8),
    "5,010 examples, sd 1": World(spread=(1.0,) * 5, num_examples=5010),
}


@dataclass
class Count:
    """What came of the tables of one world."""

    covered: int = 0
    intervals: int = 0
    false: int = 0
    tables: int = 0
    found: int = 0
    tests: int = 0
    coverages: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    examples: list[float] = field(default_factory=list)

    def add(self, gains: pd.DataFrame, truth: float) -> None:
        """Count one table; gaps are none."""
        known = gains[gains["low"].notna() & (gains["level"] == "all")]
        inside = (known["low"] <= truth) & (known["high"] >= truth)
        self.coverages.append(float(inside.mean()) if len(known) else 1.0)
        self.covered += int(inside.sum())
        self.intervals += len(known)
        stars = gains["verdict"].isin(["higher", "lower"]) & (gains["level"] == "all")
        self.false += bool(stars.any())
        self.tables += 1
        self.found += int((known["verdict"] == "higher").sum())
        self.examples.append(float((known["var_examples"] - known["var_shared"]).mean()))
        self.tests += len(known)


def simulate(
    world: World, num_seeds: int, rng: np.random.Generator, folder: Path, languages: Sequence[str] = LANGUAGES
) -> pd.DataFrame:
    """A frame as `collect` would give it, its predictions written to `folder`."""
    rows = []
    for language in languages[: world.num_languages]:
        examples = _examples(world, rng)
        for arm, sd in enumerate(world.spread):
            liking = _clustered(rng, examples[1], 0.3)
            for seed in range(1, num_seeds + 1):
                if rng.random() < world.missing:
                    rows.append(_row(arm, seed, language, None, 0.0, ()))
                    continue
                run = partial(_run, world, rng, examples, arm, liking=liking, place=(seed, language), folder=folder)
                rows += _in_settings(world, rng, run, sd)
    # Left to itself, pandas makes NaN of None.
    paths = pd.Series([row["predictions"] for row in rows], dtype=object)
    return pd.DataFrame(rows).assign(predictions=paths)


def _in_settings(
    world: World, rng: np.random.Generator, run: Callable[..., dict[str, Any]], sd: float
) -> Iterator[dict[str, Any]]:
    """A run in every setting: the same one, or others that share a part of its luck."""
    common = rng.normal(0, sd)
    if world.settings == 1:
        yield run(luck=common)
        return
    if world.shared == 1:
        row = run(luck=common)
        yield from (in_setting(row, number) for number in range(world.settings))
        return
    for number in range(world.settings):
        luck = math.sqrt(world.shared) * common + math.sqrt(1 - world.shared) * rng.normal(0, sd)
        row = in_setting(run(luck=luck, name=f"-{number}"), number)
        yield {**row, "key": f"{row['key']}-{number}"}


def in_setting(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The row in one of the study's settings, the first of which labels leave out."""
    setting = Setting(num_examples=NUM_TARGET_EXAMPLES * (number + 1), is_first=number == 0)
    labels = {name: row[name] + setting.label for name in ("condition", "baseline")}
    return {**row, **labels, "setting": setting.text}


def _examples(world: World, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    num = world.num_examples
    clusters = np.arange(num) if not world.num_clusters else rng.integers(0, world.num_clusters, num)
    return _clustered(rng, clusters, 1.0), clusters, rng.integers(0, 3, num)


def _clustered(rng: np.random.Generator, clusters: np.ndarray, sd: float) -> np.ndarray:
    """Normal values, half of whose variance is their cluster's."""
    common = rng.normal(0, sd * np.sqrt(0.5), clusters.max() + 1)[clusters]
    return common + rng.normal(0, sd * np.sqrt(0.5), len(clusters))


def _run(
    world: World,
    rng: np.random.Generator,
    examples: tuple[np.ndarray, np.ndarray, np.ndarray],
    number: int,
    liking: np.ndarray,
    place: tuple[int, str],
    folder: Path,
    luck: float,
    name: str = "",
) -> dict[str, Any]:
    ease, clusters, golds = examples
    ability = 0.3 + POINT * (luck + (world.gain if number else 0.0))
    right = ability + ease + liking + rng.normal(0, 0.4, len(ease)) > 0
    said = np.where(right, golds, (golds + 1) % 3)
    stuck = rng.random() < world.degenerate
    if stuck:
        said = np.zeros_like(golds)
    path = folder / f"{number}-{place[0]}-{place[1]}{name}.jsonl"
    line = '{{"id": "{:05d}", "prediction": "{}", "gold": "{}", "cluster": "{}"}}\n'
    marks = [f"c{number}" if world.num_clusters else "" for number in clusters.tolist()]
    named = zip(GOLDS[said].tolist(), GOLDS[golds].tolist(), marks, strict=True)
    path.write_text("".join(line.format(place, *of) for place, of in enumerate(named)), encoding="utf-8")
    value = 100 * float((said == golds).mean())
    return _row(number, place[0], place[1], str(path), value, ("majority-class",) if stuck else ())


def _row(arm: int, seed: int, language: str, path: str | None, value: float, flags: tuple[str, ...]) -> dict[str, Any]:
    name = f"task{arm}"
    return {
        "model": "m",
        "size": "m",
        "ladder": "",
        "pretraining_seed": None,
        "num_parameters": 1,
        "num_layer_parameters": None,
        "condition": f"{name}.en" if arm else BASELINE,
        "intermediate": name if arm else None,
        "intermediate_base": name if arm else None,
        "num_intermediate_examples": None,
        "arm": "en" if arm else None,
        "intermediate_language": "en" if arm else None,
        "method": "single" if arm else None,
        "setting": "",
        "baseline": BASELINE,
        "target": "xnli",
        "language": language,
        "group": "all of them",
        "seed": seed,
        "metric": "accuracy",
        "definition": "xtreme-2020",
        "value": value if path else float("nan"),
        "num_examples": 0,
        "key": f"{arm}-{seed}-{language}",
        "predictions": path,
        "status": "done" if path else "missing",
        "flags": flags,
        "reason": "",
        "trivial": {},
    }


def study_of(world: World, num_seeds: int) -> Study:
    """The study that the world's table belongs to."""
    names = [f"task{arm}" for arm in range(1, len(world.spread))]
    return Study(
        name="calibration",
        models=("m",),
        seeds=tuple(range(1, num_seeds + 1)),
        intermediate={name: Intermediate(tasks={"en": name}) for name in names},
        target={"xnli": Target()},
        num_target_examples=tuple(NUM_TARGET_EXAMPLES * (one + 1) for one in range(world.settings))
        if world.settings > 1
        else (),
    )


def count(world: World, num_seeds: int, num_tables: int, first: int) -> Count:
    """Simulate tables and count what `compare` says of them."""
    settings = Settings(num_resamples=400, num_permutations=0)
    found = Count()
    for table in range(first, first + num_tables):
        rng = np.random.default_rng([num_seeds, table])
        with tempfile.TemporaryDirectory(dir=_memory()) as folder:
            frame = simulate(world, num_seeds, rng, Path(folder))
            comparison = compare(frame, study_of(world, num_seeds), settings)
            comparison = (world.by_rule and comparison.without) or comparison
            found.add(comparison.gains, world.gain)
            column = mean_column("xnli", "all", "all", list(LANGUAGES[: world.num_languages]))
            known = comparison.evidence.runs(column, comparison.evidence.pool(comparison.evidence.arms[:1]))
            found.runs.append(known.interaction.variance if known else float("nan"))
        read_evaluation.cache_clear()
    return found


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _counted(task: tuple[str, World, int, int]) -> tuple[str, int, Count]:
    name, world, num_seeds, num_tables = task
    return name, num_seeds, count(world, num_seeds, num_tables, 0)


def calibration(names: list[str], num_tables: int, workers: int) -> Iterator[str]:
    """The table, a line as soon as it is known."""
    head = ("world", "seeds", "coverage of 95 % intervals, %", "tables with any false star, %")
    tasks = [(name, WORLDS[name], seeds, num_tables) for name, seeds in itertools.product(names, SEEDS)]
    with ProcessPoolExecutor(workers) as pool:
        yield from table_lines(head, map(_calibrated, pool.map(_counted, tasks)), right=range(1, 4))


def _calibrated(counted: tuple[str, int, Count]) -> tuple[str, ...]:
    """A row: shares with their standard errors."""
    name, num_seeds, found = counted
    error = 100 * np.std(found.coverages, ddof=1) / np.sqrt(found.tables)
    share = found.false / found.tables
    return (
        name,
        str(num_seeds),
        f"{100 * found.covered / found.intervals:.1f} ± {error:.1f}",
        f"{100 * share:.1f} ± {100 * np.sqrt(share * (1 - share) / found.tables):.1f}",
    )


GAINS = (1.0, 2.0, 3.0, 4.0, 6.0)
POWER_WORLD = World(spread=(1.0,) * 5, num_examples=2000)


def _found(task: tuple[float, int, int]) -> tuple[float, int, float, float]:
    """A gain, a number of seeds, how often it was starred, and what the formula says of it."""
    gain, num_seeds, num_tables = task
    found = count(replace(POWER_WORLD, gain=gain), num_seeds, num_tables, 0)
    runs, examples = (float(np.mean(values)) for values in (found.runs, found.examples))
    arms = len(POWER_WORLD.spread)
    setting = PowerSetting("m", "xnli", arms, arms - 1, runs, examples, is_measured=True)
    return gain, num_seeds, found.found / found.tests, setting.power(num_seeds, gain)


def power(num_tables: int, workers: int, figure: Path | None) -> Iterator[str]:
    """The table of power, and its curves as a figure."""
    head = ("true gain, points", "seeds", "starred, %", "by the formula, %")
    tasks = [(gain, seeds, num_tables) for gain, seeds in itertools.product(GAINS, SEEDS)]
    points: list[dict[str, Any]] = []
    with ProcessPoolExecutor(workers) as pool:
        yield from table_lines(head, _powers(pool.map(_found, tasks), points), right=range(4))
    if figure is not None:
        figure.write_text(_curves(pd.DataFrame(points)), encoding="utf-8")


def _powers(
    found: Iterable[tuple[float, int, float, float]], points: list[dict[str, Any]]
) -> Iterator[tuple[str, ...]]:
    """A row of each; `points` gets those of the curves."""
    for gain, num_seeds, starred, formula in found:
        points.append({"gain": gain, "seeds": str(num_seeds), "starred": 100 * starred})
        yield f"{gain:g}", str(num_seeds), f"{100 * starred:.0f}", f"{100 * formula:.0f}"


def _curves(table: pd.DataFrame) -> str:
    points = {
        "x": quantity("gain", title="true gain of each of four arms, points"),
        "y": quantity("starred", title="starred, % of such studies", scale={"domain": [0, 100]}),
        "color": nominal("seeds", sort=[str(num) for num in SEEDS]),
    }
    data = {"values": table.to_dict(orient="records")}
    chart = {"data": data, **layer("line", points, point=True), "width": 420, "height": 260}
    return str(vl_convert.vegalite_to_svg(chart, allowed_base_urls=[]))


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=500, help="simulated tables per world and number of seeds")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--world", action="append", choices=list(WORLDS), help="only these; may be given repeatedly")
    parser.add_argument("--power", action="store_true", help="how often true gains are found, instead")
    parser.add_argument("--figure", type=Path, help="where to draw the curves of --power")
    given = parser.parse_args()
    if given.power:
        for line in power(given.tables, given.workers, given.figure):
            print(line, flush=True)
        return
    for line in calibration(given.world or list(WORLDS), given.tables, given.workers):
        print(line, flush=True)


if __name__ == "__main__":
    main()
