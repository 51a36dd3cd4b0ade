"""Clocks are set back and ahead, and differ between machines: nothing in use is taken away, and nothing is lost."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from stepstone.cli.show import working_table
from stepstone.pipeline.prune import find_removals, remove
from stepstone.store import leases, working
from stepstone.store.leases import TERM, Leases
from stepstone.store.notes import NoteFiles
from stepstone.store.store import Store
from stepstone.store.working import ProgressWriter, find_working

KEY = "ab" * 32
HOURS = 7200.0
JUMPS = pytest.mark.parametrize("jump", [-HOURS, HOURS], ids=["long ago", "in the future"])


class Clock:
    """Both clocks of `time`, which a test moves on."""

    def __init__(self) -> None:
        self.passed = self.jumped = 0.0

    def time(self) -> float:
        return time.time() + self.passed + self.jumped

    def monotonic(self) -> float:
        return time.monotonic() + self.passed


@pytest.fixture
def clock(monkeypatch) -> Clock:
    found = Clock()
    given = {**vars(time), "time": found.time, "monotonic": found.monotonic, "sleep": lambda seconds: time.sleep(9)}
    for module in (leases, working):
        monkeypatch.setattr(module, "time", SimpleNamespace(**given))
    return found


def _shift(path: Path, seconds: float) -> None:
    now = path.stat().st_mtime + seconds
    os.utime(path, (now, now))


def _leases(root: Path) -> Leases:
    return Leases(NoteFiles(root / "leases"))


def _change(path: Path, **said: object) -> None:
    state = path.stat()
    path.write_text(json.dumps({**json.loads(path.read_text()), **said}))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


@JUMPS
def test_a_running_process_keeps_its_lease_whatever_the_clock_says(tmp_path, clock, jump) -> None:
    held = _leases(tmp_path).take(KEY, "first")
    path = tmp_path / "leases" / held.name
    _shift(path, jump)
    other = _leases(tmp_path)
    assert other.held() == {KEY} and other.holds(KEY, "first") and other.take(KEY, "second") is None
    clock.passed += TERM + 1
    assert other.take(KEY, "second") is not None  # watched for a term, and not renewed once


@JUMPS
def test_a_renewal_begins_the_watch_anew(tmp_path, clock, jump) -> None:
    held = _leases(tmp_path).take(KEY, "first")
    path, other = tmp_path / "leases" / held.name, _leases(tmp_path)
    _shift(path, jump)
    assert other.held() == {KEY}
    clock.passed += TERM - 1
    _shift(path, 10)
    assert other.held() == {KEY}
    clock.passed += TERM - 1
    assert other.held() == {KEY}
    clock.passed += 2
    assert other.held() == set()


@JUMPS
@pytest.mark.parametrize("gone", [{"pid": 2**22 + 1}, {"started": "1"}], ids=["no such process", "its number again"])
def test_what_a_process_of_this_machine_left_is_free_at_once(tmp_path, clock, jump, gone) -> None:
    held = _leases(tmp_path).take(KEY, "first")
    _change(tmp_path / "leases" / held.name, **gone)
    _shift(tmp_path / "leases" / held.name, jump)
    assert _leases(tmp_path).held() == set() and _leases(tmp_path).take(KEY, "second") is not None


def test_what_another_machine_renewed_in_the_future_holds_for_a_term(tmp_path, clock) -> None:
    held = _leases(tmp_path).take(KEY, "first")
    _change(tmp_path / "leases" / held.name, machine="elsewhere")
    _shift(tmp_path / "leases" / held.name, HOURS)
    other = _leases(tmp_path)
    assert other.held() == {KEY}
    clock.passed += TERM + 1
    assert other.held() == set()


@JUMPS
def test_a_clock_that_is_set_during_a_run_is_asked_again(tmp_path, clock, jump) -> None:
    """The clock of a file server: what is renewed after the jump bears its new time."""
    held, other = _leases(tmp_path).take(KEY, "first"), _leases(tmp_path)
    path = tmp_path / "leases" / held.name
    _change(path, machine="elsewhere")
    assert other.held() == {KEY}
    now = other._notes.clock
    other._notes.clock = lambda: now() + jump + clock.passed
    clock.passed += TERM
    _shift(path, jump + clock.passed)
    assert other.held() == {KEY}
    clock.passed += TERM + 1
    assert other.held() == set()


@JUMPS
def test_prune_takes_nothing_that_is_in_use(tmp_path, jump) -> None:
    store = Store(tmp_path)
    attempt = store.start(KEY)
    (attempt.folder / "half").write_text("x")
    for path in [*(tmp_path / "leases").iterdir(), attempt.folder]:
        _shift(path, jump)
    assert find_removals(Store(tmp_path), []) == []
    store.drop(attempt)
    assert [removal.what for removal in find_removals(Store(tmp_path), [])] == ["try"]


@JUMPS
def test_a_draft_of_another_time_goes_and_a_fresh_one_stays(tmp_path, jump) -> None:
    (tmp_path / "cache").mkdir()
    old, fresh = (tmp_path / "cache" / f".index.json.{digit * 12}" for digit in "ab")
    for path in (old, fresh):
        path.write_text("{")
    _shift(old, jump)
    assert [removal.folder for removal in find_removals(Store(tmp_path), [])] == [old]


@JUMPS
def test_the_resume_point_that_is_farthest_is_kept_whenever_it_was_written(tmp_path, jump) -> None:
    store, folders = Store(tmp_path), []
    for step in (8, 24, 16):
        attempt = store.start(KEY)
        (attempt.resume / f"point-{step:08d}").mkdir(parents=True)
        folders.append(attempt.resume)
        store.drop(attempt)
    _shift(folders[1], jump)
    assert store.resume_folders(KEY)[0] == folders[1]
    remove(store, find_removals(store, []))
    assert store.resume_folders(KEY) == [folders[1]]


@JUMPS
def test_what_is_at_work_is_shown_with_no_time_below_none(tmp_path, clock, jump) -> None:
    store = Store(tmp_path)
    attempt = store.start(KEY)
    with ProgressWriter(store.root, KEY, "m") as notice:
        clock.jumped, clock.passed = jump, working.INTERVAL + 1
        notice.hear({"event": "progress", "step": 3, "num_steps": 10})
        (one,) = find_working(store)
        assert one.step == 3  # also after the clock was set back
        table = working_table(SimpleNamespace(working=[one]), time.time())
        assert not any(str(cell).startswith("-") for cell in table.columns[1].cells)
    store.drop(attempt)
