"""A real Ray cluster of three nodes on this machine, one of which is killed under a worker; skipped without Ray."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from heard import hear_until
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Order

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason='no Ray: pip install "stepstone[ray]"'),
]

DOUBLE = Path(__file__).parent / "double.py"


@pytest.fixture
def cluster():
    from ray.cluster_utils import Cluster

    # Nothing runs beside the driver, so that whatever node is lost, it is not the driver's.
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    made.add_node(num_cpus=1)
    made.wait_for_nodes()
    yield made
    made.shutdown()


def test_a_real_node_is_killed_its_job_continued_on_another_and_stop_saves(cluster, make_plan, store, tmp_path) -> None:
    import ray

    from stepstone.launchers.ray import Ray
    from stepstone.launchers.ray_options import Options

    stage = next(iter(make_plan().stages.values()))
    order = Order(id=stage.key, store=store.root, stages=(stage,), place=Place(), runtime=Runtime())
    (tmp_path / "behaviour.json").write_text(json.dumps({stage.label: "hang"}))
    command = (str(DOUBLE), str(tmp_path / "behaviour.json"))
    launcher = Ray(None, tmp_path / "logs", Options(address=cluster.address), command)
    assert launcher.num_slots == 1
    try:
        launcher.submit(order)
        hear_until(launcher, "progress")
        (busy,) = cluster.worker_nodes
        cluster.add_node(num_cpus=1)
        cluster.remove_node(busy, allow_graceful=False)
        assert "was lost" in hear_until(launcher, "died")[-1].message
        launcher.submit(order)
        hear_until(launcher, "progress")
        launcher.stop()
        assert store.resume_folders(order.id)
    finally:
        launcher.kill()
        ray.shutdown()


def test_an_address_at_which_nobody_answers_is_one_message_in_bounded_time(tmp_path, monkeypatch) -> None:
    from stepstone.core.errors import UserError
    from stepstone.launchers import ray_cluster
    from stepstone.launchers.find import find_launcher

    monkeypatch.setattr(ray_cluster, "CONNECT_SECONDS", 10.0)
    with pytest.raises(UserError, match=r"address=127\.0\.0\.1:9: no Ray cluster answered within 10 s"):
        find_launcher("ray")(None, tmp_path, ["address=127.0.0.1:9"])
