"""Tables say the same in the terminal, in Markdown and in LaTeX."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from stepstone.report.grid import grids
from stepstone.report.labels import WATERMARK, format_interval, format_number, points
from stepstone.report.notes import basis
from stepstone.report.tables import StudyTable, latex, markdown


def shown(case: Any, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(StudyTable(case.comparison))
    return out.getvalue()


def value_of(case: Any, **wanted: str) -> pd.Series:
    table = case.comparison.gains
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table.iloc[0]


def test_the_terminal_shows_scores_gains_intervals_marks_and_gaps(lab_case: Any) -> None:
    text = shown(lab_case, 200)
    row = value_of(lab_case, model="small", condition="mnli.ja", target="xnli", part="far")
    assert f"{points(row['value'])}*" in text and format_interval(row["low"], row["high"]) in text
    for said in ("no intermediate task", "mnli in ja-like", "mnli: ja-like − en-like", "all languages"):
        assert said in text
    assert "gap" in text and "1 of 2 missing" in text
    assert WATERMARK in text and "3 seeds" in text and "xnli: accuracy (xtreme-2020)" in text


def test_the_caption_names_the_sizes_of_the_families(lab_case: Any) -> None:
    # 2 gains and 1 contrast on 2 targets of 3 parts; the missing cell makes 2 gains and 2 contrasts of large gaps.
    assert "Holm's correction over the table's tests (small: 18, large: 14)" in " ".join(shown(lab_case, 400).split())


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal(lab_case: Any, width: int) -> None:
    text = shown(lab_case, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


def test_one_seed_is_said_to_be_one(real_case: Any) -> None:
    text = " ".join(shown(real_case, 120).split())
    assert "[a to b] over test examples only, which says nothing of another run" in text
    assert "No test is made and nothing is starred" in text and "*" not in text


def test_cutting_a_table_loses_no_column(lab_case: Any) -> None:
    grid = grids(lab_case.comparison, lab_case.plan.study)[0]
    for num in (1, 2, 4, 99):
        pieces = list(grid.cut(num))
        assert [column for piece in pieces for column in piece.columns] == list(grid.columns)
        assert all(len(piece.columns) <= num for piece in pieces)
        assert all(len(line.entries) == len(piece.columns) for piece in pieces for line in piece.lines)
    # Targets are kept whole where they fit.
    assert [len(piece.columns) for piece in grid.cut(4)] == [3, 3]


def test_markdown_tables_are_rectangular(lab_case: Any) -> None:
    text = markdown(lab_case.comparison, lab_case.plan.study)
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("| ")]
    assert len(tables) == 2
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1
    assert WATERMARK in text


def test_latex_rows_match_their_columns(lab_case: Any) -> None:
    text = latex(lab_case.comparison, lab_case.plan.study)
    columns = re.findall(r"\\begin\{tabular\}\{(l r*|lr*)\}", text)
    assert columns and text.count("\\begin{table}") == text.count("\\end{table}") == len(columns)
    body = text.split("\\toprule")[1].split("\\bottomrule")[0]
    for line in body.splitlines():
        cells = line.count(" & ") + sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
        assert line in ("", "\\midrule") or cells == len(columns[0]) - 1
    assert "−" not in text and "95 \\%" in text and WATERMARK in text


@pytest.mark.slow
def test_a_value_on_fewer_seeds_says_so_and_what_it_is_over(make_case: Any) -> None:
    case = make_case(lambda cell: cell.condition == "none" and cell.seed == 2, num_examples=60)
    row = value_of(case, condition="mnli.ja", part="far")
    own = case.comparison.scores
    own = own[(own["condition"] == "none") & (own["part"] == "far")].iloc[0]
    # The baseline has these two seeds alone, so both rows say the same of it.
    assert row["reference_value"] == pytest.approx(own["value"])
    text = " ".join(shown(case, 400).split())
    assert f"2 of 3 seeds, over {format_number(row['reference_value'])}" in text
    assert "values of the table rest on fewer seeds than planned." in text


@pytest.mark.slow
def test_values_without_an_interval_are_not_said_to_be_missing(make_case: Callable[..., Any]) -> None:
    alone = make_case(targets=("xnli",), num_examples=1)
    assert "none: all examples are of one cluster" in basis(alone.comparison)
