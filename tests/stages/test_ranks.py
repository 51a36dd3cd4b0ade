"""What is seen of a rank beside the first: its death, and that it shows no sign of life."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepstone.core import alive
from stepstone.stages.rank_process import RankProcess

pytestmark = pytest.mark.slow

LIMIT = 300.0


@pytest.fixture
def rank() -> Iterator[RankProcess]:
    """One that has no order yet."""
    made = RankProcess()
    yield made
    made.end()
    made.wait()


def fault_of(rank: RankProcess) -> str:
    deadline = time.monotonic() + LIMIT
    while not (fault := rank.fault()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return fault


def test_a_rank_that_is_stopped_is_seen_by_its_silence(rank: RankProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    os.kill(rank.pid, signal.SIGSTOP)
    assert rank.fault() == ""
    monkeypatch.setattr(alive, "SILENCE_SECONDS", 1.0)
    assert fault_of(rank) == "showed no sign of life for 1 s and was ended"


def test_a_rank_that_lives_says_so_before_it_has_an_order(rank: RankProcess) -> None:
    rank.silence.seconds = 1e9
    deadline = time.monotonic() + LIMIT
    while rank.silence.seconds > 1e8:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert rank.fault() == ""


def test_that_the_first_one_stood_still_says_nothing_of_another(rank: RankProcess) -> None:
    rank.silence.looked -= 1e6
    assert rank.fault() == "" and rank.silence.seconds <= 1.0


def test_a_rank_that_died_is_seen_by_its_signal_or_status(rank: RankProcess) -> None:
    rank.end()
    assert fault_of(rank) == "was ended by SIGKILL"


def test_a_rank_whose_first_one_is_gone_ends_by_itself_and_removes_what_that_left(
    rank: RankProcess, tmp_path: Path
) -> None:
    folder = tmp_path / "ranks"
    folder.mkdir()
    (folder / "meeting").touch()
    rank.send({"folder": str(folder)})
    rank._process.stdin.close()
    assert fault_of(rank).startswith("ended with status")
    assert not folder.exists()
