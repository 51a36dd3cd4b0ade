import logging
import time
from dataclasses import replace

import pytest

from stepstone.launchers.launcher import Event
from stepstone.pipeline import progress
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.lines import Lines, describe_left, describe_progress
from stepstone.pipeline.pace import Left, Pace
from stepstone.pipeline.progress import Board


def test_time_left_is_told_from_stages_most_like_those_that_remain(make_plan) -> None:
    planned = make_plan(seeds=[1])
    pace = Pace()
    assert all(pace.expect(stage) is None for stage in planned.stages.values())
    stages = {label: planned.stages[key] for label, key in planned.labels.items()}
    pace.add(stages["alpha"], 4.0)
    pace.add(stages["alpha/none/xnli/s1"], 10.0)
    pace.add(stages["alpha/none/xnli/s1/de"], 1.0)
    assert pace.expect(stages["alpha/nli.ja/xnli/s1"]) == 10.0
    pace.add(stages["alpha/none/xquad/s1"], 30.0)
    assert pace.expect(stages["alpha/nli.ja/xquad/s1"]) == 30.0
    # The intermediates: one like xnli's hop (both train mnli), one that is only another fine-tune (jnli).
    assert pace.expect(stages["alpha/nli.en/s1"]) == 10.0 and pace.expect(stages["alpha/nli.ja/s1"]) == 20.0
    assert pace.expect(stages["alpha/nli.ja/xquad/s1/de"]) == 1.0


def test_time_that_a_running_stage_has_taken_is_no_longer_left(make_plan) -> None:
    planned = make_plan(seeds=[1])
    (job, *_) = make_jobs(planned.stages, set(planned.stages))
    pace = Pace()
    for stage in planned.stages.values():
        pace.add(stage, 6.0)
    board = Board(dict(planned.stages), make_jobs(planned.stages, set(planned.stages)), 1, pace)
    assert board.left() == Left(6.0 * len(planned.stages), True)
    board.waiting.remove(job)
    board.start(job)
    board.hear(Event("start", job.id, job.id, job.label))
    board.running[job.id].stage_began -= 100
    assert board.left() == Left(6.0 * (len(planned.stages) - 1), True)
    board.hear(Event("done", job.id, job.id, job.label, seconds=6.0))
    assert (board.num_done, board.left()) == (1, Left(6.0 * (len(planned.stages) - 1), True))


def test_a_score_of_another_arm_that_is_read_off_the_same_training_has_its_task_s_name(make_plan) -> None:
    planned = make_plan(seeds=[1])
    (job,) = (job for job in make_jobs(planned.stages, set(planned.stages)) if job.label == "alpha/none/xnli/s1")
    (stage,) = (one for one in job.stages if one.label == "alpha/none/xnli/s1/de")
    # A task that is a target and an intermediate: its own score is one of the arm, read off the baseline's training.
    own = stage.model_copy(update={"coordinates": {**stage.coordinates, "condition": "mails.de"}})
    assert [progress._name_score(one, job) for one in (stage, own)] == ["de", "xnli de"]


@pytest.fixture
def begun(make_plan, monkeypatch):
    """A board with the first fine-tuning at work, and a clock that is set by hand."""
    clock = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    planned = make_plan(seeds=[1])
    stages = {key: stage for key, stage in planned.stages.items() if not stage.is_encoder}
    waiting = make_jobs(planned.stages, set(stages))
    job = next(job for job in waiting if job.label == "alpha/nli.en/s1")
    waiting.remove(job)
    board = Board(stages, waiting, 1, Pace(), clock=lambda: clock[0])
    board.start(job)
    board.hear(Event("start", job.id, job.id, job.label))
    return board, board.running[job.id], clock


def test_time_left_is_there_with_the_second_step_of_the_first_training(begun) -> None:
    board, state, clock = begun
    assert board.left() is None and describe_left(board).endswith("time left: not measured yet")
    board.hear(Event("progress", state.job.id, state.key, state.label, step=10, num_steps=100, loss=1.0))
    assert board.left() is None
    clock[0] += 20
    board.hear(Event("progress", state.job.id, state.key, state.label, step=20, num_steps=100, loss=0.9))
    # 2 s a step: 80 steps of its own; other trainings of a stated number of inputs by the same rate.
    assert state.seconds_left() == 160
    recipe = state.job.stages[0].spec.recipe
    known = [
        stage.spec.num_inputs
        for key, stage in board.remaining.items()
        if key != state.key and stage.spec.num_inputs is not None
    ]
    left = board.left()
    assert left is not None and not left.of_all and known
    assert left.seconds == pytest.approx(160 + sum(known) * 2 / recipe.batch_size)
    assert ", at least " in describe_left(board)


