"""The verbs on a store in a bucket: what one machine computed, another one counts, reads, explains and prunes."""

from __future__ import annotations

from pathlib import Path

import pytest

from in_memory import MemoryObjects, store_in
from invented import commit, plan_in
from stepstone.evidence.frame import collect
from stepstone.pipeline.disk import check_disk, describe_disk
from stepstone.pipeline.explain import explain, find_status
from stepstone.pipeline.jobs import find_missing
from stepstone.pipeline.prune import find_removals, remove
from stepstone.planning.plan import Plan
from stepstone.store.store import Store


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, MemoryObjects]:
    """The plan of a study that another machine has finished, and the bucket that it left."""
    folder, objects = tmp_path_factory.mktemp("elsewhere"), MemoryObjects()
    planned, there = plan_in(folder), store_in(objects, folder / "there")
    for stage in planned.stages.values():
        commit(there, stage)
    return planned, objects


@pytest.fixture
def objects(elsewhere: tuple[Plan, MemoryObjects]) -> MemoryObjects:
    """That bucket, for one test to change."""
    return elsewhere[1].copy()


@pytest.fixture
def here(objects: MemoryObjects, tmp_path: Path) -> Store:
    return store_in(objects, tmp_path / "here")


@pytest.fixture
def finished(elsewhere: tuple[Plan, MemoryObjects]) -> Plan:
    return elsewhere[0]


def test_status_and_run_see_what_is_there_without_fetching_a_file(finished, here: Store, objects) -> None:
    objects.asked.clear()
    assert not find_missing(finished.stages, here)
    assert objects.asked["fetch"] == 0 and objects.asked["list"] == 1
    assert find_status(finished, here).complete


def test_a_report_s_frame_is_that_of_a_folder(finished, here: Store, store: Store) -> None:
    for stage in finished.stages.values():
        commit(store, stage)
    rows, same = (collect(finished, one).drop(columns="predictions") for one in (here, store))
    assert rows.equals(same) and len(rows)
    assert list(here.root.glob("tries/??/*/*/predictions.jsonl")) and not list(here.root.glob("**/*.safetensors"))


def test_why_says_what_is_done_and_where(finished, here: Store) -> None:
    found = explain(finished, here, "alpha/none/xnli/s1")
    assert found.state == "done"


def test_prune_frees_the_bucket(finished, here: Store, objects: MemoryObjects) -> None:
    before = {name for name in objects.kept if name.endswith(".safetensors")}
    removals = find_removals(here, [finished], weights=True)
    assert removals and remove(here, removals) == sum(one.num_bytes for one in removals) == 100 * len(removals)
    assert len({name for name in objects.kept if name.endswith(".safetensors")}) == len(before) - len(removals)


def test_tries_that_no_record_names_are_found_in_the_bucket(finished, here: Store, objects: MemoryObjects) -> None:
    key = next(iter(finished.stages))
    objects.put(f"tries/{key[:2]}/{key}/lost/model.safetensors", b"1234")
    (removal,) = find_removals(here, [])
    assert removal.num_bytes == 4 and remove(here, [removal]) == 4 and not find_removals(here, [])


def test_nobody_says_what_room_a_bucket_has(make_plan, tmp_path: Path, monkeypatch) -> None:
    planned, here = make_plan(), store_in(MemoryObjects(), tmp_path / "here")
    check_disk(planned, planned.stages, here, release_weights=False)
    monkeypatch.setattr("stepstone.pipeline.disk.NOTABLE", 1)
    (line,) = describe_disk(planned, here)
    assert "nobody says what is free" in line
