"""A study of a million stages, and a cluster of a thousand devices: what planning, driving and recording cost.

    python benchmarks/scale.py                            # all tables of docs/scale.md, and docs/scale.svg
    python benchmarks/scale.py --seeds 100 --devices 1000 # one study on one simulated cluster
    python benchmarks/scale.py --seeds 100 --devices 1000 --deaths 0.01 --spread 0.5 --records STORE

Nothing is trained: the real planner and driver work on a cluster that answers after simulated durations
(`simulated.py`), drawn log-normally by kind of stage, or from the records of a store. Seconds are the processor's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import vl_convert
from bounds import bound, dealt, use_of
from finished_study import fill
from simulated import SPREAD, Cluster, Roomy, Unseen, drawn, recorded, widened

from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.pipeline import waiting
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.report.markup import table_lines
from stepstone.store.store import Store

SEEDS = (1, 10, 101, 316, 1010)
# Two studies on clusters: one of 21 seeds on several, one of 101 on a thousand devices.
WIDE, DEVICES = 21, (30, 100, 300, 1000)
WIDEST, NUM_DEVICES = 101, 1000
DEATHS = 0.01
NUM_RECORDS = 2000
MOST_COMMANDS = 10
SHARED_MEMORY = Path("/dev/shm")
Row = dict[str, Any]


def measure(given: argparse.Namespace) -> Row:
    """Plan one study, drive it on one cluster, and hold that against the bounds."""
    if given.as_given:
        # No chain is ever urgent.
        waiting.MARGIN = 0.0
    at_first, began = _resident(), time.process_time()
    planned = plan(widened(given.seeds))
    row = {"stages": len(planned.stages), "planned": time.process_time() - began, "plan_bytes": _resident() - at_first}
    return row | drive(planned, given) if given.devices else row


def drive(planned: Plan, given: argparse.Namespace) -> Row:
    """What a run of it takes of the driver, of the cluster and of time; nothing may be lost."""
    seconds = recorded(Store(given.records)) if given.records else drawn(planned, given.spread)
    cluster = Cluster(given.devices, seconds, given.deaths)
    at_first = _resident()
    with tempfile.TemporaryDirectory(dir=_in_memory_at()) as folder:
        began, store = time.process_time(), Store(f"{folder}/store", origin=Roomy)
        num_commands = _finish(planned, store, cluster)
        took = time.process_time() - began - cluster.spent
    jobs = make_jobs(planned.stages, set(planned.stages))
    least = bound(jobs, {key: seconds(stage) for key, stage in planned.stages.items()}, given.devices)
    use = use_of(cluster.spans, jobs, cluster.ended, given.devices)
    return {
        "devices": given.devices,
        "jobs": len(jobs),
        "driven": took,
        "run_bytes": _resident() - at_first,
        "commands": num_commands,
        "lost": len(planned.stages) - len(cluster.ended),
        "deaths": cluster.num_deaths,
        "makespan": use.makespan,
        "simple": least.simple,
        "graph": least.graph,
        "busy": use.overall,
        "redone": max(0.0, 1 - least.share * given.devices / use.busy),
        "at_most": least.share / least.graph,
        "available": use.available,
    } | ({} if cluster.num_deaths else dealt(cluster.spans, jobs)._asdict())


def _finish(planned: Plan, store: Store, cluster: Cluster) -> int:
    """Give the command again as long as a job failed, as one does whose workers died twice at one place."""
    num = 0
    while len(cluster.ended) < len(planned.stages) and num < MOST_COMMANDS:
        run(planned, store, cluster, watch=Unseen(), clock=cluster.clock)
        num += 1
    return num


def record(folder: Path, num: int) -> tuple[float, float]:
    """Records a second by the clock, and processor ms of each: begun, 300 predictions written, stamped, committed."""
    stages = plan(widened(-(-num // 700))).stages.values()
    kept = [stage for stage in stages if isinstance(stage.spec, EvaluateSpec)][:num]
    store, began, used = Store(folder), time.monotonic(), time.process_time()
    for stage in kept:
        fill(store, stage)
    return len(kept) / (time.monotonic() - began), 1e3 * (time.process_time() - used) / len(kept)


def _resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _in_memory_at() -> Path | None:
    return SHARED_MEMORY if SHARED_MEMORY.is_dir() else None


def ask(**given: Any) -> Row:
    """The same in a process of its own, whose memory holds nothing else."""
    words = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    words = [word for word in words if word != "True"]
    found = subprocess.run([sys.executable, __file__, "--json", *words], check=True, stdout=subprocess.PIPE, text=True)
    row: Row = json.loads(found.stdout)
    print(f"{' '.join(words)}: {row}", file=sys.stderr, flush=True)
    return row


def growth_lines(rows: Iterable[Row]) -> Iterator[str]:
    """What a stage costs, by the size of the study."""
    head = (
        "stages",
        "jobs",
        "planned, s",
        "us a stage",
        "kB a stage",
        "driven, s",
        "us a stage",
        "ms a job",
        "kB more",
    )
    table = (
        (
            *(f"{row[name]:,}" for name in ("stages", "jobs")),
            *_each(row["planned"], row["stages"], row["plan_bytes"]),
            *_each(row["driven"], row["stages"])[:2],
            f"{1e3 * row['driven'] / row['jobs']:.2f}",
            f"{row['run_bytes'] / row['stages'] / 1e3:.1f}",
        )
        for row in rows
    )
    return table_lines(head, table, right=range(len(head)))


def _each(seconds: float, num: int, num_bytes: int = 0) -> tuple[str, str, str]:
    return f"{seconds:.1f}", f"{1e6 * seconds / num:.0f}", f"{num_bytes / num / 1e3:.1f}"


def cluster_lines(rows: Iterable[tuple[str, Row]]) -> Iterator[str]:
    """How a cluster's time was used."""
    head = (
        "order, deaths, spread",
        "stages",
        "devices",
        "hours",
        "path or share, h",
        "graph, h",
        "by chance, h",
        "busy, %",
        "at most, %",
    )
    head += ("while work is to be had, %", "done twice, %", "deaths", "commands", "lost")
    table = (
        (
            name,
            f"{row['stages']:,}",
            f"{row['devices']:,}",
            *(f"{row[part] / 3600:.1f}" for part in ("makespan", "simple", "graph")),
            f"{row['early'] / 3600:.1f} to {row['late'] / 3600:.1f}" if "early" in row else "",
            *(f"{abs(100 * row[part]):.1f}" for part in ("busy", "at_most", "available", "redone")),
            f"{row['deaths']:,}",
            f"{row['commands']}",
            f"{row['lost']:,}",
        )
        for name, row in rows
    )
    return table_lines(head, table, right=range(1, len(head)))


