"""A study that is compared and drawn by two processes gives the files that one process gives, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stepstone.core import second
from stepstone.core.errors import UserError
from stepstone.core.second import SecondProcess
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import compare
from stepstone.evidence.readings import read_evaluation
from stepstone.report import content
from stepstone.report.drawing import Figure
from stepstone.report.page import report

pytestmark = pytest.mark.slow

QUICK = Settings(num_resamples=60, num_permutations=99)


class Fixed(date):
    """A day that does not end between two reports."""

    @classmethod
    def today(cls) -> Fixed:
        return cls(2026, 1, 1)


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What a second process answered, where every study is divided on however many cores."""
    found: list[bytes] = []
    ask = SecondProcess._ask

    def heard(self: SecondProcess, question: bytes) -> bytes:
        found.append(ask(self, question))
        return found[-1]

    monkeypatch.setattr(second, "FEWEST", 0)
    monkeypatch.setattr(second, "num_cores", lambda: 2)
    monkeypatch.setattr(SecondProcess, "_ask", heard)
    yield found


@pytest.fixture(scope="module")
def ladder(make_case: Callable[..., Any]) -> Any:
    """Three sizes of a ladder on two targets, one run of which is degenerate."""

    def rewrite(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        stuck = (cell.model, cell.condition, cell.target, cell.seed) == ("small", "mnli.en", "tatoeba", 2)
        return [{**row, "prediction": "neutral"} for row in rows] if stuck else rows

    models = {"small": 1_000_000, "middle": 4_000_000, "large": 16_000_000}
    world = {"intermediates": {"mnli": ("en",)}, "languages": ("en", "ja"), "groups": {}, "seeds": (1, 2)}
    world |= {"models": models, "ladder": "xlm-r", "targets": ("xnli", "tatoeba"), "num_examples": 40}
    return make_case(**world, rewrite=rewrite)


def files_of(case: Any, folder: Path) -> dict[str, bytes]:
    report(case.plan, case.frame, folder, compare(case.frame, case.plan.study, QUICK))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_processes_write_the_files_of_one(
    ladder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(content, "date", Fixed)
    alone = files_of(ladder, tmp_path / "alone")
    answers = request.getfixturevalue("answered")
    divided = files_of(ladder, tmp_path / "divided")
    assert divided.keys() == alone.keys()
    assert [name for name in alone if divided[name] != alone[name]] == []
    # One answer holds half of the evidence, the others a figure each; the last figures may be drawn here meanwhile.
    assert 2 <= len(answers) <= 1 + sum(name.endswith(".svg") for name in alone)
    assert any(b"slope" in content for name, content in alone.items() if name == "comparisons.csv")


def test_a_second_process_that_ends_leaves_its_part_to_this_one(
    make_case: Callable[..., Any], answered: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second.sys, "executable", "/nowhere/python")
    case = make_case(targets=("xnli", "tatoeba"), num_examples=20, seeds=(1, 2))
    gains = compare(case.frame, case.plan.study, QUICK).gains
    figure = Figure(("one",), "a caption", {"mark": "point", "data": {"values": []}}, "")
    with SecondProcess("stepstone.report.renderer") as process:
        assert figure.drawn_by(process).svg == figure.svg
    assert set(gains["target"]) == {"xnli", "tatoeba"} and gains["value"].notna().all() and not answered


def test_a_figure_that_the_second_process_has_not_begun_is_drawn_here(nothing_hangs: None) -> None:
    figure = Figure(("one",), "a caption", {"mark": "point", "data": {"values": []}}, "")
    waiting: Future[bytes] = Future()
    assert replace(figure, drawn=waiting).svg == figure.svg and waiting.cancelled()


def test_what_is_wrong_with_the_second_process_data_is_said_as_before(
    make_case: Callable[..., Any], request: pytest.FixtureRequest
) -> None:
    """The last target has other examples in one of its runs."""
    case = make_case(targets=("xnli", "tatoeba"), num_examples=20, seeds=(1, 2))
    path = Path(case.frame["predictions"].iloc[-1])
    path.write_bytes(path.read_bytes().replace(b'"id": "', b'"id": "other-'))
    said = []
    for _ in range(2):
        read_evaluation.cache_clear()
        with pytest.raises(UserError) as raised:
            compare(case.frame, case.plan.study, QUICK)
        said.append(str(raised.value))
        request.getfixturevalue("answered")
    assert said[0] == said[1] and "not the same examples" in said[0]
