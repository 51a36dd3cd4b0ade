"""A stage in progress is leased: who comes second waits for it, and takes it over only where its owner is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from stepstone.store import leases
from stepstone.store.leases import TERM, Leases
from stepstone.store.notes import NoteFiles

KEY = "ab" * 32


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def test_one_holds_and_the_next_gets_it_when_it_is_let_go(root) -> None:
    one, two = Leases(NoteFiles(root / "leases")), Leases(NoteFiles(root / "leases"))
    held = one.take(KEY, "first")
    assert held is not None and two.take(KEY, "second") is None
    assert two.held() == {KEY} and two.holds(KEY, "first") and not two.holds(KEY, "second")
    one.release(held)
    assert two.held() == set() and two.take(KEY, "second") is not None


def test_notes_of_keys_that_are_known_to_be_held_are_not_read(root, monkeypatch) -> None:
    """A driver knows of its own workers, of which there may be a thousand."""
    others = Leases(NoteFiles(root / "leases"))
    keys = [f"{number:02x}" * 32 for number in range(5)]
    assert all(others.take(key, "x") for key in keys)
    read = []
    find = NoteFiles.find
    monkeypatch.setattr(NoteFiles, "find", lambda notes, name: (read.append(name[:64]), find(notes, name))[1])
    assert Leases(NoteFiles(root / "leases")).held(keys[:4]) == set(keys[4:]) and set(read) == set(keys[4:])


def test_of_many_at_once_one_gets_it(root) -> None:
    all_of_them = [Leases(NoteFiles(root / "leases")) for _ in range(8)]
    barrier, won = threading.Barrier(8), []

    def race(one: Leases) -> None:
        barrier.wait()
        found = one.take(KEY, "x")
        won.extend([found] if found else [])

    threads = [threading.Thread(target=race, args=(one,)) for one in all_of_them]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Two that see each other both withdraw and come again, as a worker does.
    assert len(won) <= 1


def test_what_another_machine_does_not_renew_is_taken_over_once(root) -> None:
    held = Leases(NoteFiles(root / "leases")).take(KEY, "first")
    path = root / "leases" / held.name
    path.write_text(json.dumps({**json.loads(path.read_text()), "machine": "elsewhere"}))
    before = path.stat().st_mtime - 10 * TERM
    os.utime(path, (before, before))
    two, three = Leases(NoteFiles(root / "leases")), Leases(NoteFiles(root / "leases"))
    assert two.held() == set()
    taken = two.take(KEY, "second")
    assert taken is not None and three.take(KEY, "third") is None
    two.release(taken)
    assert [path for path in (root / "leases").iterdir() if not path.name.startswith(".")] == []


def _leave_stale(folder: Path) -> None:
    """The first lease of a key, of another machine that is gone."""
    folder.mkdir()
    path = folder / f"{KEY}.1"
    path.write_text(json.dumps({"machine": "elsewhere", "pid": 1, "try": "gone", "seconds": TERM}))
    os.utime(path, (0, 0))


def test_who_backs_off_takes_nobody_s_lease_away(root, monkeypatch) -> None:
    """Between its look and its note another takes over and ends, so that numbers begin anew, and a third begins."""
    folder = root / "leases"
    _leave_stale(folder)
    one, two, three, late = (Leases(NoteFiles(folder)) for _ in range(4))
    create = two._notes.create
    held = []

    def create_late(name: str, content: bytes) -> bool:
        one.release(one.take(KEY, "first"))
        held.append(three.take(KEY, "third"))
        return create(name, content)

    monkeypatch.setattr(two._notes, "create", create_late)
    assert two.take(KEY, "second") is None
    assert held == [(KEY, 1)] and three.holds(KEY, "third") and late.take(KEY, "fourth") is None


def test_who_lost_a_lease_takes_that_of_its_successor_s_successor_not_away(root) -> None:
    folder = root / "leases"
    _leave_stale(folder)
    one, three, late = (Leases(NoteFiles(folder)) for _ in range(3))
    lost = one.take(KEY, "first")
    for path in folder.glob(f"{KEY}.*"):
        path.unlink()  # as who took it over does in the end
    assert lost == (KEY, 2) and three.take(KEY, "third") == (KEY, 1)
    one.release(lost)
    assert three.holds(KEY, "third") and late.take(KEY, "fourth") is None


def test_the_lease_of_a_process_that_was_killed_is_free_at_once(root) -> None:
    script = (
        "import os, sys; from pathlib import Path; from stepstone.store.leases import Leases\n"
        "from stepstone.store.notes import NoteFiles\n"
        f"Leases(NoteFiles(Path(sys.argv[1]))).take('{KEY}', 'x'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, root / "leases"], check=False).returncode == -9
    assert list((root / "leases").glob(f"{KEY}.*")) and Leases(NoteFiles(root / "leases")).take(KEY, "y") is not None


def test_a_lease_of_another_machine_holds_for_its_term(root) -> None:
    held = Leases(NoteFiles(root / "leases")).take(KEY, "first")
    note = json.loads((root / "leases" / held.name).read_text())
    (root / "leases" / held.name).write_text(json.dumps({**note, "machine": "elsewhere", "pid": 2**30, "seconds": 1e9}))
    assert Leases(NoteFiles(root / "leases")).held() == {KEY}
    before = (root / "leases" / held.name).stat().st_mtime - TERM - 5
    os.utime((root / "leases" / held.name), (before, before))
    assert Leases(NoteFiles(root / "leases")).held() == set()


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0], ids=["behind", "ahead"])
def test_a_machine_whose_clock_differs_from_the_file_server_s_judges_by_the_server_s(
    root, monkeypatch, seconds
) -> None:
    held = Leases(NoteFiles(root / "leases")).take(KEY, "first")
    real = time.time
    monkeypatch.setattr(leases, "_machine", lambda: "elsewhere")
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    assert Leases(NoteFiles(root / "leases")).held() == {KEY}
    path = root / "leases" / held.name
    before = path.stat().st_mtime - TERM - 5
    os.utime(path, (before, before))
    assert Leases(NoteFiles(root / "leases")).held() == set()


def test_a_lease_is_renewed_while_its_process_lives(root, monkeypatch) -> None:
    monkeypatch.setattr(leases, "TERM", 0.6)
    one = Leases(NoteFiles(root / "leases"))
    held = one.take(KEY, "first")
    threading.Event().wait(1.5)
    assert Leases(NoteFiles(root / "leases")).held() == {KEY}
    one.release(held)
    assert Leases(NoteFiles(root / "leases")).held() == set()


@pytest.mark.parametrize("text", ["", "[", "[" * 9000, "[]", '{"seconds": "long", "pid": "x", "try": 3}'])
def test_a_lease_that_cannot_be_read_holds_for_a_term_and_no_longer(root, text) -> None:
    held = Leases(NoteFiles(root / "leases")).take(KEY, "first")
    (root / "leases" / held.name).write_text(text)
    assert Leases(NoteFiles(root / "leases")).held() == {KEY}
    os.utime((root / "leases" / held.name), (1e9, 1e9))
    assert Leases(NoteFiles(root / "leases")).held() == set()
