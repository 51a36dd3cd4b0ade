"""The policy of workers on a Ray cluster, with a double of the package `ray` that keeps actors in this process."""

from __future__ import annotations

import importlib.util
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fake_ray import FakeRay
from heard import LIMIT, hear, hear_until
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.version import __version__
from stepstone.launchers import ray as launching
from stepstone.launchers import ray_cluster, ray_node, unfit
from stepstone.launchers.find import find_launcher
from stepstone.launchers.launcher import Event, Order
from stepstone.launchers.ray import Ray
from stepstone.launchers.ray_node import RayWorker, WorkerTicket, node_fault
from stepstone.launchers.ray_options import RayOptions
from stepstone.launchers.unfit import fingerprint
from stepstone.pipeline.run import run

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
# What a process of its own is told of the nodes, the driver's among them, and where the head was begun anew.
HERE_STILL, HERE_NO_MORE = 'print(\'["id0", "id1"]\')', "print('[\"id7\"]')"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    made = FakeRay(2)
    monkeypatch.setitem(sys.modules, "ray", made)
    monkeypatch.setattr(ray_node, "HEAR_SECONDS", 0.2)
    return made


@pytest.fixture
def start(tmp_path: Path, fake: FakeRay) -> Iterator[Callable[..., Ray]]:
    made = []

    def start(**options: object) -> Ray:
        command = (str(HERE / "double.py"), str(tmp_path / "behaviour.json"))
        made.append(Ray(None, tmp_path / "logs", RayOptions.model_validate(options), command))
        return made[-1]

    yield start
    fake.head.close()
    for launcher in made:
        launcher.kill()


@pytest.fixture
def orders(make_plan, store) -> list[Order]:
    stages = list(make_plan().stages.values())[:3]
    return [Order(id=one.key, store=store.root, stages=(one,), place=Place(), runtime=Runtime()) for one in stages]


def behave(tmp_path: Path, *orders: Order, wish: str = "hang") -> None:
    labels = [order.stages[0].label for order in orders]
    (tmp_path / "behaviour.json").write_text(json.dumps(dict.fromkeys(labels, wish)))


def ticket_of(tmp_path: Path, **change: object) -> WorkerTicket:
    asked = {"file": tmp_path / "ticket.json", "here": tmp_path, "folders": (), "data": fingerprint(()), "gpus": 0}
    made = WorkerTicket.model_validate({**asked, **change})
    made.file.write_text(made.model_dump_json())
    return made


def test_a_study_is_computed_by_kept_workers_and_all_that_is_sent_is_text(
    start, make_plan, store, fake, tmp_path
) -> None:
    planned = make_plan(seeds=[1])
    launcher = start()
    assert launcher.num_slots == 2
    outcome = run(planned, store, launcher)
    assert (outcome.num_done, outcome.exit_status) == (len(planned.stages), 0)
    # As many processes as nodes, though there are more jobs.
    assert len({record.provenance["pid"] for record in store.records()}) <= 2 < len(planned.stages)
    assert {type(sent) for sent in fake.sent} == {str, int}
    assert all(actor.why for actor in fake.actors)


def test_a_lost_node_is_a_worker_that_died_and_its_job_is_done_elsewhere(start, orders, fake, tmp_path, store) -> None:
    behave(tmp_path, orders[0])
    launcher = start()
    launcher.submit(orders[0])
    hear_until(launcher, "progress")
    fake.lose(fake.actors[0].node)
    died = hear_until(launcher, "died")[-1]
    assert died.job == orders[0].id and "was lost: The actor died because its node has died." in died.message
    behave(tmp_path)
    launcher.submit(orders[0])
    assert hear_until(launcher, "idle")[-1].ok and store.usable(orders[0].id)


def test_what_a_worker_says_before_it_dies_comes_with_its_death(start, orders, tmp_path) -> None:
    behave(tmp_path, orders[0], wish="die")
    launcher = start()
    launcher.submit(orders[0])
    died = hear_until(launcher, "died")[-1]
    assert "SIGKILL" in died.message and died.message.endswith("out of patience")
    assert Path(died.traceback).read_text() == "out of patience\n"
    # The actor lives, and has a new worker for the next order.
    launcher.submit(orders[1])
    assert hear_until(launcher, "idle")[-1].ok


