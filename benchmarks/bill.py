"""The bill against the truth: of a finished study, what some stages say of the rest, beside what the rest took.

    python benchmarks/bill.py lab_answer --store STORE
    python benchmarks/bill.py study.toml --store STORE --data DATA

Known are the first of them in the order in which a run begins them, every so many-th of them, or those of a seed. The
store is read and not written; seconds are those of its records, summed over workers. Without a study's data at hand
its stages have other keys, and nothing is found.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.measured import measured
from stepstone.planning.plan import Plan, plan
from stepstone.report.markup import table_lines
from stepstone.store.store import Store

HEAD = ("known", "stages", "rest", "left out", "bill, s", "from", "to", "truth, s", "bill / truth", "within")


def main() -> None:
    """Print the table."""
    options = _options()
    store = Store(options.store)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folders=tuple(options.data), cache=Path(folder), use_hub=False)
        planned = plan(Study.load(options.study), place)
        seconds = {record.key: record.seconds for record in store.records(planned.stages)}
        jobs = make_jobs(planned.stages, set(seconds))
        order = [stage.key for job in jobs for stage in job.stages if stage.key in seconds]
        print(f"{planned.study.name}: {len(order):,} of {len(planned.stages):,} stages have a record")
        for line in table_lines(HEAD, rows(planned, store, seconds, order), range(1, 9)):
            print(line, flush=True)


def rows(planned: Plan, store: Store, seconds: dict[str, float], order: list[str]) -> Iterator[list[str]]:
    """One for each way to know a part."""
    for name, known in _known(planned, order).items():
        rest = [key for key in order if key not in known]
        if rest:
            yield [name, *compare(planned, store, seconds, known, rest)]


def _known(planned: Plan, order: list[str]) -> dict[str, set[str]]:
    """Ways to know a part."""
    seeds = sorted({int(planned.stages[key].coordinates.get("seed", 0)) for key in order} - {0})
    found = {f"first tenth, {len(order) // 10}": set(order[: len(order) // 10])}
    found |= {f"every {step}th": set(order[::step]) for step in (50, 20, 10, 4)}
    # What has no seed is an encoder.
    return found | {f"seed {seed}": {k for k in order if _seed(planned, k) in (0, seed)} for seed in seeds[:1]}


def _seed(planned: Plan, key: str) -> int:
    return int(planned.stages[key].coordinates.get("seed", 0))


def compare(planned: Plan, store: Store, seconds: dict[str, float], known: set[str], rest: list[str]) -> list[str]:
    """The bill of the rest by what is known, and what the stages that it bills took."""
    pace = measured(planned, store, set(planned.stages) - known)
    billed = [(pace.bounds(planned.stages[key]), seconds[key]) for key in rest]
    found = [(expected, truth) for expected, truth in billed if expected is not None]
    low, middle, high = (sum(getattr(expected, name) for expected, _ in found) for name in ("low", "seconds", "high"))
    truth = sum(truth for _, truth in found)
    counts = [f"{num:,}" for num in (len(known), len(rest), len(rest) - len(found))]
    if not truth:
        return [*counts, *[""] * 6]
    amounts = [f"{amount:,.0f}" for amount in (middle, low, high, truth)]
    return [*counts, *amounts, f"{middle / truth:.2f}", "yes" if low <= truth <= high else "no"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--data", type=Path, action="append", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    main()
