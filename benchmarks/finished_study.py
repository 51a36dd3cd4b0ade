"""What a finished study of 9,000 evaluations costs: seconds of processor time of `run`, `status` and `report`.

    python benchmarks/finished_study.py [--stages 100000] [--records 100000]

The store is faked: every stage has a record and files such as a worker leaves. Each command is a process of its own;
`run` is timed without a table of what was found sound, with it and without a page, and when all is as it was before.
With `--stages` a study of so many is planned, nothing else; with `--records` a store of so many is listed, as `why` and
`prune` list it.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from stepstone.core.result import Result
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.value import digest
from stepstone.planning.plan import plan
from stepstone.store.record import Record, record_text
from stepstone.store.store import Store

START = "start of a command (list languages)"
# Seconds of an idle core, start and end of the program included.
LIMITS = {"run, finished and reported": 1.0, "status": 1.0}
PLANNED_LIMIT = 10.0  # seconds for 100,000 stages
LISTED_LIMIT = 2.0  # seconds for 100,000 records that did not change
LONG_AGO = 1_600_000_000
STUDY = """
name = "large"
models = ["lab-nano", "lab-micro", "lab-mini", "lab-small", "lab-medium", "lab-large"]
seeds = [{seeds}]
[lab]
[intermediate.nli]
tasks = {{ en = "xnli", ja = "xnli", de = "xnli", zh = "xnli" }}
[target.xnli]
[target.pawsx]
"""
_TRAINED = {"num_steps": 20, "num_tokens": 1000, "num_parameters": 10**6, "num_sentences": 100}
_TRAINED |= {"num_examples": 10, "num_features": 10, "num_cut": 0}


def study_of(num_seeds: int) -> str:
    """Six encoders, four arms beside the baseline, two targets; every seed adds as much again."""
    return STUDY.format(seeds=", ".join(map(str, range(1, num_seeds + 1))))


def fill(store: Store, stage: Stage) -> None:
    """A record and files as a worker leaves them."""
    attempt = store.start(stage.key)
    if isinstance(stage.spec, EvaluateSpec):
        rows = (
            f'{{"id": "{place:05d}", "prediction": "a", "gold": "{"ab"[place % 3 > 0]}"}}\n' for place in range(300)
        )
        (attempt.folder / "predictions.jsonl").write_text("".join(rows))
        names = {"metric": stage.spec.metric, "definition": stage.spec.definition, "main": "accuracy"}
        table: dict[str, Any] = {"scores": {**names, "values": {"accuracy": 33.3}, "num_examples": 300}}
        table |= {"trivial": {}, "truncated": {"examples": 0, "of": 300}, "seconds_per_example": 0.01}
    else:
        (attempt.folder / "model.safetensors").write_bytes(b"w" * 100)
        table = {name: value for name, value in _TRAINED.items() if name in stage.spec.result.model_fields}
    result: Result = stage.spec.result.model_validate(table)
    store.commit(stage, attempt, result, 2.0, {"host": "here"})


def settle(root: Path) -> None:
    """As if it had been written long ago."""
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (LONG_AGO, LONG_AGO))


def seconds_of(folder: Path, *words: str) -> float:
    """Processor time of one command, whose bytecode is kept as that of an installed program is."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "stepstone.cli", *words]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def finished(folder: Path) -> bool:
    """Fake the store, time the commands; whether all limits hold."""
    (folder / "large.toml").write_text(study_of(14))
    planned = plan(Study.load(str(folder / "large.toml")))
    store = Store(folder / "store")
    for stage in planned.stages.values():
        fill(store, stage)
    settle(store.root)
    print(f"{len(planned.stages):,} stages, {len(planned.cells):,} scores; processor time in seconds:")
    given = ("large.toml", "--store", "store")
    found = {
        START: seconds_of(folder, "list", "languages"),
        "status, read in full": seconds_of(folder, "status", *given),
        "status": seconds_of(folder, "status", *given),
        "run, finished and not reported": seconds_of(folder, "run", *given),
        "run, finished and reported": seconds_of(folder, "run", *given),
        "report": seconds_of(folder, "report", *given),
    }
    for name, seconds in found.items():
        print(f"{seconds:8.2f}  {name}" + (f" (limit: {LIMITS[name]:g})" if name in LIMITS else ""), flush=True)
    return all(found[name] <= limit for name, limit in LIMITS.items())


def planned_only(num_stages: int) -> bool:
    """Plan a study of at least so many stages; whether the limit holds."""
    one, two = (len(plan(Study.parse(_parsed(num))).stages) for num in (1, 2))
    asked = Study.parse(_parsed(1 + -(-(num_stages - one) // (two - one))))
    began = time.process_time()
    planned = plan(asked)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(planned.stages):,} stages planned in {seconds:.1f} s, peak memory {peak:.0f} MB")
    return seconds * num_stages / len(planned.stages) <= PLANNED_LIMIT * num_stages / 100_000


def listed_only(root: Path, num_records: int) -> bool:
    """List a store of so many records, without an index and with it; whether the limit holds."""
    one = fill_one(Store(root))
    for seed in range(num_records - 1):
        payload = {**one.payload, "version": 100 + seed}
        key = digest(payload)
        folder = f"tries/{key[:2]}/{key}/1"
        path = root / "records" / key[:2] / f"{key}.json"
        path.parent.mkdir(exist_ok=True, parents=True)
        record = one.model_copy(update={"key": key, "payload": payload, "folder": folder, "label": f"{seed}"})
        path.write_text(record_text(record), encoding="utf-8")
    settle(root / "records")
    found = []
    for name in ("read", "from the index"):
        began = time.process_time()
        num = sum(1 for _ in Store(root).listed())
        found.append(time.process_time() - began)
        print(f"{num:,} records listed, {name}: {found[-1]:.2f} s", flush=True)
    return found[1] <= LISTED_LIMIT * num_records / 100_000


def fill_one(store: Store) -> Record:
    """The record of some evaluation."""
    stages = plan(Study.parse(_parsed(1))).stages.values()
    stage = next(stage for stage in stages if isinstance(stage.spec, EvaluateSpec))
    fill(store, stage)
    (record,) = store.records()
    return record


def _parsed(num_seeds: int) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(study_of(num_seeds))


def main() -> None:
    """Fail beyond the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", type=int, help="plan so many stages")
    parser.add_argument("--records", type=int, help="list so many records")
    given = parser.parse_args()
    if given.stages:
        sys.exit(not planned_only(given.stages))
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        root = Path(folder)
        sys.exit(not (listed_only(root / "store", given.records) if given.records else finished(root)))


if __name__ == "__main__":
    main()
