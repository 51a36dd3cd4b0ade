"""What a watch is shown is handed to a tracker, too; a tracker that fails costs a message and nothing else."""

from __future__ import annotations

import threading

from stepstone.launchers.launcher import Event
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.lines import Lines
from stepstone.pipeline.pace import Pace
from stepstone.pipeline.progress import Board
from stepstone.pipeline.tracked import TrackedWatch
from stepstone.trackers.handover import Handover


class Kept:
    """A tracker that keeps what it is given, until it fails."""

    place = "here"

    def __init__(self, fails: bool = False) -> None:
        self.rows: list[tuple[str, float, int]] = []
        self.fails, self.num_calls, self.is_closed = fails, 0, False

    def add(self, name: str, value: float, step: int) -> None:
        self.num_calls += 1
        if self.fails:
            raise ConnectionError("no route")
        self.rows.append((name, value, step))

    def close(self) -> None:
        self.is_closed = True


class Heard(Lines):
    """A watch that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str, level: int = 0) -> None:
        self.lines.append(line)


def _run(make_plan, tracker: Kept) -> list[str]:
    planned = make_plan(seeds=[1], languages=["de"], target={"xnli": {}})
    stages = {key: stage for key, stage in planned.stages.items() if not stage.is_encoder}
    job = next(job for job in make_jobs(planned.stages, set(stages)) if job.label == "alpha/none/xnli/s1")
    board, watch = Board(stages, [], 1, Pace()), Heard()
    tracked = TrackedWatch(watch, tracker)
    tracked.begin(board)
    board.start(job)
    state = board.running[job.id]
    tracked.started(state)
    key, label = job.stages[0].key, job.stages[0].label
    board.hear(Event("start", job.id, key, label))
    for step, loss in ((10, 1.5), (20, float("nan")), (30, 1.25)):
        board.hear(Event("progress", job.id, key, label, step=step, num_steps=30, loss=loss, tokens_per_second=9.0))
        tracked.tick()
        tracked.tick()
    board.hear(Event("done", job.id, key, label, seconds=1.0))
    (evaluation,) = (stage for stage in job.stages[1:] if stage.coordinates["language"] == "de")
    board.hear(Event("done", job.id, evaluation.key, evaluation.label, value=62.5))
    tracked.ended(board.end(job))
    tracked.close()
    return watch.lines


def test_each_step_each_score_and_what_is_done_are_handed_on_once(make_plan) -> None:
    tracker = Kept()
    lines = _run(make_plan, tracker)
    name = "alpha/none/xnli/s1"
    assert [row for row in tracker.rows if row[0].startswith("loss/")] == [
        (f"loss/{name}", 1.5, 10),
        (f"loss/{name}", 1.25, 30),
    ]
    assert [step for kind, _, step in tracker.rows if kind == f"tokens_per_second/{name}"] == [10, 20, 30]
    assert [row for row in tracker.rows if row[0].startswith("score/")] == [(f"score/{name}/de", 62.5, 0)]
    assert [row[1:] for row in tracker.rows if row[0] == "progress/stages_done"] == [(0.0, 0), (2.0, 2)]
    assert lines[0] == "tracked: here" and "start  alpha/none/xnli/s1" in lines[1] and "de 62.5" in lines[-1]
    assert tracker.is_closed


def test_a_tracker_that_fails_is_left_alone_and_the_run_goes_on(make_plan) -> None:
    tracker = Kept(fails=True)
    lines = _run(make_plan, tracker)
    assert tracker.num_calls == 1 and any("de 62.5" in line for line in lines)
    assert [line for line in lines if "tracker" in line] == [
        "the tracker failed, and the run goes on without it: ConnectionError: no route"
    ]


def test_a_tracker_that_hangs_holds_no_run_up() -> None:
    ready = threading.Event()

    class Hanging(Kept):
        def add(self, name: str, value: float, step: int) -> None:
            ready.wait(20)

    hand = Handover(Hanging())
    hand.add("loss", 1.0, 1)
    hand.close(patience=0.01)
    assert hand.failure is not None and "still busy 0.01 s after the run" in hand.failure
    ready.set()
