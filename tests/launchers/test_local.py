import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from heard import LIMIT, hear, hear_until
from stepstone.core import alive
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers import local
from stepstone.launchers.launcher import Event, Order
from stepstone.launchers.local import Local

DOUBLE = Path(__file__).parent / "double.py"


@pytest.fixture
def behaviour(tmp_path: Path) -> Path:
    return tmp_path / "behaviour.json"


@pytest.fixture
def launcher(tmp_path, behaviour):
    found = Local(2, tmp_path / "logs", (sys.executable, str(DOUBLE), str(behaviour)))
    yield found
    found.kill()


def order_of(store, *stages) -> Order:
    return Order(id=stages[0].key, store=store.root, stages=stages, place=Place(), runtime=Runtime())


def test_a_worker_is_kept_from_job_to_job(launcher, make_plan, store) -> None:
    first, second, *_ = make_plan().stages.values()
    for stage in (first, second):
        launcher.submit(order_of(store, stage))
        assert [event.event for event in hear_until(launcher, "idle")] == ["start", "done", "idle"]
    pids = {store.record(stage.key).provenance["pid"] for stage in (first, second)}
    assert len(pids) == 1 and _alive(*pids)
    launcher.close()
    assert not _alive(*pids)


def test_a_killed_worker_is_told_with_signal_and_last_words_and_replaced(launcher, make_plan, store, behaviour) -> None:
    first, second, *_ = make_plan().stages.values()
    behaviour.write_text(f'{{"{first.label}": "die"}}')
    launcher.submit(order_of(store, first))
    died = hear_until(launcher, "died")[-1]
    assert died.job == first.key and "SIGKILL" in died.message and died.message.endswith("out of patience")
    assert Path(died.traceback).read_text() == "out of patience\n"
    launcher.submit(order_of(store, second))
    assert hear_until(launcher, "idle")[-1].ok


def test_a_worker_that_cannot_start_is_told_with_its_reason(tmp_path, make_plan, store) -> None:
    launcher = Local(1, tmp_path / "logs", (sys.executable, "-c", "raise SystemExit('no such library')"))
    launcher.submit(order_of(store, next(iter(make_plan().stages.values()))))
    assert "ended with status 1: no such library" in hear_until(launcher, "died")[-1].message


def test_an_order_to_a_worker_that_has_just_ended_is_told_as_died(launcher, make_plan, store) -> None:
    order = order_of(store, next(iter(make_plan().stages.values())))
    worker = launcher._start(1)
    worker.process.kill()
    worker._listener.join(LIMIT)
    worker.send(order)
    assert [(event.event, event.job) for event in launcher.wait(LIMIT)] == [("died", order.id)]


def start_both(launcher, store, behaviour, stages, *wishes: str) -> list[subprocess.Popen[str]]:
    """Give two workers a stage each, and wait until both are in the midst of it."""
    behaviour.write_text(json.dumps({stage.label: wish for stage, wish in zip(stages, wishes, strict=True)}))
    for stage in stages:
        launcher.submit(order_of(store, stage))
    keys = {stage.key for stage in stages}
    hear(launcher, lambda heard: {event.key for event in heard if event.event == "progress"} == keys)
    return [worker.process for worker in launcher._workers]


def test_stop_lets_all_workers_save(launcher, make_plan, store, behaviour, monkeypatch) -> None:
    monkeypatch.setattr(local, "GRACE_SECONDS", LIMIT)
    stages = list(make_plan().stages.values())[:2]
    processes = start_both(launcher, store, behaviour, stages, "hang", "hang")
    launcher.stop()
    assert [process.poll() for process in processes] == [0, 0]
    assert all(store.resume_folders(stage.key) for stage in stages)


def test_stop_ends_the_deaf_after_it_has_let_the_others_save(
    launcher, make_plan, store, behaviour, monkeypatch
) -> None:
    stages = list(make_plan().stages.values())[:2]
    polite, deaf = start_both(launcher, store, behaviour, stages, "hang", "deaf")
    join = launcher._join

    def join_with_time_for_the_polite(seconds: float) -> None:
        # However long the polite one takes to save, it has been told to by now, and the deaf one is given the rest.
        polite.wait(timeout=LIMIT)
        join(seconds)

    monkeypatch.setattr(launcher, "_join", join_with_time_for_the_polite)
    monkeypatch.setattr(local, "GRACE_SECONDS", 0.5)
    launcher.stop()
    assert polite.poll() == 0 and deaf.poll() == -signal.SIGKILL
    assert store.resume_folders(stages[0].key) and not store.resume_folders(stages[1].key)


def test_workers_do_not_hear_the_terminal_s_ctrl_c(launcher, make_plan, store, behaviour) -> None:
    first, *_ = make_plan().stages.values()
    behaviour.write_text(f'{{"{first.label}": "hang"}}')
    launcher.submit(order_of(store, first))
    hear_until(launcher, "progress")
    assert os.getpgid(launcher._workers[0].process.pid) != os.getpgid(0)