def recording_lines() -> Iterator[str]:
    """What a record costs where fsync waits for a disk, and where it is free."""
    for name, home in (("on this disk", "."), ("in memory, where fsync is free", _in_memory_at())):
        with tempfile.TemporaryDirectory(dir=home) as folder:
            a_second, took = record(Path(folder) / "store", NUM_RECORDS)
        yield f"{a_second:,.0f} records a second {name}, {took:.1f} ms of the processor each"


def clusters() -> Iterator[tuple[str, Row]]:
    """Two studies in both orders; then the larger with workers that die, and three with a wider spread."""
    for seeds, num in [*((WIDE, num) for num in DEVICES), (WIDEST, NUM_DEVICES)]:
        yield "as given", ask(seeds=seeds, devices=num, as_given=True)
        yield "long chains first", ask(seeds=seeds, devices=num)
    dying = ask(seeds=WIDEST, devices=NUM_DEVICES, deaths=DEATHS)
    yield f"long chains first, {DEATHS:g} deaths an hour and device", dying
    for seeds, num in ((10, 100), (WIDEST, NUM_DEVICES), (SEEDS[-2], NUM_DEVICES)):
        yield "long chains first, spread 0.5", ask(seeds=seeds, devices=num, spread=0.5)


def drawing(grown: list[Row], used: list[tuple[str, Row]]) -> str:
    """Cost of a stage by the size of the study, and devices that are busy by their number."""
    cost = [
        {"stages": row["stages"], "us": 1e6 * row[name] / row["stages"], "of": name}
        for row in grown
        for name in ("planned", "driven")
    ]
    share = [{"devices": row["devices"], "busy": 100 * row["busy"], "order": name} for name, row in used]
    share += [{"devices": row["devices"], "busy": 100 * row["at_most"], "order": "bound"} for _, row in used]
    panels = [
        _panel(cost, ("stages", "stages"), ("us", "processor, µs a stage"), "of"),
        _panel(share, ("devices", "devices"), ("busy", "devices busy, %"), "order"),
    ]
    return str(
        vl_convert.vegalite_to_svg(
            {"hconcat": panels, "resolve": {"scale": {"color": "independent", "strokeDash": "independent"}}}
        )
    )


def _panel(values: list[Row], x: tuple[str, str], y: tuple[str, str], color: str) -> Row:
    across = {"field": x[0], "type": "quantitative", "title": x[1], "scale": {"type": "log"}}
    up = {"field": y[0], "type": "quantitative", "title": y[1], "scale": {"zero": True}}
    named = {"field": color, "type": "nominal", "title": None}
    shown = {"x": across, "y": up, "color": named, "strokeDash": named}
    return {
        "data": {"values": values},
        "mark": {"type": "line", "point": True},
        "encoding": shown,
        "width": 320,
        "height": 240,
    }


def everything(figure: Path) -> None:
    """All tables, and the figure."""
    grown = [ask(seeds=num, devices=NUM_DEVICES) for num in SEEDS]
    used = list(clusters())
    for lines in (growth_lines(grown), cluster_lines(used)):
        print(*lines, "", sep="\n")
    print(*recording_lines(), "", sep="\n")
    figure.write_text(
        drawing(grown, [one for one in used if one[1]["stages"] == used[0][1]["stages"]]), encoding="utf-8"
    )


def main() -> None:
    """Measure one, or everything; the exit status is 1 where a stage was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, help="of the study; each has about 990 stages")
    parser.add_argument("--devices", type=int, default=0, help="of the cluster; 0: only plan")
    parser.add_argument("--deaths", type=float, default=0.0, help="of workers, per device and hour")
    parser.add_argument(
        "--spread", type=float, default=SPREAD, help="standard deviation of the logarithm of a duration"
    )
    parser.add_argument("--records", type=Path, help="a store whose records' seconds are drawn instead")
    parser.add_argument("--as-given", action="store_true", help="jobs go out in the plan's order alone")
    parser.add_argument("--recording", action="store_true", help="only what a record costs")
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
    parser.add_argument("--figure", type=Path, default=Path("docs/scale.svg"), help="where to draw them all")
    given = parser.parse_args()
    if given.recording:
        print(*recording_lines(), sep="\n")
        return
    if not given.seeds:
        everything(given.figure)
        return
    row = measure(given)
    print(json.dumps(row) if given.json else "\n".join(f"{name}: {value:,.3f}" for name, value in row.items()))
    sys.exit(row.get("lost", 0) > 0)


if __name__ == "__main__":
    main()
