import os
from pathlib import Path

import pytest

from stepstone.core.errors import UserError
from stepstone.pipeline.jobs import find_missing
from stepstone.pipeline.prune import find_removals, remove
from stepstone.store.store import Store


@pytest.fixture
def planned(make_plan, fill):
    planned = make_plan(seeds=[1])
    for stage in planned.stages.values():
        fill(stage)
    return planned


def test_a_clean_store_has_nothing_to_prune(planned, store) -> None:
    assert find_removals(store, []) == []


def test_tries_that_led_nowhere_go_and_those_that_can_be_continued_or_run_stay(planned, store) -> None:
    done, left = list(planned.stages)[:2]
    store.remove(left)
    for path in store.tries(left):
        (path / "model.safetensors").unlink()
    garbage = store.start(done)
    (garbage.folder / "half").write_text("x" * 50)
    store.drop(garbage)
    for _ in range(2):
        attempt = store.start(left)
        attempt.resume.mkdir()
        (attempt.resume / "point").write_text("state")
        store.drop(attempt)
    live = store.start(left)
    found = find_removals(store, [])
    assert garbage.folder in {removal.folder for removal in found}
    assert store.resume_folders(left)[0].parent not in {removal.folder for removal in found}
    assert live.folder not in {removal.folder for removal in found}
    assert {removal.num_bytes for removal in found if removal.folder == garbage.folder} == {50}
    remove(store, found)
    assert not garbage.folder.exists() and live.folder.exists() and len(store.resume_folders(left)) == 1
    assert find_missing(planned.stages, store) == {left}


def test_looking_removes_nothing(planned, store) -> None:
    # What is in the cache can be made again: of many records, or on a busy machine, an index is kept there.
    def held() -> list[Path]:
        return sorted(path for path in store.root.rglob("*") if not path.is_relative_to(store.cache))

    before = held()
    find_removals(store, [planned], weights=True, superseded=True, others=True)
    assert held() == before


def test_a_damaged_record_s_folder_is_kept(planned, store) -> None:
    key = next(iter(planned.stages))
    (store.root / "records" / key[:2] / f"{key}.json").write_text("{")
    assert find_removals(store, []) == []


def test_weights_of_read_off_targets_go_and_nothing_is_computed_again_for_that(planned, store) -> None:
    waiting = planned.labels["alpha/nli.ja/xnli/s1/de"]
    store.remove(waiting)
    found = [removal for removal in find_removals(store, [planned], weights=True) if removal.what == "weights"]
    assert {removal.label for removal in found} == {
        f"alpha/{condition}/{target}/s1" for condition in ("none", "nli.en", "nli.ja") for target in ("xnli", "xquad")
    } - {"alpha/nli.ja/xnli/s1"}
    assert all(removal.num_bytes == 100 for removal in found)
    assert remove(store, found) == 500
    assert find_missing(planned.stages, store) == {waiting}
    assert not [removal for removal in find_removals(store, [planned], weights=True) if removal.what == "weights"]


def test_superseded_records_are_those_whose_label_has_another_key_now(planned, make_plan, store) -> None:
    now = make_plan(seeds=[1], target={"xnli": {"recipe": {"learning_rate": 3e-5}}, "tatoeba": {}})
    superseded = find_removals(store, [now], superseded=True)
    assert superseded and all("/xnli/" in removal.label for removal in superseded)
    others = find_removals(store, [now], others=True)
    assert {removal.key for removal in others} == set(planned.stages) - set(now.stages)
    remove(store, superseded)
    assert not any(store.complete(removal.key) or removal.folder.exists() for removal in superseded)


def test_records_go_only_by_the_word_of_a_study(store) -> None:
    with pytest.raises(UserError, match="name the studies"):
        find_removals(store, [], others=True)


@pytest.mark.parametrize("when", [0.0, 86_400.0 * 365 * 80], ids=["1970", "2050"])
def test_a_store_of_another_time_is_as_good(make_plan, fill, store, when) -> None:
    """Records before their parents among it."""
    planned = make_plan(seeds=[1])
    for stage in planned.stages.values():
        fill(stage)
    listed = list(Store(store.root).listed())
    for number, path in enumerate(sorted(store.root.rglob("*"))):
        os.utime(path, (when + number % 7, when + number % 7))
    again = Store(store.root)
    assert list(again.listed()) == listed and find_missing(planned.stages, again) == set()
    assert find_removals(again, [planned]) == []
    again.keep_known()
    damaged = store.root / "records" / listed[0].key[:2] / f"{listed[0].key}.json"
    state = damaged.stat()
    damaged.write_text("{")
    os.utime(damaged, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert find_missing(planned.stages, Store(store.root, warn=lambda said: None)) >= {listed[0].key}
