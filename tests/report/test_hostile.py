"""Names, titles and questions may hold anything: no table, page, figure or card breaks, obeys or loses it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from hostile import CONTROL, HOSTILE
from stepstone.core.study import Study
from stepstone.report.drawing import with_names
from stepstone.report.figures import figures
from stepstone.report.files import data_files
from stepstone.report.markup import code, for_latex, for_markdown, for_terminal, markdown_table, plain_table
from stepstone.report.page import report
from stepstone.report.tables import StudyTable, latex, markdown


@pytest.fixture(scope="module")
def case(make_case: Callable[..., Any]) -> Any:
    """A study in which everything that a user names is hostile."""
    # No study file can hold a lone surrogate.
    first, second, *others = (name.replace("\ud800", "") for name in HOSTILE)
    found = make_case(
        models={first: 1_000_000, second: 2_000_000},
        intermediates=dict.fromkeys(others[:3], ("en", "ja")),
        targets=(others[3], others[4]),
        groups={others[5]: ("en", "de"), others[6]: ("ja", "ko")},
        seeds=(1, 2),
        num_examples=40,
    )
    study = found.plan.study.model_copy(update={"question": " ".join(HOSTILE).replace("\ud800", "")})
    return replace(found, plan=replace(found.plan, study=study))


@pytest.mark.slow
def test_the_terminal_shows_names_as_they_are(case: Any) -> None:
    out = io.StringIO()
    Console(file=out, width=3000, color_system=None).print(StudyTable(case.comparison))
    text = out.getvalue()
    assert HOSTILE[0] in text and "\\x1b[31mred" in text and not CONTROL.search(text)


@pytest.mark.slow
def test_markdown_tables_stay_tables(case: Any) -> None:
    text = markdown(case.comparison, case.plan.study)
    assert not CONTROL.search(text) and "<script" not in text and "<b>" not in text
    for block in text.split("\n\n"):
        if block.startswith("| "):
            lines = block.splitlines()
            assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines}) == 1


@pytest.mark.slow
def test_latex_holds_no_command_of_a_name(case: Any) -> None:
    text = latex(case.comparison, case.plan.study)
    assert not CONTROL.search(text) and "\\input" not in text
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("%"))
    plain = re.sub(r"\\[&%$#_{}]", "", body)
    assert plain.count("{") == plain.count("}") and plain.count("$") % 2 == 0 and "$$" not in plain
    assert not re.search(r"[<>|#%]", plain) and plain.count("^") == plain.count("~") == 0


@pytest.mark.slow
def test_the_page_and_its_figures_are_whole(case: Any, tmp_path: Path) -> None:
    text = report(case.plan, case.frame, tmp_path, case.comparison).read_text(encoding="utf-8")
    own = (files("stepstone.report") / "page.js").read_text(encoding="utf-8").strip()
    assert not CONTROL.search(text) and text.count("<script") == 1 and f"<script>{own}" in text
    assert "&lt;script&gt;" in text
    figures = sorted(tmp_path.glob("*.svg"))
    assert figures
    for figure in figures:
        ElementTree.parse(figure)
    assert not list(tmp_path.glob("*[|<>]*"))


@pytest.mark.slow
def test_models_whose_names_are_like_have_figures_of_their_own(make_case: Callable[..., Any], tmp_path: Path) -> None:
    long = "long" * 100
    models = dict.fromkeys(("../m", "..|m", "M/x", "m/X", long, f"{long}er"), 1000)
    found = make_case(models=models, targets=("xnli",), languages=("en", "de"), seeds=(1, 2), num_examples=40)
    text = report(found.plan, found.frame, tmp_path, found.comparison).read_text(encoding="utf-8")
    forests = sorted(path.name for path in tmp_path.glob("forest_*.svg"))
    assert len(forests) == len({name.casefold() for name in forests}) == len(models)
    assert max(len(name.encode()) for name in forests) < 200 and not list(tmp_path.parent.glob("*.svg"))
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids)), "no two drawings of the page share an id"


@pytest.mark.parametrize("name", HOSTILE)
def test_each_medium_shows_a_name(name: str) -> None:
    out = io.StringIO()
    console = Console(file=out, width=3000, color_system=None)
    console.print(for_terminal(name))
    console.print(plain_table([name], [[name]]))
    assert not CONTROL.search(out.getvalue())
    for text in (for_markdown(name), code(name), for_latex(name)):
        assert not CONTROL.search(text) and "\n" not in text
    assert len(markdown_table([for_markdown(name)], [[for_markdown(name)]]).splitlines()) == 3


def test_signs_that_latex_prints_as_others_are_named() -> None:
    assert for_latex("p < 0.05 > a|b") == "p \\textless{} 0.05 \\textgreater{} a\\textbar{}b"


def test_a_question_of_a_study_file_may_hold_anything() -> None:
    study = Study.parse({"name": "s", "question": " ".join(HOSTILE), "models": [HOSTILE[0]], "target": {"xnli": {}}})
    assert study.models == (HOSTILE[0],)


@pytest.mark.slow
def test_no_cell_of_a_csv_file_is_a_formula(make_case: Callable[..., Any]) -> None:
    formulas = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\uff1d1")
    found = make_case(
        models=dict.fromkeys(formulas[:3], 1000),
        intermediates={formulas[3]: ("en", "ja")},
        targets=("xnli",),
        groups={formulas[4]: ("en",), formulas[5]: ("de",)},
        languages=("en", "de"),
        seeds=(1, 2),
        num_examples=40,
    )
    files = data_files(found.frame, found.comparison, found.plan.study)
    drawn = with_names(figures(found.comparison, found.plan.study))
    files |= {f"{figure.name}.csv": figure.data.encode() for figure in drawn}
    num_texts = 0
    for name, content in files.items():
        if name.endswith(".csv"):
            cells = [one for row in csv.reader(io.StringIO(content.decode(), newline="")) for one in row]
            num_texts += sum(one.startswith("'") for one in cells)
            assert not [one for one in cells if one[:1] in "=+-@\t\r\uff1d" and one and not is_float(one)], name
    assert num_texts > 20


def is_float(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text))