def test_time_left_that_takes_long_to_sum_is_counted_down_in_between(begun, monkeypatch) -> None:
    board, state, clock = begun
    sums = []
    monkeypatch.setattr(progress, "makespan", lambda *given, in_order: sums.append(given) or 500.0)
    monkeypatch.setattr(progress, "QUICK", -1.0)
    monkeypatch.setattr(progress, "SHARE", 1e-9)
    for step in (10, 20):
        clock[0] += 20
        board.hear(Event("progress", state.job.id, state.key, state.label, step=step, num_steps=100))
    assert board.left() == Left(500.0, False)
    clock[0] += 30
    assert board.left() == Left(470.0, False) and len(sums) == 1
    # As a sum that is quick, which is made whenever it is asked for.
    monkeypatch.setattr(progress, "QUICK", 1e9)
    board._left_until = clock[0]
    assert board.left() == board.left() == Left(500.0, False) and len(sums) == 3


def test_a_training_that_is_continued_is_measured_from_where_it_was_continued(begun) -> None:
    board, state, clock = begun
    board.hear(Event("progress", state.job.id, state.key, state.label, step=900, num_steps=1000))
    clock[0] += 10
    board.hear(Event("progress", state.job.id, state.key, state.label, step=910, num_steps=1000))
    assert state.seconds_left() == 90


def test_a_log_has_a_line_at_the_interval_with_step_loss_speed_and_time_left(begun) -> None:
    board, state, clock = begun
    written: list[str] = []

    class Paper(Lines):
        def write(self, line, level=logging.INFO) -> None:
            written.append(line)

    paper = Paper()
    paper.begin(board)
    board.hear(Event("phase", state.job.id, state.key, state.label, message="tokenising 100 examples"))
    paper.tick()
    assert not written
    clock[0] += 30
    paper.tick()
    assert written[0] == "at work alpha/nli.en/s1  tokenising 100 examples  30 s" and len(written) == 2
    for step in (1, 2):
        clock[0] += 10
        event = Event("progress", state.job.id, state.key, state.label, step=step, num_steps=4, loss=1.25)
        board.hear(replace(event, tokens_per_second=12_400))
    clock[0] += 10
    paper.tick()
    assert written[2] == "at work alpha/nli.en/s1  step 2 of 4  loss 1.250  12,400 word pieces/s  20 s left"
    board.hear(Event("phase", state.job.id, state.key, state.label, message="saving"))
    assert describe_progress(state).startswith("saving")


def test_seconds_are_those_of_what_a_job_does_now(make_plan) -> None:
    clock = [1000.0]
    planned = make_plan(seeds=[1])
    (job, *_) = waiting = make_jobs(planned.stages, set(planned.stages))
    board = Board(dict(planned.stages), waiting, 1, Pace(), clock=lambda: clock[0])
    board.waiting.remove(job)
    board.start(job)
    said = []
    for event, message in (
        ("", ""),
        ("start", ""),
        ("phase", "opening the encoder"),
        ("phase", "saving"),
        ("start", ""),
    ):
        if event:
            board.hear(Event(event, job.id, job.id, job.label, message=message))
        clock[0] += 10.0
        said.append(describe_progress(board.running[job.id]))
    # A stage that follows another in its job has a worker already.
    assert said == [
        "a worker starts  10 s",
        "begins  10 s",
        "opening the encoder  10 s",
        "saving  10 s",
        "begins  10 s",
    ]


def test_whoever_embeds_a_run_has_its_lines_through_logging(begun, caplog) -> None:
    board, state, _ = begun
    lines = Lines()
    lines.begin(board)
    with caplog.at_level(logging.INFO, "stepstone"):
        lines.started(state)
        board.hear(Event("failed", state.job.id, state.key, state.label, message="no\nmore"))
        lines.ended(state)
        lines.say("100 %s")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", f"[ 0/{board.num_stages}] start  alpha/nli.en/s1"),
        ("ERROR", f"[ 0/{board.num_stages}] FAILED alpha/nli.en/s1: no"),
        ("INFO", "100 %s"),
    ]
