"""Real Ray clusters on this machine, whose nodes are processes, some of them unfit; skipped without Ray."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from heard import LIMIT, hear, hear_until
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.version import __version__
from stepstone.launchers.launcher import Order

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason='no Ray: pip install "stepstone[ray]"'),
]

DOUBLE = Path(__file__).parent / "double.py"

# What the Python of a node runs first, to be that of another machine.
HAS_GPU = """
from pathlib import Path
glob = Path.glob
Path.glob = lambda at, wish: iter([Path("/dev/nvidia0")]) if wish == "dev/nvidia[0-9]*" else glob(at, wish)
"""
HAS_NO_TORCH = """
import importlib.util as find
find_spec = find.find_spec
find.find_spec = lambda name, package=None: None if name == "torch" else find_spec(name, package)
"""
IS_OLD = """
from stepstone.core import version
version.__version__ = "0.0.1"
"""


@pytest.fixture
def cluster():
    from ray.cluster_utils import Cluster

    # Nothing runs beside the driver, so that whatever node is lost, it is not the driver's.
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    yield made
    made.shutdown()


@pytest.fixture
def add(cluster, tmp_path):
    """Add a node whose Python runs this first."""

    def add(first: str = "", **resources: float):
        folder = tmp_path / f"node-{len(cluster.worker_nodes)}"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(first)
        path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
        node = cluster.add_node(env_vars={"PYTHONPATH": path}, **resources)
        cluster.wait_for_nodes()
        return node

    return add


@pytest.fixture
def connect(tmp_path):
    """The launcher on a cluster, whose workers train nothing; it is let go at the end."""
    import ray

    from stepstone.launchers.ray import Ray
    from stepstone.launchers.ray_options import RayOptions

    made = []

    def connect(address: str, **options: object) -> Ray:
        command = (str(DOUBLE), str(tmp_path / "behaviour.json"))
        made.append(Ray(None, tmp_path / "logs", RayOptions(address=address, **options), command))
        return made[-1]

    yield connect
    for launcher in made:
        launcher.kill()
    ray.shutdown()


@pytest.fixture
def orders(make_plan, store, tmp_path) -> list[Order]:
    """Jobs that run until they are stopped."""
    stages = list(make_plan().stages.values())[:3]
    (tmp_path / "behaviour.json").write_text(json.dumps({stage.label: "hang" for stage in stages}))
    return [Order(id=one.key, store=store.root, stages=(one,), place=Place(), runtime=Runtime()) for one in stages]


def test_a_real_node_is_killed_its_job_continued_on_another_and_stop_saves(
    cluster, add, connect, orders, store
) -> None:
    import ray

    # Before the others come, so that the driver is beside the head in all versions of Ray.
    ray.init(cluster.address, log_to_driver=False)
    busy = add(num_cpus=1)
    launcher = connect(cluster.address)
    assert launcher.num_slots == 1
    launcher.submit(orders[0])
    hear_until(launcher, "progress")
    add(num_cpus=1)
    cluster.remove_node(busy, allow_graceful=False)
    assert "was lost" in hear_until(launcher, "died")[-1].message
    launcher.submit(orders[0])
    hear_until(launcher, "progress")
    launcher.stop()
    assert store.resume_folders(orders[0].id)


def test_jobs_share_a_gpu_at_once_and_each_sees_the_one_that_ray_gave_it(
    cluster, add, connect, orders, tmp_path
) -> None:
    add(HAS_GPU, num_cpus=4, num_gpus=2)
    launcher = connect(cluster.address, gpus=0.5)
    assert launcher.num_slots == 4
    for order in orders:
        launcher.submit(order)
    # Each goes on until it is stopped: all that have been heard of run side by side.
    hear(launcher, lambda heard: {one.job for one in heard if one.event == "progress"} >= {one.id for one in orders})
    seen = sorted(visible_to(tmp_path / "behaviour.json"))
    assert seen in (["0", "0", "1"], ["0", "1", "1"])


def visible_to(behaviour: Path) -> list[str]:
    """CUDA_VISIBLE_DEVICES of each worker."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(behaviour) in (process / "cmdline").read_text().split("\0")[2:]:
                environment = (process / "environ").read_text().split("\0")
                found += [one.partition("=")[2] for one in environment if one.startswith("CUDA_VISIBLE_DEVICES=")]
    return found


