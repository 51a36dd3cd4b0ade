"""How far reading is: a line for each data set in a file, one that is written over on a terminal, never on stdout."""

from __future__ import annotations

import sys

import pytest
from rich.console import Console

from stepstone.cli.display import LiveView, PlainLines, watch_on
from stepstone.cli.reading import ReadingLines


def speak() -> None:
    listener = ReadingLines()
    listener.look("xnli test en")
    listener.read("xnli test \x1b[31mde", 2, 1000)
    listener.read("own test sv")
    listener.close()


def test_a_file_has_a_line_for_each_data_set_that_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    speak()
    out, err = capsys.readouterr()
    assert out == "" and err == "reading xnli test \\x1b[31mde (2 of 1,000)\nreading own test sv\n"


def test_a_terminal_has_one_line_that_is_gone_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    speak()
    out, err = capsys.readouterr()
    assert out == "" and "\n" not in err
    shown = err.split("\r\x1b[2K")
    assert shown[1:] == [
        *("looking for xnli test en", "reading xnli test \\x1b[31mde (2 of 1,000)", "reading own test sv", "")
    ]


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_go_back_gets_lines(
    term: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", term)
    speak()
    assert capsys.readouterr().err == "reading xnli test \\x1b[31mde (2 of 1,000)\nreading own test sv\n"


@pytest.mark.parametrize(("term", "view"), [("xterm", LiveView), ("dumb", PlainLines)])
def test_a_run_is_watched_in_lines_where_nothing_can_be_drawn(
    term: str, view: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    assert type(watch_on(Console(force_terminal=True))) is view
