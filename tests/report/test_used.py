"""Tables state what the runs used: unequal and fewer examples, cut examples, scores that are no numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.benchmark import Benchmark, BenchmarkTask
from stepstone.core.result import Skipped
from stepstone.core.study import Study
from stepstone.evidence.attached import attach
from stepstone.evidence.compare import compare
from stepstone.evidence.used import Reread, Training
from stepstone.report.answer import answer_paragraph
from stepstone.report.current import report_digest
from stepstone.report.files import data_files
from stepstone.report.grid import grids
from stepstone.report.page import report
from stepstone.report.summary import findings
from stepstone.report.tables import StudyTable, latex, markdown

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small(make_case: Callable[..., Any]) -> Any:
    return make_case(seeds=(1,), num_examples=40)


def said(case: Any) -> str:
    out = io.StringIO()
    Console(file=out, width=2000).print(StudyTable(case.comparison))
    return " ".join(out.getvalue().split())


def with_sizes(case: Any, sizes: dict[str, int], **entry: Any) -> Any:
    """The case as if its intermediate task had been trained on so many examples in each language."""
    stone = case.plan.study.intermediate["mnli"].model_copy(update=entry)
    study: Study = case.plan.study.model_copy(update={"intermediate": {"mnli": stone}})
    frame = case.frame.copy()
    attach(
        frame,
        sizes={Training("mnli", code, stone.num_examples): num for code, num in sizes.items()},
        stones={f"mnli.{code}": num for code, num in sizes.items()},
    )
    plan = replace(case.plan, study=study)
    return replace(case, plan=plan, frame=frame, comparison=compare(frame, study, case.comparison.settings))


def test_contrasts_of_unequal_numbers_are_marked(small: Any, tmp_path: Path) -> None:
    case = with_sizes(small, {"en": 30, "ja": 8}, num_examples=30, at_most=True)
    note = "‡ mnli was trained on unequal numbers of examples, 30 in en and 8 in ja"
    assert "mnli: ja − en‡" in said(case) and note in said(case) and "mnli in ja‡" not in said(case)
    assert "mnli: ja − en‡" in markdown(case.comparison, case.plan.study)
    assert "en$\\ddagger$" in latex(case.comparison, case.plan.study)
    page = report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")
    assert note in page[: page.index('id="gains"', page.index("</nav>"))]


def test_contrasts_of_unequal_numbers_of_steps_are_marked(small: Any, tmp_path: Path) -> None:
    frame = small.frame.copy()
    attach(frame, steps={"mnli.en": {"small": 750}, "mnli.ja": {"small": 563}})
    case = replace(small, frame=frame, comparison=compare(frame, small.plan.study, small.comparison.settings))
    assert "mnli: ja − en‡" in said(case) and "‡ mnli took unequal numbers of steps, 750 in en and 563 in ja" in said(
        case
    )


def test_equal_numbers_are_not_marked(small: Any) -> None:
    case = with_sizes(small, {"en": 30, "ja": 30}, num_examples=30)
    assert "‡" not in said(case) and "was trained on" not in said(case)


def test_fewer_examples_than_asked_for_are_stated(small: Any, tmp_path: Path) -> None:
    case = with_sizes(small, {"en": 8, "ja": 8}, num_examples=30, at_most=True)
    assert "mnli was trained on 8 in en and 8 in ja examples, fewer than the 30" in said(case)


def test_a_page_states_the_examples_of_the_records(small: Any, tmp_path: Path) -> None:
    page = report(small.plan, small.frame, tmp_path, small.comparison).read_text(encoding="utf-8")
    assert "<td>all 10</td>" in page


def test_cut_examples_are_stated_under_the_table(small: Any) -> None:
    frame = small.frame.assign(num_cut=[10 if code == "ja" else 0 for code in small.frame["language"]])
    frame.attrs = small.frame.attrs
    case = replace(small, comparison=compare(frame, small.plan.study, small.comparison.settings))
    assert "xnli: examples cut to the encoder's length, in the run with most: ja 25.0 %" in said(case)
    assert "examples cut" not in said(small)


def test_what_was_left_out_of_data_is_stated_once_for_each_task_and_split(small: Any, tmp_path: Path) -> None:
    left_out = [("test", "de", {"comment lines": 1200}), ("test", "ja", {"comment lines": 3, "marks": 1})]
    frame = small.frame.copy()
    skipped = (
        Skipped(task="xnli", split=split, language=code, counts=counts)
        for split, code, counts in (*left_out, ("train", "en", {"comment lines": 7}))
    )
    attach(frame, skipped=tuple(skipped))
    case = replace(small, frame=frame, comparison=compare(frame, small.plan.study, small.comparison.settings))
    notes = [
        "Left out of xnli test: comment lines (de 1,200, ja 3), marks (ja 1).",
        "xnli train: comment lines (en 7).",
    ]
    assert all(said(case).count(note) == 1 for note in notes)
    first = report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")
    first = first[: first.index('id="gains"', first.index("</nav>"))]
    assert all(first.count(note) == 1 for note in notes) and "Left out of" not in said(small)
    # What is said of data is evidence: a page that lacks it is written again.
    marks = {
        report_digest(one.plan.study, one.frame, one.comparison, data_files(one.frame, one.comparison, one.plan.study))
        for one in (small, case)
    }
    assert len(marks) == 2


def test_a_score_that_is_no_number_is_a_gap_with_its_reason(make_case: Callable[..., Any], tmp_path: Path) -> None:
    def rewrite(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        stuck = cell.language == "ja" and cell.condition == "mnli.en"
        return [
            {**row, "gold": float(place), "prediction": 1.0 if stuck else float(place % 7)}
            for place, row in enumerate(rows)
        ]

    case = make_case(seeds=(1,), num_examples=40, scored=("pearson", "corrected"), rewrite=rewrite)
    stuck = case.frame[case.frame["value"].isna()]
    assert set(stuck["language"]) == {"ja"} and set(stuck["status"]) == {"missing"}
    reason = "pearson is not a number: the same prediction for every example"
    assert set(stuck["reason"]) == {reason}
    assert "the score is not a number under seed 1" in said(case)
    page = report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")
    assert reason in page and "1 of 12 cells are missing" in page
    assert "They are counted in the numbers above" not in page


def test_the_average_of_a_benchmark_is_marked_where_one_of_its_tasks_is(
    small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = BenchmarkTask(task="xnli", groups=("only",), languages=("en", "de", "ja", "ko"), metrics=("accuracy",))
    one = Benchmark(name="one", title="One", parts=(part,))
    monkeypatch.setattr(Catalogue, "benchmark", lambda catalogue, name: one)
    study, frame = small.plan.study.model_copy(update={"benchmarks": ("one",)}), small.frame.copy()
    attach(frame, rereads={("mnli.en", "xnli"): Reread("mnli", "en", Training("mnli", "en", None))})
    comparison = compare(frame, study, small.comparison.settings)
    (grid,) = grids(comparison, study)
    marked = {
        (column.target, column.label, line.label)
        for line in grid.lines
        for column, entry in zip(grid.columns, line.entries, strict=True)
        if entry.is_reread
    }
    assert {target for target, _, _ in marked} == {"xnli", "one"} and {label for *_, label in marked} == {"mnli in en"}
    higher = replace(comparison, gains=comparison.gains.assign(verdict="higher"))
    said = " ".join(sentence for one in findings(higher, study) for sentence in one.sentences)
    assert said.count("§ training data of a task of the average, read twice") == 1
    averaged = comparison.gains["level"].eq("benchmark") & comparison.gains["arm"].eq("en")
    alone = replace(comparison, gains=comparison.gains[averaged], contrasts=comparison.contrasts[:0])
    assert "Training data of a task of the average is read twice there" in answer_paragraph(alone, study)
    page = report(replace(small.plan, study=study), frame, tmp_path, comparison).read_text(encoding="utf-8")
    assert "not of another task. So it is in the average of one." in page