def test_what_there_is_no_room_for_waits_and_is_done_by_a_worker_that_becomes_free(
    start, orders, fake, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(launching, "ROOM_SECONDS", 0.0)
    monkeypatch.setattr(ray_cluster, "KNOCK", HERE_STILL)
    launcher = start()
    fake.nodes_there.popitem()
    for order in orders:
        launcher.submit(order)
    heard = hear(launcher, lambda heard: sum(event.event == "idle" for event in heard) == 3)
    notes = {event.message for event in heard if event.event == "note"}
    need = "a worker of CPU 1 is asked for twice, and n0 has CPU 1"
    assert f"the Ray cluster has had no room for 0 s: {need}" in notes
    assert len({actor.node for actor in fake.actors if actor.object}) == 1


def test_a_worker_without_work_gives_its_place_back(start, orders, fake, monkeypatch) -> None:
    launcher = start()
    launcher.submit(orders[0])
    hear_until(launcher, "idle")
    assert not fake.actors[0].why
    monkeypatch.setattr(launching, "IDLE_SECONDS", 0.0)
    launcher.wait(0.1)
    assert fake.actors[0].why == "killed by its driver"


def test_stop_saves_what_runs_and_lets_go_of_what_waits(start, orders, fake, tmp_path, store) -> None:
    behave(tmp_path, *orders)
    launcher = start()
    for order in orders:
        launcher.submit(order)
    hear(launcher, lambda heard: len({event.job for event in heard if event.event == "progress"}) == 2)
    launcher.stop()
    assert sum(bool(store.resume_folders(order.id)) for order in orders) == 2
    assert all(actor.why for actor in fake.actors)


def test_a_cluster_whose_head_is_lost_is_one_message_after_its_workers_saved(
    start, orders, fake, tmp_path, store, monkeypatch
) -> None:
    monkeypatch.setattr(ray_cluster, "LOOK_SECONDS", 0.05)
    behave(tmp_path, orders[0])
    launcher = start()
    launcher.submit(orders[0])
    hear_until(launcher, "progress")
    fake.head.close()
    message = r"the head of the Ray cluster \(127\.0\.0\.1:\d+\) is lost.*\n  remedy: bring up the cluster again"
    with pytest.raises(UserError, match=message):
        hear_until(launcher, "idle")
    assert store.resume_folders(orders[0].id) and fake.actors[0].why


def test_a_head_that_is_away_for_a_moment_is_waited_for(start, fake, monkeypatch) -> None:
    head = start()._cluster.head

    def is_lost() -> bool:
        head._looked -= ray_cluster.LOOK_SECONDS
        return head.is_lost()

    fake.head.close()
    assert not any(is_lost() for _ in range(ray_cluster.NUM_LOOKS - 1))
    monkeypatch.setattr(ray_cluster, "KNOCK", HERE_STILL)
    host, _, port = head.address.rpartition(":")
    fake.head = socket.create_server((host, int(port)))
    assert not any(is_lost() for _ in range(ray_cluster.NUM_LOOKS))
    fake.head.close()
    assert sum(is_lost() for _ in range(ray_cluster.NUM_LOOKS)) == 1


def test_a_worker_whose_driver_is_gone_does_its_order_and_leaves(orders, tmp_path, monkeypatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(ray_node, "UNHEARD_SECONDS", 0.0)
    behave(tmp_path, orders[0])
    made = ticket_of(tmp_path, command=(str(HERE / "double.py"), str(tmp_path / "behaviour.json")))
    post = RayWorker(made.model_dump_json(), left.append)
    post.take(orders[0].line())
    time.sleep(1.2)
    assert not left
    post.end()
    deadline = time.monotonic() + LIMIT
    while not left:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_that_is_asked_to_end_while_it_is_started_ends(orders, tmp_path) -> None:
    behave(tmp_path, orders[0])
    made = ticket_of(tmp_path, command=(str(HERE / "double.py"), str(tmp_path / "behaviour.json")))
    post = RayWorker(made.model_dump_json(), lambda status: None)
    post.end()
    post.take(orders[0].line())
    assert post._worker is not None
    post._worker.process.wait(LIMIT)


def test_an_answer_that_was_lost_on_its_way_is_given_again(orders, tmp_path) -> None:
    post = RayWorker(ticket_of(tmp_path).model_dump_json(), lambda status: None)
    for number in range(2):
        post._events.put(Event("progress", "j", step=number))
    first = post.hear(0)
    assert [Event.read_line(line).step for line in first.splitlines()] == [0, 1] and post.hear(0) == first
    post._events.put(Event("idle", "j"))
    assert [Event.read_line(line).event for line in post.hear(2).splitlines()] == ["idle"]


def test_unfit_nodes_are_said_in_one_message_before_anything_runs(start, orders, fake) -> None:
    fake.checks = {"id0": lambda text: "does not see /data", "id1": lambda text: "has Stepstone 0.0.1"}
    with pytest.raises(UserError, match=r"n0 does not see /data; n1 has Stepstone 0\.0\.1\n  remedy: on every node"):
        start().submit(orders[0])
    assert not fake.actors


def test_a_node_that_came_later_and_is_unfit_ends_the_run_after_the_others_saved(
    start, orders, fake, tmp_path, store, monkeypatch
) -> None:
    behave(tmp_path, *orders)
    launcher = start()
    launcher.submit(orders[0])
    hear_until(launcher, "progress")
    monkeypatch.setattr(ray_node, "node_fault", lambda text: "does not see /data")
    launcher.submit(orders[1])
    with pytest.raises(UserError, match="does not see /data"):
        hear_until(launcher, "idle")
    assert store.resume_folders(orders[0].id)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, ""),
        ({"version": "0.0.1"}, f"has Stepstone {__version__}, and the run is of 0.0.1"),
        ({"here": Path("/no/such/folder")}, "does not see /no/such/folder"),
        ({"data": "0"}, "has other files, or of other sizes, in  than the driver"),
    ],
)
def test_a_node_knows_why_it_is_unfit(tmp_path, change, message) -> None:
    assert node_fault(ticket_of(tmp_path, **change).model_dump_json()) == message


