from stepstone.launchers.launcher import Event
from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.progress import Board, Pace


def test_time_left_is_told_from_stages_most_like_those_that_remain(make_plan) -> None:
    planned = make_plan(seeds=[1])
    pace = Pace()
    assert pace.left(planned.stages.values(), 2) is None
    stages = {label: planned.stages[key] for label, key in planned.labels.items()}
    pace.add(stages["alpha"], 4.0)
    pace.add(stages["alpha/none/xnli/s1"], 10.0)
    pace.add(stages["alpha/none/xnli/s1/de"], 1.0)
    assert pace.expect(stages["alpha/nli.ja/xnli/s1"]) == 10.0
    pace.add(stages["alpha/none/xquad/s1"], 30.0)
    assert pace.expect(stages["alpha/nli.ja/xquad/s1"]) == 30.0
    # The intermediates: one like xnli's hop (both train mnli), one that is only another fine-tune (jnli).
    assert pace.expect(stages["alpha/nli.en/s1"]) == 10.0 and pace.expect(stages["alpha/nli.ja/s1"]) == 20.0
    assert pace.left([stages["alpha/nli.ja/xquad/s1"], stages["alpha/nli.ja/xquad/s1/de"]], 2) == 15.5


def test_time_that_a_running_stage_has_taken_is_no_longer_left(make_plan) -> None:
    planned = make_plan(seeds=[1])
    (job, *_) = make_jobs(planned.stages, set(planned.stages))
    pace = Pace()
    for stage in planned.stages.values():
        pace.add(stage, 6.0)
    board = Board(dict(planned.stages), 1, pace)
    assert board.left() == 6.0 * len(planned.stages)
    board.start(job)
    board.hear(Event("start", job.id, job.id, job.label))
    board.running[job.id].stage_began -= 100
    assert board.left() == 6.0 * (len(planned.stages) - 1)
    board.hear(Event("done", job.id, job.id, job.label, seconds=6.0))
    assert (board.num_done, board.left()) == (1, 6.0 * (len(planned.stages) - 1))
