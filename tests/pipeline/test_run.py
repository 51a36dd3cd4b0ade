import io
import logging
import math
import os
import signal
import time
from pathlib import Path

import pytest
from rich.console import Console

from stepstone.cli.display import LiveView, PlainLines
from stepstone.core.errors import UserError
from stepstone.core.recipe import Runtime
from stepstone.launchers.launcher import Event
from stepstone.launchers.local import Local
from stepstone.pipeline.described import describe_outcome
from stepstone.pipeline.dispatch import Dispatch
from stepstone.pipeline.lines import Lines
from stepstone.pipeline.prune import find_removals, remove
from stepstone.pipeline.run import run
from stepstone.pipeline.until import Until
from stepstone.store.store import Store

pytestmark = pytest.mark.slow


@pytest.fixture
def planned(make_plan):
    return make_plan(seeds=[1])


def label_of(planned, key: str) -> str:
    return planned.stages[key].label


def test_everything_is_computed_once_and_nothing_the_second_time(planned, store, launcher) -> None:
    first = run(planned, store, launcher)
    assert (first.num_done, first.num_kept, first.exit_status) == (len(planned.stages), 0, 0)
    assert all(store.complete(key) for key in planned.stages)
    tries = store.tries()
    second = run(planned, store, launcher)
    assert (second.num_done, second.num_kept, second.exit_status) == (0, len(planned.stages), 0)
    assert store.tries() == tries


@pytest.mark.parametrize("stands_there", [False, True])
def test_a_run_ends_where_its_store_is_gone_and_none_takes_its_place(
    planned, store, launcher, behave, monkeypatch, stands_there
) -> None:
    behave({"alpha/nli.ja/s1": "hang"})
    aside, wait = store.root.with_name("aside"), launcher.wait

    def away(seconds: float) -> list[Event]:
        events = wait(seconds)
        if any(event.event == "progress" for event in events):
            launcher.kill()
            store.root.rename(aside)
            if stands_there:
                # As the empty folder below another disk.
                store.root.mkdir()
                monkeypatch.setattr(store._origin, "_device", -1)
        return events

    monkeypatch.setattr(launcher, "wait", away)
    with pytest.raises(UserError, match="the store is gone"):
        run(planned, store, launcher)
    assert not store.root.exists() or list(store.root.iterdir()) == []
    if stands_there:
        store.root.rmdir()
    aside.rename(store.root)
    behave({})
    monkeypatch.undo()
    assert run(planned, store, launcher).exit_status == 0


def test_threads_are_the_launcher_s_share(planned, store, launcher) -> None:
    run(planned, store, launcher)
    assert {record.provenance["threads"] for record in store.records()} == {3}


