"""The study of `crash` on a Ray cluster of this machine, disturbed in four ways: figures for docs/launchers.md.

    python tests/whole/on_ray.py [--way node]

It needs `pip install "stepstone[ray]"`. Nodes are Ray's processes, two of one processor and a head of none, on one
disk. Workers are kept from job to job, or made for each ("fresh"); a node is killed, the head is killed and a new
cluster brought up, the driver is killed and started again. In the end records, predictions and weights must be those
of the local launcher with one worker, to the bit.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from stepstone import Study, plan, run
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Event, Launcher, Order
from stepstone.launchers.local import Local
from stepstone.launchers.ray import Ray
from stepstone.launchers.ray_options import RayOptions
from stepstone.store.store import Store
from whole_study import LIMIT, STUDY, records_of, results_of

# So many records are there when something is killed: a training runs then, beside whatever else.
NUM_RECORDS = 3
NUM_NODES = 2


def main() -> None:
    """Each way in a store of its own, compared with the local launcher's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=WAYS, action="append")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "killed.toml").write_text(STUDY, encoding="utf-8")
        assert drive(folder, "local", "").wait(LIMIT) == 0
        expected = results_of(folder / "local")
        print("| way | seconds | seconds from a job's order to its begin | tries beyond one a stage | said |")
        print(f"| local | {took(folder, 'local')} | 0 | |")
        for way in asked.way or WAYS:
            said = WAYS[way](folder, way)
            assert results_of(folder / way) == expected, f"{way} has other bits"
            num_extra = len(Store(folder / way).tries()) - len(expected)
            print(f"| {way} | {took(folder, way)} | {num_extra} | {said} |", flush=True)


def undisturbed(folder: Path, way: str) -> str:
    """One driver on one cluster, from begin to end."""
    with Nodes() as nodes:
        assert drive(folder, way, nodes.address).wait(LIMIT) == 0
    return ""


def without_node(folder: Path, way: str) -> str:
    """A node is killed with all that runs on it."""
    with Nodes() as nodes:
        driver = drive(folder, way, nodes.address)
        await_records(folder / way, driver)
        nodes.lose_one()
        assert driver.wait(LIMIT) == 0
    return last_of(folder, way, "was lost")


def without_head(folder: Path, way: str) -> str:
    """The head is killed; the driver must say so and end, and the same command goes on with another cluster."""
    with Nodes() as nodes:
        driver = drive(folder, way, nodes.address)
        await_records(folder / way, driver)
        nodes.lose_head()
        began = time.monotonic()
        status = driver.wait(LIMIT)
        assert status == 2, (status, (folder / f"{way}.log").read_text(encoding="utf-8")[-2000:])
        seconds = time.monotonic() - began
    undisturbed(folder, way)
    return f"after {seconds:.0f} s: {last_of(folder, way, 'head of the Ray cluster')}"


def without_driver(folder: Path, way: str) -> str:
    """The driver is killed, and at once started again beside the workers that it left."""
    with Nodes() as nodes:
        driver = drive(folder, way, nodes.address)
        await_records(folder / way, driver)
        driver.send_signal(signal.SIGKILL)
        assert driver.wait(LIMIT) == -signal.SIGKILL
        num_done = len(records_of(folder / way))
        assert drive(folder, way, nodes.address).wait(LIMIT) == 0
    return f"killed with {num_done} records"


WAYS: dict[str, Callable[[Path, str], str]] = {
    "kept": undisturbed,
    "fresh": undisturbed,
    "node": without_node,
    "head": without_head,
    "driver": without_driver,
}


class Nodes:
    """A cluster of this machine; Ray's own class for its tests, but that no process is connected to it here."""

    def __enter__(self) -> Nodes:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self._others = [self._cluster.add_node(num_cpus=1) for _ in range(NUM_NODES)]
        self.address = str(self._cluster.address)
        return self

    def lose_one(self) -> None:
        """The first node beside the head ends."""
        self._others[0].kill_all_processes(check_alive=False, allow_graceful=False)

    def lose_head(self) -> None:
        """What knows the cluster ends, and nothing else: the driver is as if on another machine."""
        self._cluster.head_node.kill_gcs_server(check_alive=False)

    def __exit__(self, *error: object) -> None:
        for node in (*self._others, self._cluster.head_node):
            node.kill_all_processes(check_alive=False, allow_graceful=False)


class Timed:
    """A launcher that notes how long each order waits until its first stage begins."""

    def __init__(self, launcher: Launcher) -> None:
        self.launcher, self.num_slots = launcher, launcher.num_slots
        self.num_threads, self.stop = launcher.num_threads, launcher.stop
        self.kill, self.close = launcher.kill, launcher.close
        self._given, self.waits = dict[str, float](), list[float]()

    def submit(self, order: Order) -> None:
        """Hand it on."""
        self._given[order.id] = time.monotonic()
        self.launcher.submit(order)

    def wait(self, seconds: float) -> list[Event]:
        """Hand on what is said."""
        events = self.launcher.wait(seconds)
        for event in events:
            if event.event in ("start", "skip") and event.job in self._given:
                self.waits.append(time.monotonic() - self._given.pop(event.job))
        return events


class Fresh(Ray):
    """A worker for every job, as a task would be."""

    def wait(self, seconds: float) -> list[Event]:
        """Let every worker go with its job."""
        events = super().wait(seconds)
        for slot in [slot for slot in self._worker_slots if slot.node and slot.order is None]:
            self._drop(slot)
        return events


def drive(folder: Path, way: str, address: str) -> subprocess.Popen[bytes]:
    """The driver in a process of its own; what it says is added to `<way>.log`."""
    with (folder / f"{way}.log").open("ab") as log:
        command = [sys.executable, __file__, "--do", str(folder), way, address]
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)


def _do(folder: Path, way: str, address: str) -> int:
    """Run the study in this process; its exit status, two as for all that a user is told."""
    began = time.monotonic()
    store, planned = Store(folder / way), plan(Study.load(folder / "killed.toml"), Place(cache=folder / "cache"))
    try:
        launcher = Timed(_launcher(way, address, store.root / "logs"))
        runtime = Runtime(device="cpu", save_seconds=0.05, save_share=1)
        status = run(planned, store, launcher, runtime).exit_status
    except UserError as error:
        print(error, flush=True)
        return 2
    seconds = time.monotonic() - began
    (folder / f"{way}.json").write_text(json.dumps([seconds, statistics.median(launcher.waits or [0.0])]))
    return status


def _launcher(way: str, address: str, logs: Path) -> Launcher:
    if way == "local":
        local = Local(1, logs)
        local.num_cores = 1
        return local
    return (Fresh if way == "fresh" else Ray)(None, logs, RayOptions(address=address))


def await_records(store: Path, driver: subprocess.Popen[bytes]) -> None:
    """Until there are some."""
    deadline = time.monotonic() + LIMIT
    while len(records_of(store)) < NUM_RECORDS:
        assert driver.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def took(folder: Path, way: str) -> str:
    """Seconds of the last driver, and of them the median from a job's order to its begin, as two cells."""
    whole, wait = json.loads((folder / f"{way}.json").read_text())
    return f"{whole:.0f} | {wait:.1f}"


def last_of(folder: Path, way: str, word: str) -> str:
    """The last line of a driver's log that has a word; an error where none has."""
    lines: list[Any] = (folder / f"{way}.log").read_text(encoding="utf-8").splitlines()
    return str([line for line in lines if word in line][-1])


if __name__ == "__main__":
    import logging

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if sys.argv[1:2] == ["--do"]:
        sys.exit(_do(Path(sys.argv[2]), *sys.argv[3:5]))
    main()
