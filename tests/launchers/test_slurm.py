"""Slurm's policy, with a double of its commands that runs jobs as processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heard import LIMIT, hear_until
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.version import __version__
from stepstone.launchers import slurm, unfit
from stepstone.launchers.launcher import Order
from stepstone.launchers.slurm import Slurm, make
from stepstone.launchers.slurm_job import BatchJob, JobTicket
from stepstone.launchers.slurm_node import SlurmWorker
from stepstone.launchers.slurm_options import SlurmOptions
from stepstone.launchers.unfit import fingerprint
from stepstone.pipeline.run import run

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


@pytest.fixture
def start(tmp_path: Path, cluster: Path) -> Iterator[Callable[..., Slurm]]:
    """Make a launcher whose nodes run the double of a worker."""
    made = []

    def start(**options: object) -> Slurm:
        command = (str(HERE / "double.py"), str(tmp_path / "behaviour.json"))
        made.append(Slurm(4, tmp_path / "logs", SlurmOptions.model_validate(options), command))
        return made[-1]

    yield start
    for launcher in made:
        launcher.kill()


@pytest.fixture
def order(make_plan, store) -> Order:
    stage = next(iter(make_plan().stages.values()))
    return Order(id=stage.key, store=store.root, stages=(stage,), place=Place(), runtime=Runtime())


def behave(tmp_path: Path, order: Order, wish: str) -> None:
    (tmp_path / "behaviour.json").write_text(json.dumps({order.stages[0].label: wish}))


def asked(cluster: Path) -> list[str]:
    return (cluster / "asked").read_text().splitlines()


def test_a_study_is_computed_once_by_jobs_and_lost_nodes_are_replaced(
    start, make_plan, store, cluster, tmp_path
) -> None:
    planned = make_plan(seeds=[1], languages=["en"], target={"xnli": {}}, intermediate={})
    (tmp_path / "behaviour.json").write_text(json.dumps({"alpha/none/xnli/s1": "die once"}))
    outcome = run(planned, store, start(partition="gpu", cpus=3))
    assert (outcome.num_done, outcome.exit_status) == (len(planned.stages), 0)
    assert {record.provenance["threads"] for record in store.records()} == {3}
    assert len(asked(cluster)) == 3  # the encoder, the training that died, and the training
    assert all("--partition=gpu" in line and "--no-requeue" in line for line in asked(cluster))


def test_a_lost_node_is_a_worker_that_died_and_its_job_is_submitted_anew(
    start, order, cluster, tmp_path, store
) -> None:
    behave(tmp_path, order, "hang")
    launcher = start()
    launcher.submit(order)
    hear_until(launcher, "progress")
    (cluster / "1.state").write_text("NODE_FAIL")
    os.kill(int((cluster / "1.pid").read_text()), signal.SIGKILL)
    died = hear_until(launcher, "died")[-1]
    assert died.job == order.id and died.message == "Slurm job 1: its node was lost (NODE_FAIL, n1)"
    behave(tmp_path, order, "")
    launcher.submit(order)
    assert list((tmp_path / "logs" / "slurm" / order.id).glob("*/events.jsonl"))
    assert hear_until(launcher, "idle")[-1].ok and store.usable(order.id)
    assert len(asked(cluster)) == 2 and not list((tmp_path / "logs" / "slurm").iterdir())


def test_another_run_finds_the_job_of_one_that_was_killed(start, order, cluster, tmp_path, store) -> None:
    behave(tmp_path, order, "hang")
    first, second = start(), start()
    first.submit(order)
    hear_until(first, "progress")
    first._jobs.clear()  # as when it is killed: nothing is cancelled
    second.submit(order)
    heard = hear_until(second, "progress")
    assert [event.event for event in heard[:2]] == ["phase", "start"] and "a worker starts" in heard[0].message
    second.stop()
    assert store.resume_folders(order.id) and len(asked(cluster)) == 1


def test_a_job_that_does_less_is_waited_for_by_the_one_that_does_all(start, make_plan, order, cluster) -> None:
    (cluster / "hold").write_text("Resources")
    first, second = start(), start()
    first.submit(order)
    more = [stage for stage in make_plan().stages.values() if stage.key != order.id][:1]
    second.submit(order.model_copy(update={"stages": (*order.stages, *more)}))
    assert "--dependency=afterany:1" in asked(cluster)[1]


def test_stop_cancels_what_waits_and_lets_what_runs_save(start, make_plan, order, cluster, tmp_path, store) -> None:
    behave(tmp_path, order, "hang")
    launcher = start()
    launcher.submit(order)
    hear_until(launcher, "progress")
    (cluster / "hold").write_text("Resources")
    other = next(stage for stage in make_plan().stages.values() if stage.key != order.id)
    launcher.submit(order.model_copy(update={"id": other.key, "stages": (other,)}))
    launcher.stop()
    assert store.resume_folders(order.id)
    assert (cluster / "2.state").read_text().strip() == "CANCELLED"
    assert launcher._jobs == {}


def test_the_warning_before_the_time_limit_saves_and_ends_the_job(start, order, cluster, tmp_path, store) -> None:
    behave(tmp_path, order, "hang")
    launcher = start(time="1:00:00", save_seconds=90)
    launcher.submit(order)
    hear_until(launcher, "progress")
    assert "--signal=B:USR1@90" in asked(cluster)[0] and "--time=1:00:00" in asked(cluster)[0]
    os.kill(int((cluster / "1.pid").read_text()), signal.SIGUSR1)
    died = hear_until(launcher, "died")[-1]
    assert died.message.startswith("the worker saved and ended") and store.resume_folders(order.id)


@pytest.mark.skipif(unfit.gpus_of_kernel(), reason="this machine has a GPU")
def test_a_node_without_the_gpu_that_slurm_gave_out_ends_the_run_with_one_message(start, order, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    launcher = start(gpus=1)
    launcher.submit(order)
    message = "node n1, Slurm job 1: promises a GPU, and has none\n  remedy: .*--exclude=NODE"
    with pytest.raises(UserError, match=message):
        hear_until(launcher, "idle")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, ""),
        ({"version": "0.0.1"}, f"has Stepstone {__version__}, and the run is of 0.0.1"),
        ({"gpus": 1}, "promises a GPU, and has none"),
        ({"here": Path("/no/such/folder")}, "does not see /no/such/folder"),
        ({"data": "0"}, "has other files, or of other sizes, in  than the driver"),
    ],
)
def test_a_node_knows_why_it_is_unfit(order, tmp_path, monkeypatch, change, message) -> None:
    monkeypatch.setattr(unfit, "gpus_of_kernel", list)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    if here := change.pop("here", None):
        order = order.model_copy(update={"here": here})
    BatchJob(tmp_path / "1", order).write(JobTicket(**{"order": order, "gpus": 0, "data": fingerprint(()), **change}))
    assert SlurmWorker(tmp_path / "1").find_fault() == message


def test_a_node_that_shows_fewer_gpus_than_were_asked_for_is_unfit(order, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    monkeypatch.setattr(unfit, "gpus_of_kernel", lambda: ["0"])
    BatchJob(tmp_path / "1", order).write(JobTicket(order=order, gpus=2, data=fingerprint(())))
    assert SlurmWorker(tmp_path / "1").find_fault() == "shows 1 GPU, and gpus=2 was asked for"


def test_a_job_with_a_gpu_never_computes_on_the_processor_instead(start, order, cluster) -> None:
    (cluster / "hold").write_text("Resources")
    launcher = start(gpus=1)
    launcher.submit(order)
    assert launcher._jobs[order.id].order.runtime.device == "cuda"


def test_a_node_of_another_version_whose_tickets_have_other_fields_ends_the_run(start, order, cluster) -> None:
    launcher = start(setup=("""sed -i 's/"gpus":/"cards":/' ticket.json""",))
    launcher.submit(order)
    message = f"node n1, Slurm job 1: has another Stepstone, {__version__}, than the run: JobTicket has other fields"
    with pytest.raises(UserError, match=message):
        hear_until(launcher, "idle")


def test_a_node_without_the_package_ends_the_run_with_its_shell_s_words(start, order) -> None:
    launcher = start(setup=("echo no such module >&2; exit 1",))
    launcher.submit(order)
    with pytest.raises(UserError, match="before the worker could begin: no such module"):
        hear_until(launcher, "idle")


def test_a_job_that_wrote_nothing_does_not_see_the_store(start, order, monkeypatch) -> None:
    monkeypatch.setattr(slurm.BatchJob, "script", lambda job, options: "#!/bin/bash\nexit 66\n")
    launcher = start()
    launcher.submit(order)
    with pytest.raises(UserError, match=r"it wrote nothing into .*does it see the store"):
        hear_until(launcher, "idle")


def test_what_sbatch_refuses_is_said_once_in_its_words(start, order, cluster) -> None:
    (cluster / "refuse").write_text("sbatch: error: invalid partition specified: gpuu\nsbatch: error: Batch job ...\n")
    with pytest.raises(UserError, match="sbatch refuses a job: error: invalid partition specified: gpuu"):
        start(partition="gpuu").submit(order)
    assert len(asked(cluster)) == 1


def test_a_controller_that_is_away_is_asked_again_and_nobody_is_given_up(start, order, cluster) -> None:
    (cluster / "busy").write_text("1\n2\n")
    (cluster / "hold").write_text("Resources")
    launcher = start()
    launcher.submit(order)
    assert len(asked(cluster)) == 3
    (cluster / "1.state").write_text("NODE_FAIL")
    (cluster / "away").touch()
    assert [event.event for event in launcher.wait(0.5)] == ["phase"] and launcher.wait(0.5) == []
    (cluster / "away").unlink()
    hear_until(launcher, "died")


def test_what_squeue_has_forgotten_sacct_knows(start, order, cluster) -> None:
    (cluster / "hold").write_text("Resources")
    launcher = start()
    launcher.submit(order)
    (cluster / "1.state").write_text("CANCELLED by 1000")
    (cluster / "forgotten").touch()
    assert hear_until(launcher, "died")[-1].message == "Slurm job 1: it was cancelled (CANCELLED, n1)"


def test_an_unusual_reason_to_wait_is_said_once(start, order, cluster) -> None:
    (cluster / "hold").write_text("PartitionTimeLimit")
    launcher = start()
    launcher.submit(order)
    assert [event.message for event in hear_until(launcher, "note")] == [
        "Slurm job 1 is in the queue",
        "Slurm job 1 waits in the queue: PartitionTimeLimit",
    ]
    launcher._asked = 0.0
    assert launcher.wait(0.3) == []


def test_a_job_without_a_sign_of_life_is_cancelled(start, order, cluster, tmp_path, monkeypatch) -> None:
    behave(tmp_path, order, "hang")
    launcher = start()
    launcher.submit(order)
    hear_until(launcher, "progress")
    os.kill(int((cluster / "1.pid").read_text()), signal.SIGSTOP)
    monkeypatch.setattr(slurm, "SILENT_SECONDS", 1.0)
    assert "gave no sign of life for 1 s and was cancelled" in hear_until(launcher, "died")[-1].message
    assert (cluster / "1.state").read_text().strip() == "CANCELLED"


def test_a_machine_without_slurm_is_reported(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="not found on the PATH: sbatch, squeue, scancel"):
        make(None, tmp_path)


def test_the_double_s_jobs_end_with_whoever_asked_for_them(cluster, monkeypatch) -> None:
    owner = subprocess.Popen(["sleep", "300"])
    monkeypatch.setenv("FAKE_SLURM_OWNER", str(owner.pid))
    job = "echo begun > begun\nsleep 300\n"
    subprocess.run(["sbatch"], input=job, cwd=cluster, text=True, check=True, stdout=subprocess.DEVNULL)
    pid, deadline = cluster / "1.pid", time.monotonic() + LIMIT
    while not (pid.exists() and pid.read_text() and (cluster / "begun").exists()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    owner.kill()
    owner.wait()
    while Path("/proc", pid.read_text().strip()).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
