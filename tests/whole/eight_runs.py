"""Eight runs of overlapping studies on one store, some of them killed, and other verbs: docs/reliability.md.

    make eight-runs ROUNDS=5

Workers train nothing (tests/launchers/double.py) but commit to the store as real ones do. In the end every stage has a
sound record, no lease and no leftover try stays after pruning, and no more was computed twice than runs were killed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from invented import STUDY, write_data
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.launchers.local import Local
from stepstone.pipeline.jobs import find_missing
from stepstone.pipeline.prune import find_removals, remove
from stepstone.pipeline.rescore import rescore
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.store.store import Store

TESTS = Path(__file__).resolve().parent.parent
NUM_RUNS, NUM_KILLED = 8, 3
# Targets of each study; all of them start from the same encoder and intermediate trainings.
TARGETS = (("xnli",), ("xquad",), ("xnli", "xquad"), ("xnli", "tatoeba"))
SECONDS = 0.2
VERBS = ("prune", "rescore", "report", "export", "seal")
# The exit status of a verb that says in one line that what it needs is not there yet.
NOT_YET = 3


def main() -> None:
    """As many rounds as are asked for, and what was computed in them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    for number in range(asked.rounds):
        with tempfile.TemporaryDirectory() as folder:
            num_stages, num_extra, done = side_by_side(Path(folder), draw)
        found = ", ".join(f"{verb} {done[verb]} of {NUM_KILLED}" for verb in VERBS)
        print(f"round {number + 1}: {num_stages} stages, {num_extra} computed once more; done: {found}", flush=True)


def side_by_side(folder: Path, draw: random.Random) -> tuple[int, int, Counter[str]]:
    """One round; how many stages there are, how many tries more than those, how many verbs found what they need."""
    write_data(folder)
    (folder / "behaviour.json").write_text(json.dumps({"seconds": SECONDS}))
    plans, store = [planned(folder, number) for number in range(NUM_RUNS)], Store(folder / "store")
    runs = [_begin(folder, "run", number) for number in range(NUM_RUNS)]
    victims, beside = draw.sample(range(NUM_RUNS), NUM_KILLED), list[tuple[str, subprocess.Popen[str]]]()
    for victim in victims:
        time.sleep(draw.uniform(1.0, 6.0))
        beside += [(verb, _begin(folder, verb, draw.randrange(NUM_RUNS))) for verb in VERBS]
        runs[victim].send_signal(signal.SIGKILL)
    done = Counter[str]()
    for verb, process in beside:
        said = process.communicate()[0]
        assert process.returncode in (0, NOT_YET) and "Traceback" not in said and "damaged" not in said, (verb, said)
        done[verb] += process.returncode == 0
    ends = [one.communicate()[0] for one in runs]
    for number in set(range(NUM_RUNS)) - set(victims):
        assert runs[number].returncode == 0, ends[number]
    for number in victims:
        assert _begin(folder, "run", number).wait() == 0
    return (*_count(store, plans), done)


def _count(store: Store, plans: list[Plan]) -> tuple[int, int]:
    """Stages, and tries of them beyond one each; raises where the store is not whole."""
    stages = {key: stage for one in plans for key, stage in one.stages.items()}
    assert not find_missing(stages, store) and all(map(store.complete, stages))
    assert not store.at_work(), "nobody is there, but something is leased"
    num_extra = len(store.tries()) - len(stages)
    assert num_extra <= NUM_KILLED, f"{num_extra} tries too many"
    remove(store, find_removals(store, plans))
    assert len(store.tries()) == len(stages)
    return len(stages), num_extra


def planned(folder: Path, number: int) -> Plan:
    """The study of a run, one of four that overlap."""
    place = Place(folders=(folder / "data",), cache=folder / "cache", use_hub=False)
    return plan(Study.load(_study(folder, number)), place)


def _study(folder: Path, number: int) -> Path:
    targets = {name: {} for name in TARGETS[number % len(TARGETS)]}
    asked = {**STUDY, "name": f"study-{number}", "languages": ["en", "de"], "target": targets}
    path = folder / f"study-{number}.toml"
    if not path.exists():
        path.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in asked.items()), encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {_toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)


def _begin(folder: Path, verb: str, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--do", str(folder), verb, str(number)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _do(folder: Path, verb: str, number: int) -> int:
    """One verb in this process; its exit status."""
    one, store = planned(folder, number), Store(folder / "store")
    if verb == "run":
        double = (sys.executable, str(TESTS / "launchers" / "double.py"), str(folder / "behaviour.json"))
        return run(one, store, Local(1, folder / f"logs-{number}", double)).exit_status
    try:
        _beside(folder, verb, number, one, store)
    except UserError as error:
        print(error)
        return NOT_YET
    return 0


def _beside(folder: Path, verb: str, number: int, one: Plan, store: Store) -> None:
    from stepstone.cli.running import write_report
    from stepstone.export.card import export
    from stepstone.sealing.archive import Archive
    from stepstone.sealing.seal import seal

    if verb == "prune":
        remove(store, find_removals(store, [one]))
    elif verb == "rescore":
        rescore(one, store, "corrected")
    elif verb == "report":
        write_report(one, store, folder / f"report-{number}", None)
    elif verb == "export":
        checkpoints = [stage.label for stage in one.stages.values() if stage.kind == "finetune"]
        export(one, store, checkpoints[os.getpid() % len(checkpoints)], folder / f"export-{os.getpid()}")
    else:
        with Archive.open(seal(one, store, _study(folder, number), folder / f"{os.getpid()}.seal.zip").path) as sealed:
            assert all(sealed.read(name) for name in sealed.names)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--do"]:
        sys.exit(_do(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
    main()
