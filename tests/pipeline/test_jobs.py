from stepstone.core.model import ScratchModel
from stepstone.core.specs.encoder import PretrainSpec
from stepstone.core.stage import Stage
from stepstone.pipeline.jobs import find_missing, make_jobs


def test_a_job_is_a_checkpoint_and_all_that_is_read_off_it(make_plan, store) -> None:
    planned = make_plan(seeds=[1])
    jobs = make_jobs(planned.stages, find_missing(planned.stages, store))
    assert sum(len(job.stages) for job in jobs) == len(planned.stages)
    by_label = {job.label: job for job in jobs}
    labels = {label: [stage.label for stage in job.stages] for label, job in by_label.items()}
    assert labels["alpha"] == ["alpha", "alpha/none/tatoeba/de", "alpha/none/tatoeba/ja"]
    assert labels["alpha/nli.ja/xquad/s1"][1:] == ["alpha/nli.ja/xquad/s1/en", "alpha/nli.ja/xquad/s1/de"]
    assert by_label["alpha"].needs == frozenset()
    assert by_label["alpha/nli.ja/s1"].needs == {planned.labels["alpha"]}
    assert by_label["alpha/nli.ja/xquad/s1"].needs == {planned.labels["alpha/nli.ja/s1"]}


def test_only_what_is_missing_is_done_and_what_is_there_is_not_waited_for(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1])
    left = planned.labels["alpha/nli.ja/xquad/s1/de"]
    for key, stage in planned.stages.items():
        if key != left:
            fill(stage)
    assert find_missing(planned.stages, store) == {left}
    (job,) = make_jobs(planned.stages, {left})
    # The checkpoint opens its job, whose worker passes over it.
    assert [stage.label for stage in job.stages] == ["alpha/nli.ja/xquad/s1", "alpha/nli.ja/xquad/s1/de"]
    assert job.needs == frozenset()


def test_released_weights_are_trained_again_only_for_an_incomplete_child(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1])
    for stage in planned.stages.values():
        fill(stage)
    released = [planned.labels[label] for label in ("alpha/nli.ja/s1", "alpha/nli.ja/xquad/s1", "alpha/none/xnli/s1")]
    for key in released:
        store.release(key, ("model.safetensors",))
    assert find_missing(planned.stages, store) == set()
    left = planned.labels["alpha/nli.ja/xquad/s1/de"]
    store.remove(left)
    assert find_missing(planned.stages, store) == {left, *released[:2]}


def test_a_damaged_checkpoint_is_computed_again(make_plan, store, fill) -> None:
    planned = make_plan(seeds=[1])
    for stage in planned.stages.values():
        fill(stage)
    key = planned.labels["alpha/nli.ja/xquad/s1"]
    (store.folder(key) / "model.safetensors").write_text("x" * 100)
    assert find_missing(planned.stages, store) == {key}


def _pretrain(name: str, hidden_size: int = 128) -> Stage:
    model = ScratchModel(name=name, text="text", languages=("en",), hidden_size=hidden_size)
    return Stage(spec=PretrainSpec(model=model, content="c"), label=name)


def test_pretraining_takes_all_slots_and_goes_first(make_plan) -> None:
    scratch = _pretrain("lab-x")
    stages = {**make_plan(seeds=[1]).stages, scratch.key: scratch}
    jobs = make_jobs(stages, set(stages))
    assert jobs[0].id == scratch.key and jobs[0].slots(4) == 4 and jobs[1].slots(4) == 1


def test_several_pretrainings_share_the_slots_as_the_plan_says_whatever_is_left_of_it() -> None:
    stages = {stage.key: stage for stage in (_pretrain("one", 64), _pretrain("two", 128))}
    assert [job.slots(4) for job in make_jobs(stages, set(stages))] == [2, 2]
    assert [job.slots(4) for job in make_jobs(stages, set(list(stages)[:1]))] == [2]
    assert [job.slots(1) for job in make_jobs(stages, set(stages))] == [1, 1]