def test_a_failed_stage_stops_only_what_depends_on_it(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/s1": "fail"})
    outcome = run(planned, store, launcher)
    assert outcome.exit_status == 1
    assert [(failure.label, failure.message.splitlines()[0]) for failure in outcome.failures] == [
        ("alpha/nli.ja/s1", "nothing to read")
    ]
    there = {label_of(planned, key) for key in planned.stages if store.complete(key)}
    assert there == {stage.label for stage in planned.stages.values() if "nli.ja" not in stage.label}
    assert len(outcome.blocked) == sum("nli.ja/" in stage.label for stage in planned.stages.values()) - 1
    assert store.failure(planned.labels["alpha/nli.ja/s1"]).message.startswith("nothing to read")


def test_what_no_head_exists_for_is_told_when_the_encoder_is_there_and_trains_nothing(
    make_plan, store, launcher, behave
) -> None:
    behave({"alpha": "headless"})
    planned = make_plan(seeds=[1], languages=["en", "de"], target={"xnli": {}, "xquad": {}})
    outcome = run(planned, store, launcher)
    assert outcome.exit_status == 1
    failed = {failure.label for failure in outcome.failures}
    assert failed == {f"alpha/{condition}/xquad/s1" for condition in ("none", "nli.en", "nli.ja")}
    assert "no span head for the architecture of alpha" in outcome.failures[0].message
    there = {label_of(planned, key) for key in planned.stages if store.complete(key)}
    assert there == {stage.label for stage in planned.stages.values() if "xquad" not in stage.label}
    assert run(planned, store, launcher).num_done == 0


def test_an_intermediate_that_leads_only_to_what_no_head_exists_for_is_not_trained(
    make_plan, store, launcher, behave
) -> None:
    behave({"alpha": "headless"})
    planned = make_plan(seeds=[1], languages=["en", "de"], target={"xquad": {}})
    run(planned, store, launcher)
    assert [record.label for record in store.records()] == ["alpha"]


def test_inputs_longer_than_an_encoder_places_are_refused_before_anything_is_trained(
    make_plan, store, launcher, behave
) -> None:
    behave({"alpha": "short"})
    short = {"recipe": {"max_length": 100}}
    planned = make_plan(seeds=[1], languages=["en", "de"], target={"xquad": {}, "xnli": short}, intermediate={})
    outcome = run(planned, store, launcher)
    assert [failure.label for failure in outcome.failures if "exceeds the 100 positions" in failure.message] == [
        *(failure.label for failure in outcome.failures)
    ]
    assert "set max_length = 100 or less" in outcome.failures[0].message and "alpha" in outcome.failures[0].message
    assert {record.label.split("/")[2] for record in store.records() if "/" in record.label} == {"xnli"}


def test_a_released_checkpoint_is_trained_again_when_asked_for_and_only_that(planned, store, launcher) -> None:
    run(planned, store, launcher)
    remove(store, find_removals(store, [planned], weights=True))
    wanted = "alpha/nli.ja/xnli/s1"
    assert run(planned, store, launcher).num_done == 0
    assert run(planned, store, launcher, restore=[wanted]).num_done == 1
    assert store.usable(planned.labels[wanted]) and not store.usable(planned.labels["alpha/nli.ja/xquad/s1"])
    assert run(planned, store, launcher, restore=[wanted]).num_done == 0


def test_what_a_wanted_checkpoint_rests_on_is_restored_with_it(planned, store, launcher) -> None:
    run(planned, store, launcher)
    for label in ("alpha/nli.ja/s1", "alpha/nli.ja/xnli/s1"):
        store.release(planned.labels[label], ("model.safetensors",))
    assert run(planned, store, launcher, restore=["alpha/nli.ja/xnli/s1"]).num_done == 2


def test_a_label_to_restore_must_be_a_checkpoint_s(planned, store, launcher) -> None:
    with pytest.raises(UserError, match=r'did you mean "alpha/nli\.ja/xnli/s1"'):
        run(planned, store, launcher, restore=["alpha/nli.ja/xnl/s1"])
    with pytest.raises(UserError, match=r'is an evaluation.*\n.*read off "alpha/nli\.ja/xnli/s1"'):
        run(planned, store, launcher, restore=["alpha/nli.ja/xnli/s1/de"])


def test_a_failed_evaluation_does_not_stop_the_checkpoint_s_children(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/tatoeba/s1/de": "fail"})
    outcome = run(planned, store, launcher)
    assert [failure.label for failure in outcome.failures] == ["alpha/nli.ja/tatoeba/s1/de"]
    assert store.complete(planned.labels["alpha/nli.ja/xnli/s1/en"])


def test_a_killed_worker_takes_only_its_job_which_is_continued_once(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/s1": "die once"})
    said = []

    class Ear(Lines):
        def say(self, message: str) -> None:
            said.append(message)

    outcome = run(planned, store, launcher, watch=Ear())
    assert outcome.exit_status == 0 and all(store.complete(key) for key in planned.stages)
    assert len(said) == 1 and said[0].startswith("alpha/nli.ja/s1: the worker was ended by SIGKILL")


@pytest.mark.parametrize("label", ["alpha/nli.ja/s1", "alpha/nli.ja/xquad/s1/en"])
def test_what_was_computed_by_a_worker_that_was_killed_before_it_said_so_is_done(
    planned, store, launcher, behave, label
) -> None:
    behave({label: "die after"})
    outcome = run(planned, store, launcher)
    assert (outcome.exit_status, outcome.num_done) == (0, len(planned.stages))


def test_a_job_that_kills_every_worker_is_counted_failed_with_its_log(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/xquad/s1": "die"})
    outcome = run(planned, store, launcher)
    (failure,) = outcome.failures
    assert failure.label == "alpha/nli.ja/xquad/s1" and "SIGKILL" in failure.message
    assert "out of patience" in Path(failure.log).read_text()
    assert sorted(outcome.blocked) == ["alpha/nli.ja/xquad/s1/de", "alpha/nli.ja/xquad/s1/en"]
    assert outcome.num_done == len(planned.stages) - 3


def test_a_job_whose_workers_die_is_continued_as_long_as_it_gets_further(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/s1": "die thrice, each time further", "alpha/nli.en/s1": "die thrice"})
    outcome = run(planned, store, launcher)
    assert [failure.label for failure in outcome.failures] == ["alpha/nli.en/s1"]
    assert store.complete(planned.labels["alpha/nli.ja/s1"])


class Written(Lines):
    """Keeps what is written of starts, ends and deaths."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def write(self, line: str, level: int = logging.INFO) -> None:
        self.heard.append(line.partition("] ")[2] or line)

    def place(self, words: str) -> int:
        """Of the last line that begins so."""
        return max(number for number, line in enumerate(self.heard) if line.startswith(words))


def test_a_job_whose_workers_died_twice_at_one_place_is_tried_again_when_all_else_is_done(
    planned, store, launcher, behave
) -> None:
    behave({"alpha/nli.ja/s1": "die twice"})
    said = Written()
    assert run(planned, store, launcher, watch=said).exit_status == 0
    again = said.place("start  alpha/nli.ja/s1")
    assert said.place("alpha/nli.ja/s1: ") < said.place("done   alpha/none/xquad/s1") < again
    assert said.place("start  alpha/nli.ja/xquad/s1") > again, "what needs it waits for it"


def test_where_nothing_like_it_came_through_it_is_not_tried_again(make_plan, store, launcher, behave) -> None:
    planned = make_plan(seeds=[1], languages=["en", "de"], intermediate={}, target={"xnli": {}})
    behave({"alpha/none/xnli/s1": "die"})
    said = Written()
    outcome = run(planned, store, launcher, watch=said)
    assert [failure.label for failure in outcome.failures] == ["alpha/none/xnli/s1"] and outcome.exit_status == 1
    assert sum(line.startswith("start  alpha/none/xnli/s1") for line in said.heard) == 2
    assert said.heard[-1].startswith("FAILED alpha/none/xnli/s1: the worker was ended by SIGKILL")


def test_ctrl_c_lets_workers_save_and_the_same_command_continues(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/s1": "hang", "alpha/nli.en/s1": "hang"})

    class Finger(Lines):
        def tick(self) -> None:
            # Which of the two hangs first is a matter of luck; what is asked about below must have begun.
            if any(state.event and state.label == "alpha/nli.en/s1" for state in self.board.running.values()):
                os.kill(os.getpid(), signal.SIGINT)

        def begin(self, board) -> None:
            self.board = board

    outcome = run(planned, store, launcher, watch=Finger())
    assert outcome.interrupted and outcome.exit_status == 130 and not outcome.failures and not outcome.blocked
    assert all(worker.process.poll() is not None for worker in launcher._workers)
    assert store.resume_folders(planned.labels["alpha/nli.en/s1"])
    behave({})
    after = run(planned, store, launcher)
    # What a worker finished as it was told to stop is kept, though nobody may have heard of it.
    assert after.exit_status == 0 and after.num_done + after.num_kept == len(planned.stages)
    assert after.num_kept >= outcome.num_done


def test_a_second_ctrl_c_kills_at_once(planned, store, launcher, behave) -> None:
    behave({"alpha": "deaf"})

    class Fingers(Lines):
        def begin(self, board) -> None:
            self.board = board

        def tick(self) -> None:
            if any(state.event for state in self.board.running.values()):
                os.kill(os.getpid(), signal.SIGINT)

        def say(self, message: str) -> None:
            signal.signal(signal.SIGALRM, lambda number, frame: os.kill(os.getpid(), signal.SIGINT))
            signal.setitimer(signal.ITIMER_REAL, 0.2)

    outcome = run(planned, store, launcher, watch=Fingers())
    assert outcome.interrupted and outcome.seconds < 10
    assert all(worker.process.poll() is not None for worker in launcher._workers)


def test_an_unwritable_store_is_told_before_anything_starts(planned, launcher, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="a file stands where a folder is needed"):
        run(planned, Store(tmp_path / "file"), launcher)
    assert not launcher._workers


@pytest.mark.parametrize("view", [PlainLines, LiveView])
def test_a_person_sees_jobs_scores_failures_and_counts(planned, store, launcher, behave, view) -> None:
    behave({"alpha/nli.ja/xquad/s1": "fail"})
    console = Console(file=io.StringIO(), width=120, force_terminal=view is LiveView)
    run(planned, store, launcher, watch=view(console))
    shown = console.file.getvalue()
    assert "done   alpha/none/xnli/s1" in shown and "en 50.0  de 50.0" in shown
    assert "FAILED alpha/nli.ja/xquad/s1: nothing to read" in shown
    if view is PlainLines:
        assert "start  alpha/nli.ja/xquad/s1" in shown
        assert f"/{len(planned.stages)}] " in shown and "look elsewhere" not in shown
    else:
        assert f"of {len(planned.stages)} stages done" in shown


def test_stages_that_fail_for_one_reason_are_said_once(planned, store, launcher, behave) -> None:
    labels = [f"alpha/nli.{arm}/s1" for arm in ("en", "ja")]
    behave(dict.fromkeys(labels, "fail"))
    console = Console(file=io.StringIO(), width=120)
    outcome = run(planned, store, launcher, watch=PlainLines(console))
    shown = console.file.getvalue()
    first, second = sorted(labels, key=lambda label: shown.index(f"FAILED {label}"))
    assert f"FAILED {first}: nothing to read" in shown and f"FAILED {second}: as {first}" in shown
    lines = [line for line in describe_outcome(outcome) if line.startswith("failed")]
    assert len(lines) == 1 and lines[0].startswith(f"failed: 2 stages ({first}, {second}): nothing to read")


def test_what_is_noted_of_several_stages_is_said_once_and_counted_at_the_end(planned, store) -> None:
    class Noted(Lines):
        lines: list[str] = []

        def say(self, message: str) -> None:
            self.lines.append(message)

    work = Dispatch(planned, store, Local(1, store.root / "logs"), Runtime(), Noted(), set())
    for label, message in (("a", "odd"), ("b", "odd"), ("b", "odd"), ("c", "even")):
        work._note(Event("note", "job", "key", label, message=message))
    assert Noted.lines == ["a: odd", "c: even"]
    outcome = work.outcome(interrupted=False)
    assert outcome.notes == {"odd": ["a", "b"]}
    assert "noted of 2 stages (a, b): odd" in describe_outcome(outcome)


class Hearing(Lines):
    """Knows whether the worker of a label is at work, which is the end of a run that has until tomorrow by `clock`."""

    def __init__(self, label: str) -> None:
        self.label, self.is_there = label, False

    def begin(self, board) -> None:
        self.board = board

    def tick(self) -> None:
        self.is_there |= any(state.event and state.label == self.label for state in self.board.running.values())

    def say(self, message: str) -> None:
        """Nobody reads it."""

    started = ended = say

    def clock(self) -> float:
        """A year later as soon as it is at work."""
        return time.monotonic() + (3e7 if self.is_there else 0.0)


class Blind(Store):
    """A store on a network drive, where what another run has just taken is in no listing yet."""

    def at_work(self, known=frozenset()):
        return set()


def test_what_another_run_is_at_is_given_back_and_the_rest_done_meanwhile(planned, store, launcher) -> None:
    other, label, ended = Store(store.root), "alpha/none/xnli/s1", list[str]()
    held = [other.start(planned.labels[label])]

    class Watching(Hearing):
        def ended(self, state) -> None:
            ended.append(state.label)

        def tick(self) -> None:
            # The other run gives it up only when nothing else is left to do.
            if held and not self.board.running and len(self.board.waiting) == 1:
                other.drop(held.pop())

    outcome = run(planned, Blind(store.root), launcher, watch=Watching(""))
    assert outcome.exit_status == 0 and not outcome.failures and outcome.num_done == len(planned.stages)
    assert not held and ended[-1].startswith(label) and len(ended) > 3


def test_a_run_ends_at_its_time_and_the_same_command_continues(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/s1": "hang", "alpha/nli.en/s1": "hang"})
    watch = Hearing("alpha/nli.en/s1")
    outcome = run(planned, store, launcher, watch=watch, until=Until(time.monotonic() + 1e5), clock=watch.clock)
    assert outcome.exit_status == 124 and not outcome.interrupted and not outcome.failures and not outcome.blocked
    assert outcome.num_left and outcome.num_done + outcome.num_left == len(planned.stages)
    assert f"time is up: {outcome.num_left:,} stages are left; the same command continues" in describe_outcome(outcome)
    assert all(worker.process.poll() is not None for worker in launcher._workers)
    # What was at work has saved where it was.
    assert store.resume_folders(planned.labels["alpha/nli.en/s1"])
    behave({})
    after = run(planned, store, launcher, until=Until(time.monotonic() + 6000))
    assert after.exit_status == 0 and after.num_left == 0
    assert after.num_done + after.num_kept == len(planned.stages)


def test_a_run_whose_time_is_over_begins_nothing(planned, store, launcher) -> None:
    outcome = run(planned, store, launcher, until=Until(time.monotonic()))
    assert (outcome.exit_status, outcome.num_done, outcome.num_left) == (124, 0, len(planned.stages))


def test_a_bounded_run_begins_in_its_own_order_and_its_records_are_those_of_any(planned, store, launcher) -> None:
    trained = [key for key, stage in planned.stages.items() if stage.spec.training is not None]
    begun = []

    class Ear(Lines):
        def started(self, state) -> None:
            begun.append(state.job.id)

    one = Local(1, launcher._logs, launcher._command)
    outcome = run(planned, store, one, watch=Ear(), until=Until(math.inf, tuple(reversed(trained))))
    one.kill()
    assert outcome.exit_status == 0 and {record.key for record in store.records()} == set(planned.stages)
    # An intermediate comes before its targets, whatever the order says; of what can start, the last is first.
    able = [key for key in reversed(trained) if not set(planned.stages[key].parents) & set(trained)]
    assert [key for key in begun if key in able] == able


def test_what_is_not_expected_to_end_in_time_is_not_begun(planned, store, launcher, fill) -> None:
    for label in ("alpha", "alpha/none/xquad/s1"):
        fill(planned.stages[planned.labels[label]], seconds=2e6)
    outcome = run(planned, store, launcher, until=Until(time.monotonic() + 1e6))
    assert outcome.exit_status == 124 and not outcome.blocked
    left = {planned.stages[key].label for key in planned.stages if not store.complete(key)}
    # Trainings on the same are expected to take as long; nothing like the others was measured, and they are done.
    long = ("alpha/nli.en/xquad/s1", "alpha/nli.ja/xquad/s1")
    assert left == {label for label in planned.labels if label.startswith(long)} and outcome.num_left == len(left)


def test_what_failed_is_told_apart_from_what_the_time_left(planned, store, launcher, behave) -> None:
    behave({"alpha/nli.ja/s1": "fail", "alpha/nli.en/s1": "hang"})
    order = tuple(planned.labels[label] for label in ("alpha", "alpha/nli.ja/s1", "alpha/nli.en/s1"))
    watch, one = Hearing("alpha/nli.en/s1"), Local(1, launcher._logs, launcher._command)
    outcome = run(planned, store, one, watch=watch, until=Until(time.monotonic() + 1e5, order), clock=watch.clock)
    assert outcome.exit_status == 1 and [failure.label for failure in outcome.failures] == ["alpha/nli.ja/s1"]
    assert outcome.blocked and all("nli.ja" in label for label in outcome.blocked)
    left = [label for label in planned.labels if not label.startswith("alpha/nli.ja")]
    assert outcome.num_left == len(left) - outcome.num_done
