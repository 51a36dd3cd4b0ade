"""The bill against the truth: of a finished study, what some stages say of the rest, beside what the rest took.

    python benchmarks/bill.py lab_answer --store STORE
    python benchmarks/bill.py real_depth --store STORE --data DATA
    python benchmarks/bill.py phang2020 --rehearsal --store STORE

Known are the first of them in the order in which a run begins them, every so many-th of them, those of every so
many-th job, or those of a seed. Of a
study that ran on several kinds of device that counts on which most of it ran, whatever kind this is. The store is read
and not written; seconds are those of its records, summed over workers. Without a study's data at hand its stages have
other keys, and nothing is found.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.measured import find_amounts, measured, measured_elsewhere, reading_counter
from stepstone.pipeline.pace import Pace
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse
from stepstone.report.markup import table_lines
from stepstone.store.store import Store

Paces = Callable[[set[str]], dict[str, Pace]]
HEAD = ("known", "stages", "rest", "left out", "bill, s", "from", "to", "truth, s", "bill / truth", "within")


def main() -> None:
    """Print the table."""
    options = _options()
    store = Store(options.store)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folders=tuple(options.data), cache=Path(folder), use_hub=False)
        study = Study.load(options.study)
        planned = plan(rehearse(study) if options.rehearsal else study, place)
        seconds = {record.key: record.seconds for record in store.records(planned.stages)}
        jobs = make_jobs(planned.stages, set(seconds))
        order = [stage.key for job in jobs for stage in job.stages if stage.key in seconds]
        print(f"{planned.study.name}: {len(order):,} of {len(planned.stages):,} stages have a record")
        for line in table_lines(HEAD, rows(planned, _paces(planned, store), seconds, order), range(1, 9)):
            print(line, flush=True)


def _paces(planned: Plan, store: Store) -> Paces:
    """What some of the stages say of others, by the kind of device that they ran on; "": of this kind."""
    amounts = find_amounts(planned, reading_counter(planned))

    def ask(known: set[str]) -> dict[str, Pace]:
        missing = set(planned.stages) - known
        here = measured(planned, store, missing, amounts)
        return {"": here, **measured_elsewhere(planned, store, missing, amounts)}

    return ask


def rows(planned: Plan, paces: Paces, seconds: dict[str, float], order: list[str]) -> Iterator[list[str]]:
    """One for each way to know a part."""
    # Of no record the pace is asked where nothing is missing.
    every = paces(set(order[1:]))
    device = max(every, key=lambda name: every[name].num_measured)
    for name, known in _known(planned, order).items():
        rest = [key for key in order if key not in known]
        if rest and device in (found := paces(known)):
            yield [name, *compare(planned, found[device], seconds, len(known), rest)]


def _known(planned: Plan, order: list[str]) -> dict[str, set[str]]:
    """Ways to know a part."""
    seeds = sorted({int(planned.stages[key].coordinates.get("seed", 0)) for key in order} - {0})
    found = {f"first tenth, {len(order) // 10}": set(order[: len(order) // 10])}
    found |= {f"every {step}th": set(order[::step]) for step in (50, 20, 10, 4)}
    jobs = [[stage.key for stage in job.stages] for job in make_jobs(planned.stages, set(order))]
    found |= {f"every {step}th job": set(chain.from_iterable(jobs[::step])) for step in (20, 10, 4)}
    # What has no seed is an encoder.
    return found | {f"seed {seed}": {k for k in order if _seed(planned, k) in (0, seed)} for seed in seeds[:1]}


def _seed(planned: Plan, key: str) -> int:
    return int(planned.stages[key].coordinates.get("seed", 0))


def compare(planned: Plan, pace: Pace, seconds: dict[str, float], num_known: int, rest: list[str]) -> list[str]:
    """The bill of the rest by what is known, and what the stages that it bills took."""
    billed = [(pace.bounds(planned.stages[key]), seconds[key]) for key in rest]
    found = [(expected, truth) for expected, truth in billed if expected is not None]
    low, middle, high = (sum(getattr(expected, name) for expected, _ in found) for name in ("low", "seconds", "high"))
    truth = sum(truth for _, truth in found)
    counts = [f"{num:,}" for num in (num_known, len(rest), len(rest) - len(found))]
    if not truth:
        return [*counts, *[""] * 6]
    amounts = [f"{amount:,.0f}" for amount in (middle, low, high, truth)]
    return [*counts, *amounts, f"{middle / truth:.2f}", "yes" if low <= truth <= high else "no"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--rehearsal", action="store_true", help="the study's rehearsal is what was run")
    parser.add_argument("--data", type=Path, action="append", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    main()