def test_nodes_of_another_version_or_without_their_gpu_or_torch_are_one_message(cluster, add, connect, orders) -> None:
    add(IS_OLD + HAS_GPU, num_gpus=1)
    add(HAS_NO_TORCH + HAS_GPU, num_gpus=1)
    add(num_gpus=1)
    with pytest.raises(UserError) as error:
        connect(cluster.address, gpus=0.5).submit(orders[0])
    said = str(error.value)
    assert "lacks torch in the Python that runs Stepstone there" in said
    assert f"has Stepstone 0.0.1, and the run is of {__version__}" in said
    assert "promises a GPU, and has none" in said and "remedy: " in said


@pytest.fixture
def growing():
    """The address of a cluster that brings up nodes of one processor when they are asked for; its head has none.

    What Ray's own tests of its autoscaler use. All of the cluster is ended at the end, and nothing else of Ray.
    """
    port = free_port()
    # Ray's sockets are in it, whose names may not be long.
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        config = Path(folder) / "growing.yaml"
        # JSON is YAML, too.
        config.write_text(json.dumps(GROWING | {"provider": PROVIDER | {"gcs_address": f"127.0.0.1:{port}"}}))
        environment = {**os.environ, "RAY_FAKE_CLUSTER": "1", "RAY_enable_autoscaler_v2": "1"}
        environment |= dict.fromkeys(("RAY_CLOUD_INSTANCE_ID", "RAY_OVERRIDE_NODE_ID_FOR_TESTING"), HEAD)
        begin = (sys.executable, "-m", "ray.scripts.scripts", "start", "--head", f"--autoscaling-config={config}")
        words = ("--num-cpus=0", f"--port={port}", f"--temp-dir={folder}", "--include-dashboard=false")
        try:
            subprocess.run([*begin, *words], env=environment, check=True, capture_output=True)
            yield f"127.0.0.1:{port}"
        finally:
            end_all_with(folder, f":{port}\0")


HEAD = "f" * 51 + "00000"
PROVIDER = {
    "type": "external",
    "module": "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider",
    "launch_multiple": True,
    "head_node_id": HEAD,
}
# Ray's monitor wants all of them named.
COMMANDS = (
    *("initialization_commands", "setup_commands", "head_setup_commands", "worker_setup_commands"),
    *("head_start_ray_commands", "worker_start_ray_commands"),
)
GROWING: dict[str, Any] = {
    "cluster_name": "growing",
    "max_workers": 2,
    "upscaling_speed": 1.0,
    "idle_timeout_minutes": 0.1,
    "auth": {},
    "file_mounts": {},
    "cluster_synced_files": [],
    "file_mounts_sync_continuously": False,
    **{name: [] for name in COMMANDS},
    "head_node_type": "ray.head.default",
    "available_node_types": {
        "ray.head.default": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
        "worker": {"resources": {"CPU": 1}, "node_config": {}, "min_workers": 0, "max_workers": 2},
    },
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def end_all_with(*words: str) -> None:
    """End every process whose command line has one of these words."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(word in (process / "cmdline").read_text() for word in words):
                os.kill(int(process.name), signal.SIGKILL)


def test_a_cluster_without_nodes_grows_for_a_run_which_says_so_and_shrinks_after_it(
    growing, connect, orders, store
) -> None:
    launcher = connect(growing, autoscaling=True)
    launcher.submit(orders[0])
    heard = hear_until(launcher, "progress")
    notes = [event.message for event in heard if event.event == "note"]
    assert notes[0].startswith("waits for nodes of the Ray cluster: a worker of CPU 1 is asked for once, and ")
    assert notes[0].endswith(" has CPU 0") and len(launcher._cluster.nodes()) == 2
    launcher.stop()
    assert store.resume_folders(orders[0].id)
    deadline = time.monotonic() + LIMIT
    while len(launcher._cluster.nodes()) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_an_address_at_which_nobody_answers_is_one_message_in_bounded_time(tmp_path, monkeypatch) -> None:
    from stepstone.launchers import ray_cluster
    from stepstone.launchers.find import find_launcher

    monkeypatch.setattr(ray_cluster, "CONNECT_SECONDS", 10.0)
    with pytest.raises(UserError, match=r"address=127\.0\.0\.1:9: no Ray cluster answered within 10 s"):
        find_launcher("ray")(None, tmp_path, ["address=127.0.0.1:9"])