def test_workers_end_when_the_launcher_is_killed(tmp_path, behaviour) -> None:
    script = (
        "import sys, time; from stepstone.launchers.local import Local; from pathlib import Path\n"
        f"worker = Local(1, Path({str(tmp_path / 'logs')!r}), (sys.executable, {str(DOUBLE)!r}, 'x'))._start(1)\n"
        "print(worker.process.pid, flush=True); time.sleep(3600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + LIMIT
    while _alive(pid):
        assert time.monotonic() < deadline, "the worker outlived its launcher"
        time.sleep(0.05)


def test_a_worker_whose_log_is_gone_is_heard_to_die(launcher, make_plan, store, behaviour) -> None:
    first, *_ = make_plan().stages.values()
    behaviour.write_text(f'{{"{first.label}": "hang"}}')
    launcher.submit(order_of(store, first))
    hear_until(launcher, "progress")
    worker = launcher._workers[0]
    worker.log.unlink()
    worker.process.kill()
    died = hear_until(launcher, "died")[-1]
    assert died.job == first.key and "SIGKILL" in died.message


def test_a_worker_that_is_stopped_is_given_up_and_one_that_only_thinks_is_not(
    launcher, make_plan, store, behaviour, monkeypatch
) -> None:
    monkeypatch.setattr(alive, "SILENCE_SECONDS", 60.0)
    stages = list(make_plan().stages.values())[:2]
    stopped, thinking = start_both(launcher, store, behaviour, stages, "hang", "hang")
    stopped.send_signal(signal.SIGSTOP)
    # As if a minute had gone by: a limit of seconds would be that of a busy machine, too.
    of_stopped, of_thinking = launcher._workers
    of_stopped.silence.seconds, of_thinking.silence.seconds = 59.0, 40.0
    heard = hear(
        launcher,
        lambda heard: {("died", stages[0].key), ("progress", stages[1].key)} <= {(one.event, one.job) for one in heard},
    )
    (died,) = (event for event in heard if event.event == "died")
    assert died.job == stages[0].key and died.message.startswith("the worker showed no sign of life for 60 s")
    assert stopped.wait(LIMIT) == -signal.SIGKILL and thinking.poll() is None
    assert of_thinking.silence.seconds < 40.0


def test_a_run_that_stood_still_itself_gives_nobody_up(launcher, make_plan, store, behaviour, monkeypatch) -> None:
    monkeypatch.setattr(alive, "SILENCE_SECONDS", 30.0)
    first, *_ = make_plan().stages.values()
    behaviour.write_text(f'{{"{first.label}": "hang"}}')
    launcher.submit(order_of(store, first))
    hear_until(launcher, "progress")
    worker = launcher._workers[0]
    # Ctrl-Z for an hour: the clock goes on, and nothing was heard.
    worker.silence.looked -= 3600.0
    launcher.wait(0.0)
    assert worker.process.poll() is None and not worker.silence.fault()


def test_a_real_worker_ends_with_its_launcher_while_it_still_opens_torch() -> None:
    process = subprocess.Popen(local.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    # Its first sign of life comes before anything is opened.
    assert json.loads(process.stdout.readline())["event"] == "alive"
    process.stdin.close()
    assert process.wait(LIMIT) in (0, 3)


def test_threads_are_fixed_by_the_number_of_workers(tmp_path) -> None:
    launcher = Local(2, tmp_path)
    launcher.num_cores = 8
    assert (launcher.num_threads(1), launcher.num_threads(2)) == (4, 8)
    many = Local(16, tmp_path)
    many.num_cores = 8
    assert many.num_threads(1) == 1


def test_gpus_are_shared_out(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    launcher = Local(None, tmp_path, (sys.executable, "-c", "import time; time.sleep(3600)"))
    assert launcher.num_slots == 2
    given = [launcher._start(1).environment["CUDA_VISIBLE_DEVICES"] for _ in range(3)]
    launcher.kill()
    assert given == ["3", "5", "3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert Local(None, tmp_path).gpus == []


def test_a_training_of_several_devices_gets_as_many_gpus_or_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5,6,7")
    launcher = Local(None, tmp_path, (sys.executable, "-c", "import time; time.sleep(3600)"))
    given = [launcher._start(num).environment["CUDA_VISIBLE_DEVICES"] for num in (2, 1, 1)]
    launcher.kill()
    assert given == ["3,5", "6", "7"]
    order = Order(id="j", store=tmp_path, stages=(), place=Place(), runtime=Runtime(num_devices=5))
    with pytest.raises(UserError, match=r"--devices-per-job: 5 GPUs are asked for, and there are 4\n.*give 4 or fewer"):
        launcher.submit(order)


def test_an_event_of_a_newer_worker_is_read_without_its_new_fields() -> None:
    assert Event.read({"event": "done", "job": "j", "watts": 3}) == Event("done", "j")


def _alive(pid: int) -> bool:
    try:
        # A zombie counts as ended: nobody has read its status yet.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
