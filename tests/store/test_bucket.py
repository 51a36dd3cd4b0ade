"""A store in a bucket, as several machines see it, each with a working copy of its own."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from in_memory import URL, MemoryObjects, store_in
from stepstone.core.errors import UserError
from stepstone.core.model import HubModel
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.stage import Stage
from stepstone.store import copies, leases, mirror, object_notes
from stepstone.store.failures import Failure
from stepstone.store.stamped import write_stamped
from stepstone.store.store import Store
from stepstone.store.tries import Try

WEIGHTS = "model.safetensors"


def make_stage(revision: str = "0a1b2c") -> Stage:
    model = HubModel(name="tiny", repository="someone/tiny", revision=revision)
    return Stage(spec=PretrainedSpec(model=model, content=revision), label="tiny", coordinates={"model": "tiny"})


def fill(attempt: Try, content: bytes = b"weights") -> None:
    (attempt.folder / WEIGHTS).write_bytes(content)
    (attempt.folder / "deep").mkdir()
    (attempt.folder / "deep" / "config.json").write_bytes(b"{}")


def commit(store: Store, stage: Stage, attempt: Try | None = None, content: bytes = b"weights"):
    attempt = attempt or store.start(stage.key)
    fill(attempt, content)
    return store.commit(stage, attempt, PretrainedResult(num_parameters=3, weights={}), 1.5, {"host": "here"})


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> MemoryObjects:
    # What is believed for a moment is for others to test.
    monkeypatch.setattr(mirror, "FRESH", 0.0)
    monkeypatch.setattr(object_notes, "FRESH", 0.0)
    return MemoryObjects()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def one(objects: MemoryObjects, tmp_path: Path, told: list[str]) -> Store:
    return store_in(objects, tmp_path / "one", told.append)


@pytest.fixture
def two(objects: MemoryObjects, tmp_path: Path, told: list[str]) -> Store:
    return store_in(objects, tmp_path / "two", told.append)


def test_what_one_machine_commits_another_reads_whole(one: Store, two: Store, told: list[str]) -> None:
    stage = make_stage()
    assert not two.complete(stage.key)
    written = commit(one, stage)
    assert two.record(stage.key) == written and two.usable(stage.key) and two.keys() == [stage.key]
    assert [listed.label for listed in two.listed()] == ["tiny"]
    folder = two.folder(stage.key)
    assert folder.is_relative_to(two.root) and (folder / "deep" / "config.json").read_bytes() == b"{}"
    assert one.address == two.address == URL and told == []


def test_data_goes_first_and_the_record_last(one: Store, objects: MemoryObjects) -> None:
    commit(one, make_stage())
    assert list(objects.kept)[-1].startswith("records/") and len(objects.kept) == 3
    assert objects.asked["create"] == 2  # the lease and the record, each by one conditional write


def test_only_what_is_used_is_fetched(one: Store, two: Store, objects: MemoryObjects) -> None:
    stage = make_stage()
    commit(one, stage)
    assert two.complete(stage.key) and two.usable(stage.key) and two.record(stage.key)
    assert objects.asked["fetch"] == 0
    two.folder(stage.key)
    two.folder(stage.key)
    assert objects.asked["fetch"] == 2


def test_of_two_that_computed_one_key_the_first_record_stays_and_the_files_of_the_other_go(
    one: Store, two: Store, objects: MemoryObjects
) -> None:
    stage = make_stage()
    slow = one.start(stage.key)
    objects.kept.clear()  # its lease, as when its machine was away for longer than a term
    first = commit(two, stage, content=b"theirs!")
    assert commit(one, stage, slow) == first
    assert one.record(stage.key) == first and (one.folder(stage.key) / WEIGHTS).read_bytes() == b"theirs!"
    assert {name.split("/")[3] for name in objects.kept if name.startswith("tries/")} == {first.folder.split("/")[-1]}


def test_of_many_at_once_each_key_is_computed_once(objects: MemoryObjects, tmp_path: Path) -> None:
    stages = [make_stage(f"{number:07x}") for number in range(6)]
    computed: list[str] = []

    def work(store: Store) -> None:
        while missing := [stage for stage in stages if not store.complete(stage.key)]:
            for stage in missing:
                attempt = store.start(stage.key)
                if attempt is not None and store.complete(stage.key):
                    store.drop(attempt)
                elif attempt is not None:
                    computed.append(stage.key)
                    commit(store, stage, attempt)

    stores = [store_in(objects, tmp_path / str(number)) for number in range(3)]
    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(computed) == sorted(stage.key for stage in stages)
    assert not [name for name in objects.kept if name.startswith("leases/")]


def test_a_lease_is_seen_by_another_machine_and_taken_over_after_its_term(
    one: Store, two: Store, objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_stage().key
    held = one.start(key)
    monkeypatch.setattr(leases, "_machine", lambda: "elsewhere")
    assert (
        two.start(key) is None and two.at_work() == {key} and two.is_live(two.root / held.folder.relative_to(one.root))
    )
    objects.ahead = leases.TERM + 1  # by the bucket's clock, whatever those of the machines say
    three = store_in(objects, two.root)
    taken = three.start(key)
    assert taken is not None and two.start(key) is None
    one.drop(held)
    assert three.at_work() == {key}
    three.drop(taken)
    assert three.at_work() == set() and not [name for name in objects.kept if name.startswith("leases/")]


def test_a_lease_is_renewed_by_the_clock_of_the_bucket(
    one: Store, two: Store, objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "TERM", 0.6)
    key = make_stage().key
    held = one.start(key)
    threading.Event().wait(1.2)
    assert two.at_work() == {key}
    one.drop(held)


@pytest.mark.parametrize("kind", ["put", "create"])
def test_what_was_computed_and_could_not_be_sent_is_sent_by_the_next_try(
    one: Store, two: Store, objects: MemoryObjects, kind: str
) -> None:
    stage = make_stage()
    attempt = one.start(stage.key)
    objects.fails = lambda asked, name: asked == kind
    with pytest.raises(UserError, match="does not answer"):
        commit(one, stage, attempt)
    objects.fails = lambda asked, name: False
    assert not two.complete(stage.key) and attempt.folder not in one.tries()
    one.drop(attempt)
    again = one.start(stage.key)
    assert one.complete(stage.key)
    one.drop(again)
    assert (two.folder(stage.key) / WEIGHTS).read_bytes() == b"weights" and not list(one.root.glob("pending/*/*"))


def test_a_start_that_fails_leaves_no_lease(one: Store, two: Store, objects: MemoryObjects) -> None:
    key = make_stage().key
    objects.fails = lambda asked, name: asked == "get" and name.startswith("records/")
    with pytest.raises(UserError):
        one.start(key)
    objects.fails = lambda asked, name: False
    assert two.start(key) is not None


def test_damage_here_is_mended_from_the_bucket(one: Store, told: list[str]) -> None:
    stage = make_stage()
    record = commit(one, stage)
    path = one.root / record.folder / WEIGHTS
    path.write_bytes(b"weighty")
    assert (one.folder(stage.key) / WEIGHTS).read_bytes() == b"weights"
    record_path = one.root / "records" / stage.key[:2] / f"{stage.key}.json"
    record_path.write_bytes(b"{")
    assert one.record(stage.key) == record and told == []


@pytest.mark.parametrize("content", [None, b"wrong", b"weighty"], ids=["missing", "cut", "changed"])
def test_damage_in_the_bucket_is_told_and_computed_again(
    one: Store, two: Store, objects: MemoryObjects, told: list[str], content: bytes | None
) -> None:
    stage = make_stage()
    record = commit(one, stage)
    name = f"{record.folder}/{WEIGHTS}"
    if content is None:
        objects.delete([name])
    else:
        objects.put(name, content)
    with pytest.raises(UserError, match="damaged"):
        two.folder(stage.key)
    assert not two.usable(stage.key) and len(set(told)) >= 1
    new = commit(two, stage)
    assert new.folder != record.folder and two.usable(stage.key) and one.record(stage.key) == new


def test_released_weights_go_everywhere_and_the_record_says_so(one: Store, two: Store, objects: MemoryObjects) -> None:
    stage = make_stage()
    record = commit(one, stage)
    two.folder(stage.key)
    two.release(stage.key, (WEIGHTS,))
    assert f"{record.folder}/{WEIGHTS}" not in objects.kept
    assert one.record(stage.key).released == (WEIGHTS,) and not one.usable(stage.key) and one.complete(stage.key)


def test_what_is_removed_is_gone_for_all(one: Store, two: Store, objects: MemoryObjects) -> None:
    stage = make_stage()
    record = commit(one, stage)
    assert two.complete(stage.key)
    one.remove(stage.key)
    assert not two.complete(stage.key) and two.keys() == []
    (folder,) = two.tries()
    assert folder == two.root / record.folder and two.num_bytes(folder) == 9
    assert two.discard(stage.key, folder) and objects.kept == {} and two.tries() == []


def test_why_it_failed_is_known_to_all(one: Store, two: Store) -> None:
    key = make_stage().key
    assert two.failure(key) is None
    one.note_failure(key, Failure("tiny", "no luck"))
    assert two.failure(key) == Failure("tiny", "no luck") and two.failures() == {key: Failure("tiny", "no luck")}


def test_many_are_asked_for_by_one_listing(
    objects: MemoryObjects, one: Store, two: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = [make_stage(f"{number:07x}") for number in range(50)]
    for stage in stages[:40]:
        commit(one, stage)
    monkeypatch.setattr(mirror, "FRESH", 60.0)
    objects.asked.clear()
    fresh = store_in(objects, two.root)
    fresh.look_up([stage.key for stage in stages])
    assert sum(fresh.complete(stage.key) for stage in stages) == 40
    assert objects.asked == {"list": 1, "get": 40}
    fresh.keep_known()
    objects.asked.clear()
    later = store_in(objects, two.root)
    assert sum(later.complete(stage.key) for stage in stages) == 40
    # Some one by one, then a listing; nothing that did not change is fetched again.
    assert objects.asked["list"] == 1 and objects.asked["get"] <= 20 and objects.asked["fetch"] == 0


def test_the_working_copy_is_bounded_and_what_was_used_longest_ago_goes(
    objects: MemoryObjects, one: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [commit(one, make_stage(f"{number:07x}"), content=bytes(1000)) for number in range(4)]
    monkeypatch.setenv("STEPSTONE_CACHE_GB", "0.0000025")
    for age, record in zip((4000, 1, 3000, 2000), records, strict=True):
        mark, now = one.root / record.folder / copies.MARK, time.time()
        os.utime(mark, (now - age, now - age))
    small = store_in(objects, one.root)
    newest = commit(small, make_stage("abcdef0"), content=bytes(1000))
    left = {path.parent for path in one.root.glob(f"tries/??/*/*/{WEIGHTS}")}
    assert left == {one.root / record.folder for record in (records[1], newest)}
    assert (small.folder(records[0].key) / WEIGHTS).read_bytes() == bytes(1000)


def test_a_bound_that_is_no_number_is_refused(one: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPSTONE_CACHE_GB", "plenty")
    stage = make_stage()
    with pytest.raises(UserError, match=r"STEPSTONE_CACHE_GB.*plenty"):
        commit(one, stage)


@pytest.mark.parametrize("content", [b"", b"[", b"[]", b'{"records/aa/x.json": 3}'])
def test_a_table_of_what_is_known_that_was_damaged_is_made_again(
    objects: MemoryObjects, one: Store, two: Store, content: bytes
) -> None:
    stage = make_stage()
    commit(one, stage)
    write_stamped(two.root / "cache" / "mirror.json", content)
    assert two.complete(stage.key)
