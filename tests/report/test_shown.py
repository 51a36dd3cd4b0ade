"""Plans, outcomes and comparisons show themselves as the command line does, and no text in them is markup."""

from __future__ import annotations

import io
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from rich.console import Console

from hostile import CONTROL
from stepstone.pipeline.described import describe_outcome, describe_plan
from stepstone.pipeline.outcome import Outcome
from stepstone.report.grid import grids
from stepstone.report.tables import StudyTable
from stepstone.store.failures import Failure

SCRIPT = "<script>alert('&amp;')</script>"


class Seen(HTMLParser):
    """The elements of a text, and what a person reads of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.read = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.add(tag)
        assert {name for name, _ in attrs} <= {"style"}

    def handle_data(self, data: str) -> None:
        self.read += data


def printed(value: Any, width: int = 120) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(value)
    return out.getvalue()


def test_a_plan_is_the_lines_of_the_command_line(lab_case: Any) -> None:
    lines = describe_plan(lab_case.plan)
    assert lines[0].startswith("synthetic: 144 scores from 194 stages")
    assert printed(lab_case.plan, 4000).splitlines() == lines
    assert str(lab_case.plan).split() == " ".join(lines).split()
    assert Seen(lab_case.plan._repr_html_()).read.split() == " ".join(lines).split()


def test_a_comparison_is_the_table_of_the_command_line(lab_case: Any) -> None:
    table = printed(StudyTable(lab_case.comparison))
    (first, *_) = grids(lab_case.comparison, lab_case.plan.study)
    assert all(line.label in table for line in first.lines) and "Holm" in table
    assert printed(lab_case.comparison) == table
    assert str(lab_case.comparison).split("\n") == [line.rstrip() for line in table.rstrip().split("\n")]
    seen = Seen(lab_case.comparison._repr_html_())
    assert seen.read.split() == table.split() and seen.names == {"pre", "span"}


def test_an_outcome_is_what_was_done_and_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = Failure(f"own/{SCRIPT}/s1", f"no memory for {SCRIPT}\x1b[31m", "")
    outcome = Outcome(3, 2, (failure,), ("x",), False, 61.0, {f"odd {SCRIPT}": ("a", "b")})
    assert printed(outcome, 4000).splitlines()[0] == "3 stages done, 2 were there, in 1 min 1 s"
    html = outcome._repr_html_()
    seen = Seen(html)
    assert seen.names <= {"pre", "span"} and "<script" not in html and not CONTROL.search(html)
    assert seen.read.split() == " ".join(describe_outcome(outcome)).replace("\x1b", "\\x1b").split()

    class Printer:
        text = staticmethod(lambda text: shown.append(text))

    shown: list[str] = []
    outcome._repr_pretty_(Printer(), False)
    assert shown == [str(outcome)]


@pytest.mark.slow
def test_names_with_markup_are_harmless(make_case: Callable[..., Any]) -> None:
    names = {"models": {SCRIPT: 1_000_000}, "groups": {SCRIPT: ("en", "de"), "[/x]": ("ja", "ko")}}
    case = make_case(**names, targets=(SCRIPT,), intermediates={SCRIPT: ("en", "ja")}, seeds=(1, 2), num_examples=40)
    for value in (case.plan, case.comparison):
        seen = Seen(value._repr_html_())
        assert seen.names <= {"pre", "span"}
    assert SCRIPT in seen.read and "[/x]" in seen.read
