"""Signals that end a process are answered as Ctrl-C is, but for those that whoever started it had ignored."""

import signal
import sys
from collections.abc import Iterator

import pytest

from stepstone.cli.app import answer_signals, main

ANSWERED = (signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = {one: signal.getsignal(one) for one in ANSWERED}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("number", ANSWERED)
def test_a_signal_is_answered_unless_it_is_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_DFL)
    answer_signals()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    signal.signal(number, signal.SIG_IGN)
    answer_signals()
    signal.raise_signal(number)


def test_every_verb_answers_them_so_that_what_it_keeps_for_itself_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ANSWERED:
        signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(sys, "argv", ["stepstone", "verify", "--help"])
    with pytest.raises(SystemExit):
        main()
    assert {signal.getsignal(number) for number in ANSWERED} == {signal.default_int_handler}
