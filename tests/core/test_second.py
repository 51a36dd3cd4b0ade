"""A second process does a part of the work, or leaves it to who asked."""

from __future__ import annotations

import pytest

from stepstone.core import second
from stepstone.core.second import SecondProcess, pays


def test_a_small_study_and_a_single_core_have_no_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "num_cores", lambda: 2)
    assert pays(second.FEWEST) and not pays(second.FEWEST - 1)
    monkeypatch.setattr(second, "num_cores", lambda: 1)
    assert not pays(second.FEWEST)


def test_who_asked_a_process_that_ends_is_told() -> None:
    with (
        SecondProcess("stepstone.core.no_such_module") as process,
        pytest.raises(OSError, match="the second process ended"),
    ):
        process.ask(b"a question").result()


def test_who_asked_a_process_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second.sys, "executable", "/nowhere/python")
    with SecondProcess("stepstone.core.second") as process, pytest.raises(OSError, match="could be started"):
        process.ask(b"a question").result()


def test_no_process_outlives_the_block() -> None:
    with SecondProcess("stepstone.report.renderer") as process:
        process.ask(b"{}")
    assert process._process is not None and process._process.returncode is not None
