"""What a person names may be a pipe or a device: it is read, or refused, and never waited for without end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.named_file import read_named
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.evidence.overlaps import read_overlaps
from stepstone.papers.passages import read_paper
from stepstone.pipeline.score import score_file
from stepstone.report.theirs import read_theirs
from stepstone.sealing.archive import Archive


def _score(path: Path) -> None:
    score_file(BUILT_IN.task("xquad"), path, Place(cache=path.parent, use_hub=False), language="en")


DOORS: dict[str, Callable[[Path], Any]] = {
    "study": Study.load,
    "overlaps": read_overlaps,
    "paper": read_paper,
    "predictions": _score,
    "scores of others": lambda path: read_theirs(str(path)),
    "seal": Archive.open,
}


pytestmark = pytest.mark.usefixtures("nothing_hangs")


@pytest.mark.parametrize("door", DOORS)
def test_a_pipe_that_nobody_writes_into_and_a_device_are_one_message(door: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(UserError):
            DOORS[door](path)


def test_a_pipe_is_read_that_somebody_writes_into() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"text")
    os.close(writing)
    assert read_named(Path(f"/dev/fd/{reading}")) == b"text"
    os.close(reading)


def test_no_more_is_read_than_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_named(tmp_path / "a", 5) == b"12345"
    with pytest.raises(UserError, match="has more than 4 bytes"):
        read_named(tmp_path / "a", 4)
