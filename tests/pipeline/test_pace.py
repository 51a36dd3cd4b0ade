import pytest

from stepstone.pipeline.jobs import make_jobs
from stepstone.pipeline.measured import find_amounts, measured
from stepstone.pipeline.pace import ExpectedTime, Pace
from stepstone.pipeline.schedule import makespan


def _seconds(planned, **of_kind: float) -> dict[str, float]:
    return {key: of_kind[stage.kind] for key, stage in planned.stages.items()}


def test_one_slot_takes_the_sum_and_many_take_the_longest_chain(make_plan) -> None:
    planned = make_plan(seeds=[1])
    jobs = make_jobs(planned.stages, set(planned.stages))
    seconds = _seconds(planned, pretrained=4.0, finetune=10.0, evaluate=1.0)
    assert makespan(jobs, seconds, 1) == pytest.approx(sum(seconds.values()))
    # The encoder, an intermediate, a target, and the two languages that are read off it.
    assert makespan(jobs, seconds, 100) == pytest.approx(4.0 + 10.0 + 10.0 + 2.0)
    between = makespan(jobs, seconds, 2)
    assert sum(seconds.values()) / 2 <= between <= sum(seconds.values())


def test_what_nothing_will_make_is_waited_for_by_nobody(make_plan) -> None:
    planned = make_plan(seeds=[1])
    jobs = make_jobs(planned.stages, set(planned.stages))
    seconds = _seconds(planned, pretrained=4.0, finetune=10.0, evaluate=1.0)
    encoder = planned.labels["alpha"]
    assert makespan([job for job in jobs if job.id != encoder], seconds, 2) == 0.0
    del seconds[encoder]
    others = [job for job in jobs if job.id != encoder]
    total = sum(seconds[stage.key] for job in others for stage in job.stages)
    assert makespan(others, seconds, 1) == pytest.approx(total)


def test_a_job_at_work_holds_its_slot_and_what_is_left_of_its_time(make_plan) -> None:
    planned = make_plan(seeds=[1])
    jobs = make_jobs(planned.stages, set(planned.stages))
    first = next(job for job in jobs if job.id == planned.labels["alpha"])
    seconds = {**_seconds(planned, pretrained=4.0, finetune=10.0, evaluate=1.0), first.id: 1.5}
    waiting = [job for job in jobs if job is not first]
    assert makespan(waiting, seconds, 1, [first]) == pytest.approx(sum(seconds.values()))


def test_other_amounts_are_read_off_a_line_and_equal_ones_off_their_mean(make_plan) -> None:
    planned = make_plan(seeds=[1])
    stages = {label: planned.stages[key] for label, key in planned.labels.items()}
    wanted = stages["alpha/none/xquad/s1"]
    pace = Pace({wanted.key: 1000.0})
    pace.add(wanted, 5.0, amount=20.0)
    pace.add(wanted, 9.0, amount=60.0)
    # 3 s, and a tenth of a second for each input.
    assert pace.expect(wanted) == pytest.approx(103.0)
    assert pace.bounds(wanted) == pytest.approx(ExpectedTime(103.0, 103.0, 103.0))
    for seconds in (80.0, 100.0, 120.0):
        pace.add(wanted, seconds)
    assert pace.bounds(wanted) == pytest.approx(ExpectedTime(100.0, 80.0, 120.0))


def test_an_amount_that_is_not_known_is_not_made_of_a_few_inputs(make_plan) -> None:
    planned = make_plan(seeds=[1])
    wanted = planned.stages[planned.labels["alpha/none/xquad/s1"]]
    pace = Pace()
    pace.add(wanted, 5.0, amount=20.0)
    assert pace.expect(wanted) is None and not pace.knows(wanted)


def test_models_of_one_size_are_measured_for_each_other_and_others_have_no_bounds(make_plan) -> None:
    models = {
        name: {"hub": f"someone/{name}", "revision": "0a1b2c", "num_parameters": 1000} for name in ("a", "b", "c")
    }
    planned = make_plan(seeds=[1], models=["a", "b", "c"], model=models)
    stages = {label: planned.stages[key] for label, key in planned.labels.items()}
    pace = Pace(sizes={"a": "small", "b": "small", "c": "large"})
    pace.add(stages["a/none/xnli/s1"], 10.0)
    assert pace.bounds(stages["b/none/xnli/s1"]) == ExpectedTime(10.0, 10.0, 10.0)
    assert pace.expect(stages["c/none/xnli/s1"]) == 10.0 and pace.bounds(stages["c/none/xnli/s1"]) is None


def test_records_of_this_study_say_how_long_its_stages_take(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1, 2])
    stages = {label: planned.stages[key] for label, key in planned.labels.items()}
    fill(stages["alpha/none/xnli/s1"], seconds=7.0)
    missing = set(planned.stages) - {stages["alpha/none/xnli/s1"].key}
    pace = measured(planned, store, missing)
    assert pace.expect(stages["alpha/none/xnli/s2"]) == 7.0 and pace.knows(stages["alpha/none/xnli/s2"])
    assert not pace.knows(stages["alpha/none/xquad/s2"])


def test_amounts_are_steps_times_batch_and_examples_that_are_scored(make_plan) -> None:
    planned = make_plan(seeds=[1], recipe={"num_epochs": 2, "batch_size": 8})
    amounts = find_amounts(planned, lambda use: 30)
    stages = {label: amounts[key] for label, key in planned.labels.items()}
    # 60 inputs in batches of 8.
    assert stages["alpha/none/xnli/s1"] == 64.0 and stages["alpha/none/xnli/s1/de"] == 30.0
    assert stages["alpha"] is None
