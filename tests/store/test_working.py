"""What is at work is written down for a person, and nothing else is made of it."""

import json
import time

import pytest

from stepstone.store import working
from stepstone.store.store import Store
from stepstone.store.working import ProgressWriter, find_working

KEY = "ab" + "0" * 62


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def test_a_stage_at_work_is_seen_with_its_step_and_gone_with_its_end(store, monkeypatch) -> None:
    monkeypatch.setattr(working, "INTERVAL", 0.0)
    attempt = store.start(KEY)
    with ProgressWriter(store.root, KEY, "m/nli.ja/s1") as notice:
        notice.hear({"event": "phase", "message": "reading mnli in en"})
        (one,) = find_working(store)
        assert (one.label, one.doing, one.step) == ("m/nli.ja/s1", "reading mnli in en", None)
        notice.hear({"event": "progress", "step": 3, "num_steps": 10, "loss": 0.5, "tokens_per_second": 90})
        (one,) = find_working(store)
        assert (one.step, one.num_steps, one.loss, one.tokens_per_second) == (3, 10, 0.5, 90)
        assert one.began <= one.seen <= time.time()
    assert not list(find_working(store)) and not list(store.root.glob("working/*/*"))
    store.drop(attempt)


def test_it_is_written_every_few_seconds_and_not_at_every_step(store, monkeypatch) -> None:
    monkeypatch.setattr(working, "INTERVAL", 3600.0)
    attempt = store.start(KEY)
    with ProgressWriter(store.root, KEY, "m") as notice:
        for step in range(5):
            notice.hear({"event": "progress", "step": step, "num_steps": 10})
        (one,) = find_working(store)
        assert one.step is None
    store.drop(attempt)


def test_what_a_killed_worker_left_is_passed_over(store) -> None:
    attempt = store.start(KEY)
    ProgressWriter(store.root, KEY, "m").__enter__()
    assert len(list(find_working(store))) == 1
    store.drop(attempt)
    assert not list(find_working(store))


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"key": "x"}', "[" * 100_000, json.dumps({"key": KEY})])
def test_a_damaged_notice_is_no_matter(store, content) -> None:
    attempt = store.start(KEY)
    path = store.root / "working" / KEY[:2] / f"{KEY}.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert not list(find_working(store))
    store.drop(attempt)


def test_a_disk_that_cannot_be_written_stops_no_stage(tmp_path) -> None:
    (tmp_path / "store").write_text("")
    with ProgressWriter(tmp_path / "store", KEY, "m") as notice:
        notice.hear({"event": "phase", "message": "saving"})
