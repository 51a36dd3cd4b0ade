"""A study on a Ray cluster of three nodes on this machine, one of them killed in mid-run, against the local launcher.

    python benchmarks/ray_here.py FOLDER            # all ways, compared; figures of docs/launchers.md
    python benchmarks/ray_here.py FOLDER --way kept # one: local, kept, fresh (a worker per job), killed

It needs `pip install "stepstone[ray]"`. The nodes share this machine's disk, and have one processor each.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stepstone import Study, plan, run
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Event, Launcher
from stepstone.launchers.local import Local
from stepstone.launchers.ray import Ray
from stepstone.launchers.ray_options import Options
from stepstone.store.store import Store

STUDY = """
name = "here"
models = ["own"]
languages = ["en", "de"]
seeds = [1, 2]
[lab]
[model.own.scratch]
text = "text"
languages = ["en", "de"]
num_documents = 60
vocab_size = 400
hidden_size = 32
num_layers = 2
num_heads = 2
max_positions = 96
pretraining = { num_steps = 60, batch_size = 16, max_length = 48 }
[recipe]
max_length = 64
learning_rate = 1e-3
num_steps = 30
batch_size = 16

[intermediate.nli]
tasks = { en = "mnli" }
num_examples = 400
[target.xnli]
num_examples = 200
num_test = 60
[target.xquad]
num_examples = 100
num_test = 40
"""
KILL_AT_STEP = 10
WAYS = ("local", "kept", "fresh", "killed")


class Fresh(Ray):
    """A worker for every job, as a task would be."""

    def wait(self, seconds: float) -> list[Event]:
        """Let every worker go with its job."""
        events = super().wait(seconds)
        for seat in [seat for seat in self._seats if seat.node and seat.order is None]:
            self._drop(seat)
        return events


class Killing(Ray):
    """The node of the first training beside the head that is so far is killed, with all that runs on it."""

    lost: Callable[[str], bool]
    said: list[str]

    def wait(self, seconds: float) -> list[Event]:
        """As ever, but for one murder."""
        events = super().wait(seconds)
        for event in events:
            if event.event == "died":
                self.said.append(event.message)
            if event.event == "progress" and (event.step or 0) >= KILL_AT_STEP and not self.said:
                (seat,) = [seat for seat in self._seats if seat.order and seat.order.id == event.job] or [None]
                if seat and self.lost(seat.worker._actor_id.hex()):
                    self.said.append(f"{event.label} at step {event.step}")
        return events


def main() -> None:
    """One way, or all of them and what they give."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--way", choices=WAYS)
    given = parser.parse_args()
    folder = given.folder.absolute()
    if given.way:
        print(json.dumps(go(folder, given.way)))
        return
    for way in WAYS:
        command = [sys.executable, __file__, str(folder), "--way", way]
        print(
            way, subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1], flush=True
        )
    expected = results_of(folder / "local")
    for way in WAYS[1:]:
        found = results_of(folder / way)
        same = sum(found.get(label) == result for label, result in expected.items())
        print(f"{way}: {same} of {len(expected)} records with the files and results of local")


def go(folder: Path, way: str) -> dict[str, Any]:
    """Run the study in a store of its own; seconds on the clock and of processors, the cluster's among them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "here.toml").write_text(STUDY)
    planned = plan(Study.load(folder / "here.toml"), Place(cache=folder / "cache"))
    store = Store(folder / way)
    began = time.monotonic()
    facts = local(planned, store) if way == "local" else on_ray(planned, store, way)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(one.ru_utime + one.ru_stime for one in used)
    return {"seconds": round(time.monotonic() - began, 1), "processor_seconds": round(processor, 1), **facts}


def local(planned: Any, store: Store) -> dict[str, Any]:
    """One worker with one thread."""
    launcher = Local(1, store.root / "logs")
    launcher.num_cores = 1
    return finish(planned, store, launcher)


def finish(planned: Any, store: Store, launcher: Launcher) -> dict[str, Any]:
    """Run it, and refuse to compare what did not end well."""
    outcome = run(planned, store, launcher, Runtime(device="cpu"))
    if outcome.exit_status:
        raise SystemExit(f"not finished: {outcome}")
    return {"num_done": outcome.num_done}


def on_ray(planned: Any, store: Store, way: str) -> dict[str, Any]:
    """On three nodes."""
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes = {
        node.node_id: node for node in (cluster.head_node, cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1))
    }
    cluster.wait_for_nodes()
    kind = {"kept": Ray, "fresh": Fresh, "killed": Killing}[way]
    launcher = kind(None, store.root / "logs", Options(address=cluster.address))
    said: list[str] = []
    if isinstance(launcher, Killing):
        launcher.said = said
        launcher.lost = lambda actor: kill(cluster, nodes, actor)
    try:
        return {**finish(planned, store, launcher), "num_slots": launcher.num_slots, "said": said}
    finally:
        ray.shutdown()
        cluster.shutdown()


def kill(cluster: Any, nodes: dict[str, Any], actor: str) -> bool:
    """End a worker's node at once, unless it is the head, beside which the driver is; returns whether it was ended."""
    from ray._private.state import actors

    node = nodes[actors(actor)["Address"]["NodeID"]]
    if node is cluster.head_node:
        return False
    cluster.remove_node(node, allow_graceful=False)
    return True


def results_of(store: Path) -> dict[str, Any]:
    """Label -> digests of the files, weights and predictions among them, and the result but for its seconds."""
    found = {}
    for path in sorted((store / "records").rglob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))["record"]
        result = {name: value for name, value in record["result"].items() if name != "seconds_per_example"}
        found[record["label"]] = (record["files"], result)
    return found


if __name__ == "__main__":
    main()