def test_a_node_with_other_data_or_another_store_or_no_gpu_is_unfit(tmp_path, monkeypatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.tsv").write_text("one\n")
    made = ticket_of(tmp_path, folders=(data,), data=fingerprint((data,)))
    assert node_fault(made.model_dump_json()) == ""
    (data / "a.tsv").write_text("two and more\n")
    assert node_fault(made.model_dump_json()) == f"has other files, or of other sizes, in {data} than the driver"
    (data / "a.tsv").write_text("one\n")
    made.file.write_text("{}")
    assert "does not see the store of this run" in node_fault(made.model_dump_json())
    monkeypatch.setattr(unfit, "gpus_of_kernel", list)
    assert node_fault(ticket_of(tmp_path, gpus=0.5).model_dump_json()) == "promises a GPU, and has none"


def test_what_no_node_can_hold_is_refused_at_the_start_unless_the_cluster_grows(start, fake) -> None:
    message = "no node can hold a worker of CPU 2, GPU 0.5: n0, n1 have CPU 1, GPU 0\n  remedy: ask for"
    with pytest.raises(UserError, match=message):
        start(cpus=2, gpus=0.5)
    assert start(cpus=2, gpus=0.5, autoscaling=True).num_slots == launching.MOST_WORKERS
    with pytest.raises(UserError, match=r"no node can hold a worker of CPU 1, memory 2 GiB: .* CPU 1, memory 0 GiB"):
        start(memory="2G")


def test_a_run_that_waits_for_nodes_says_at_once_what_is_asked_for_and_what_there_is(start, orders, fake) -> None:
    launcher = start(gpus=1, autoscaling=True)
    launcher.submit(orders[0])
    notes = [event.message for event in launcher.wait(0.0) if event.event == "note"]
    assert notes == [
        "waits for nodes of the Ray cluster: a worker of CPU 1, GPU 1 is asked for once, and n0, n1 have CPU 1, GPU 0"
    ]


def test_a_head_that_was_begun_anew_is_one_message_and_nothing_waits_for_it(
    start, orders, fake, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(launching, "ROOM_SECONDS", 0.0)
    monkeypatch.setattr(launching, "QUICK_SECONDS", 1.0)
    monkeypatch.setattr(ray_cluster, "KNOCK", HERE_NO_MORE)
    behave(tmp_path, *orders)
    launcher = start()
    for order in orders:
        launcher.submit(order)
    with pytest.raises(UserError, match="is lost: it was begun anew, and knows nothing of this run"):
        hear_until(launcher, "idle")
    assert all(actor.why for actor in fake.actors)


def test_a_head_that_comes_back_is_asked_whether_it_is_the_same(start, fake, monkeypatch) -> None:
    head = start()._cluster.head
    monkeypatch.setattr(ray_cluster, "KNOCK", HERE_NO_MORE)
    fake.head.close()
    head._looked -= ray_cluster.LOOK_SECONDS
    assert not head.is_lost()
    host, _, port = head.address.rpartition(":")
    fake.head = socket.create_server((host, int(port)))
    head._looked -= ray_cluster.LOOK_SECONDS
    assert head.is_lost() and "begun anew" in head.fault


def test_a_training_that_several_gpus_share_has_a_worker_with_as_many(start, orders, fake) -> None:
    fake.nodes = lambda: [  # type: ignore[method-assign]
        {"NodeID": "id0", "Alive": True, "NodeManagerHostname": "n0", "Resources": {"CPU": 8, "GPU": 4}}
    ]
    fake.checks = {"id0": lambda text: ""}
    shared = orders[0].model_copy(update={"runtime": Runtime(num_devices=2)})
    with pytest.raises(UserError, match=r"--devices-per-job: 2 devices .* gpus=0\.5 of a worker"):
        start(gpus=0.5).submit(shared)
    launcher = start(gpus=2)
    # Places are GPUs, two of them for every such training.
    assert launcher.num_slots == 4
    launcher.submit(shared)
    assert fake.asked[-1]["num_gpus"] == 2
    for order in orders[1:]:
        launcher.submit(order)
    # What has one device takes one place, but there are no more workers than the GPUs make.
    assert len(launcher._worker_slots) == 2
    # Where the GPU cannot be used that is an error: "auto" would compute on the processor.
    assert launcher._queue[0].runtime.device == "cuda"


def test_options_become_what_ray_is_asked_for(start, fake, orders) -> None:
    fake.nodes = lambda: [  # type: ignore[method-assign]
        {"NodeID": "id0", "Alive": True, "NodeManagerHostname": "n0", "Resources": {"CPU": 8, "GPU": 1, "a100": 1}}
    ]
    fake.checks = {"id0": lambda text: ""}
    launcher = start(cpus=2, gpus=0.25, resource=("a100:0.1",))
    assert (launcher.num_slots, launcher.num_threads(1)) == (4, 2)
    launcher.submit(orders[0])
    assert fake.asked[-1] == {
        "num_cpus": 2,
        "num_gpus": 0.25,
        "memory": None,
        "resources": {"a100": 0.1},
        "lifetime": "detached",
        "max_restarts": 0,
        "max_concurrency": 3,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("adress=h:1", "ray has no option 'adress'\n  remedy: did you mean \"address\""),
        ("address=ray://h:10001", "is an address of Ray's client: .* on a machine of the cluster"),
        ("address=h", "is HOST:PORT of the cluster's head, or auto"),
        ("cpus=0", "greater than or equal to 1"),
        ("gpus=1.5", "is a fraction of one GPU, or a whole number of them"),
        ("gpus=65", "less than or equal to 64"),
        ("memory=16", "memory=16: "),
        ("resource=CPU:2", "CPU is given as cpus=..."),
        ("resource=a100", "is NAME:AMOUNT"),
        ("resource=a100:nan", "is NAME:AMOUNT, with an amount"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(fake, tmp_path, given: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_launcher("ray")(None, tmp_path, [given])


def test_a_node_without_a_package_of_the_worker_is_unfit(tmp_path, monkeypatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else found(name))
    assert node_fault(ticket_of(tmp_path).model_dump_json()) == "lacks torch in the Python that runs Stepstone there"


def test_a_node_of_another_version_whose_tickets_have_other_fields_says_so(tmp_path) -> None:
    table = json.loads(ticket_of(tmp_path).model_dump_json())
    fault = node_fault(json.dumps({**table, "threads": 3}))
    assert fault == f"has another Stepstone, {__version__}, than the run: WorkerTicket has other fields"


@pytest.mark.parametrize("share", [0.1, 0.2, 0.25, 0.3, 0.7, 0.0001, 1])
def test_fractions_of_a_gpu_are_taken_as_written(share: float) -> None:
    assert RayOptions(gpus=share).demands()["GPU"] == share


def test_a_machine_without_ray_is_reported(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r'needs a package: .*\n  remedy: pip install "stepstone\[ray\]"'):
        find_launcher("ray")(None, tmp_path, [])


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import time; time.sleep(60)", r"--launcher-option address=h:1: no Ray cluster answered within 1 s"),
        (
            "raise RuntimeError('Version mismatch: The cluster was started with:\\n    Ray: 2.1')",
            r"RuntimeError: Version mismatch: The cluster was started with: Ray: 2.1",
        ),
        ("import sys; sys.exit(3)", "Ray ended without a word"),
    ],
)
def test_a_cluster_that_does_not_answer_or_is_another_is_one_message(
    fake, tmp_path, monkeypatch, code: str, message: str
) -> None:
    fake.is_initialized = lambda: False  # type: ignore[method-assign]
    monkeypatch.setattr(ray_cluster, "KNOCK", code)
    monkeypatch.setattr(ray_cluster, "CONNECT_SECONDS", 1.0)
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(UserError, match=message):
        find_launcher("ray")(None, tmp_path, ["address=h:1"])
    assert signal.getsignal(signal.SIGTERM) == handler
