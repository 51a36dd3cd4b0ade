"""Weights of a study: counted before it runs, refused where they do not fit, gone as soon as all is read off."""

import shutil
from collections import namedtuple

import pytest

from stepstone.core.errors import UserError
from stepstone.pipeline import disk
from stepstone.pipeline.disk import PendingEvaluations, check_disk, describe_disk, disk_demand
from stepstone.pipeline.jobs import find_missing
from stepstone.pipeline.run import run

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def planned(make_plan):
    return make_plan(seeds=[1])


@pytest.fixture
def free(monkeypatch):
    def have(num_bytes: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(num_bytes, 0, num_bytes))

    return have


def size_of_one(planned) -> int:
    encoder = next(stage for stage in planned.stages.values() if stage.is_encoder)
    return 4 * encoder.spec.model.num_parameters


def test_every_checkpoint_counts_as_its_encoder_and_released_ones_only_where_something_is_trained_from_them(
    planned,
) -> None:
    checkpoints = [stage for stage in planned.stages.values() if stage.spec.makes_checkpoint]
    trained_from = {parent for stage in checkpoints for parent in stage.parents}
    demand = disk_demand(planned, planned.stages)
    assert demand.num_checkpoints == len(checkpoints)
    assert demand.total == len(checkpoints) * size_of_one(planned) > 0
    kept = [stage for stage in checkpoints if stage.key in trained_from]
    assert demand.kept == len(kept) * size_of_one(planned) < demand.total


def test_a_disk_that_cannot_hold_the_weights_is_refused_with_what_helps(planned, store, free) -> None:
    demand = disk_demand(planned, planned.stages)
    free(demand.total)
    check_disk(planned, planned.stages, store, release_weights=False)
    free(demand.total - 1)
    with pytest.raises(UserError, match=r"checkpoints take .* at least") as refused:
        check_disk(planned, planned.stages, store, release_weights=False)
    assert "--release-weights" in str(refused.value) and str(store.root) in str(refused.value)
    check_disk(planned, planned.stages, store, release_weights=True)
    free(demand.kept - 1)
    with pytest.raises(UserError) as refused:
        check_disk(planned, planned.stages, store, release_weights=True)
    assert "--release-weights," not in str(refused.value) and "larger disk" in str(refused.value)


def test_plan_states_it_where_it_matters(planned, store, free, monkeypatch) -> None:
    free(10**15)
    assert not list(describe_disk(planned, store))
    free(disk_demand(planned, planned.stages).total - 1)
    (line,) = describe_disk(planned, store)
    assert "which is not enough" in line
    free(10**15)
    monkeypatch.setattr(disk, "NOTABLE", 1)
    (line,) = describe_disk(planned, store)
    assert "not enough" not in line and "with --release-weights" in line


def test_a_checkpoint_is_read_off_with_the_last_of_its_evaluations(planned) -> None:
    readings = PendingEvaluations(planned, planned.stages)
    key = planned.labels["alpha/nli.ja/xnli/s1"]
    below = [one for one, stage in planned.stages.items() if key in stage.parents]
    assert len(below) > 1
    found = [list(readings.finish(one)) for one in (key, *below)]
    assert found == [[]] * len(below) + [[key]]


def test_one_that_something_is_trained_from_is_never_and_one_that_is_wanted_is_not(planned) -> None:
    wanted = planned.labels["alpha/none/xnli/s1"]
    readings = PendingEvaluations(planned, planned.stages, {wanted})
    found = {checkpoint for key in planned.stages for checkpoint in readings.finish(key)}
    passing = {key for key, stage in planned.stages.items() if stage.spec.makes_checkpoint and len(stage.parents) == 1}
    passing -= {parent for key in passing for parent in planned.stages[key].parents}
    assert found == passing - {wanted}


@pytest.mark.slow
def test_a_run_releases_what_is_read_off_and_nothing_is_missing_afterwards(planned, store, launcher) -> None:
    outcome = run(planned, store, launcher, release_weights=True)
    assert outcome.exit_status == 0 and not find_missing(planned.stages, store)
    holding = {record.label for record in store.records() if record.kept_weights}
    assert holding == {"alpha", "alpha/nli.en/s1", "alpha/nli.ja/s1"}


@pytest.mark.slow
def test_what_an_earlier_run_left_is_released_before_the_disk_is_looked_at(planned, store, launcher, free) -> None:
    run(planned, store, launcher)
    store.remove(planned.labels["alpha/none/xnli/s1/de"])
    run(planned, store, launcher, release_weights=True)
    assert {record.label for record in store.records() if record.kept_weights} == {
        "alpha",
        "alpha/nli.en/s1",
        "alpha/nli.ja/s1",
    }
