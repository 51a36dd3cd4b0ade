"""Folders that can be made again: one process makes them, and whoever comes meanwhile waits for it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from stepstone.store.made import FILES, made


def test_of_several_at_once_one_makes_a_folder(tmp_path: Path) -> None:
    begun, go_on, calls = threading.Event(), threading.Event(), []

    def make(into: Path) -> None:
        calls.append(into)
        begun.set()
        assert go_on.wait(30)
        (into / "a").write_text("whole")

    threads = [threading.Thread(target=made, args=(tmp_path / "x", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    # Another folder is made meanwhile, as of another table.
    assert (made(tmp_path / "y", lambda into: (into / "b").write_text("other")) / "b").read_text() == "other"
    go_on.set()
    for thread in threads:
        thread.join()
    assert len(calls) == 1 and (tmp_path / "x" / FILES / "a").read_text() == "whole"


def test_another_process_waits_for_the_folder_that_this_one_makes(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from stepstone.store.made import made\n"
        "made(Path(sys.argv[1]), lambda into: (into / 'a').write_text('theirs'))\n"
    )
    others: list[subprocess.Popen[bytes]] = []

    def make(into: Path) -> None:
        others.append(subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "x")]))
        (into / "a").write_text("ours")

    folder = made(tmp_path / "x", make)
    assert others[0].wait(60) == 0 and (folder / "a").read_text() == "ours"


def test_what_could_not_be_made_is_made_by_the_next(tmp_path: Path) -> None:
    def fail(into: Path) -> None:
        raise RuntimeError("no")

    for _ in range(2):
        try:
            made(tmp_path / "x", fail)
        except RuntimeError:
            continue
    assert (made(tmp_path / "x", lambda into: (into / "a").write_text("a")) / "a").read_text() == "a"
