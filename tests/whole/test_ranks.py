"""A training shared by two processes, one of which is killed in its midst: the bits of one that nobody disturbed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmed_ranks import pretrain
from warm import Started
from whole_study import LIMIT, results_of

pytestmark = [
    pytest.mark.trains,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes through /proc"),
]


def test_a_rank_that_is_killed_is_said_and_its_training_continued_to_the_same_bits_and_no_folder_stays(
    tmp_path: Path, lab_cache: Path
) -> None:
    both = [Started(pretrain, tmp_path / name, lab_cache, name == "harmed") for name in ("plain", "harmed")]
    assert [one.wait(LIMIT) for one in both] == [0, 0]
    assert (tmp_path / "harmed" / "harmed").exists()
    said = (tmp_path / "harmed" / "said").read_text(encoding="utf-8")
    lost = "own: the worker ended with status 70: rank 1 of 2 was ended by SIGKILL; continued in a fresh worker"
    assert said.splitlines().count(lost) == 1
    assert results_of(tmp_path / "harmed" / "store") == results_of(tmp_path / "plain" / "store")
    assert not [*(tmp_path / "plain" / "tmp").iterdir(), *(tmp_path / "harmed" / "tmp").iterdir()]
