"""The first sentence of a report, and its section on size."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from stepstone.report.answer import answer_paragraph
from stepstone.report.page import report
from stepstone.report.size import size_notes
from stepstone.report.tables import StudyTable

pytestmark = pytest.mark.slow

SIZES = {"lab-nano": 1_000_000, "lab-micro": 4_000_000, "lab-mini": 16_000_000, "lab-small": 64_000_000}
ORDER = list(SIZES)
ANSWER = (
    r"Per doubling of parameters without embeddings, what Japanese rather than English training with mnli gives "
    r"changes by \+\d\.\d points \(\d\.\d to \d\.\d\) on xnli, decided \(p = [\d.e-]+\)\. It rests on 4 encoders of 4 "
    r"sizes, lab-nano to lab-small, 3 seeds each; each size is one pretrained encoder, so the interval is of these "
    r"encoders\."
)


def grows(model: str, condition: str, target: str, language: str) -> float:
    """English gives three points at every size; Japanese gains four points per size, two per doubling."""
    return {"none": 0.0, "mnli.en": 0.03, "mnli.ja": 0.03 + 0.04 * ORDER.index(model)}[condition]


@pytest.fixture(scope="module")
def make_sizes(make_case: Callable[..., Any]) -> Callable[..., Any]:
    def make(num: int, skip: Callable[[Any], bool] = lambda cell: False, **changes: Any) -> Any:
        models = dict(list(SIZES.items())[:num])
        given = {"models": models, "ladder": "lab", "effect": grows, "seed_sd": 0.005, "languages": ("en", "ja")}
        return make_case(skip, **{**given, "groups": {}, **changes})

    return make


@pytest.fixture(scope="module")
def four(make_sizes: Callable[..., Any]) -> Any:
    return make_sizes(4)


@pytest.fixture(scope="module")
def page(four: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(four.plan, four.frame, tmp_path_factory.mktemp("four"), four.comparison)


def plain(path: Path) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8")).split())


def test_a_study_of_several_numbers_of_examples_is_answered_by_what_their_doubling_changes(four: Any) -> None:
    made, study = four.comparison, four.plan.study
    rows = made.slopes[made.slopes["comparison"].eq("slope")]
    more = rows.assign(comparison="per doubling of examples", intermediate="mnli:1000")
    several = replace(made, slopes=pd.concat([made.slopes, more]))
    what = "what Japanese rather than English training with mnli gives changes by +"
    assert answer_paragraph(several, study).startswith(f"Per doubling of intermediate examples, {what}")
    alone = replace(several, slopes=more.assign(num_encoders=1, size="lab-nano"))
    assert answer_paragraph(alone, study).endswith("It rests on one encoder, lab-nano, and 3 seeds.")
    asked = replace(several, primary=made.gains[:1])
    assert answer_paragraph(asked, study).startswith(f"Per doubling of parameters without embeddings, {what}")


def test_the_first_sentence_of_page_and_table_is_the_answer(four: Any, page: Path) -> None:
    said = answer_paragraph(four.comparison, four.plan.study)
    assert re.fullmatch(ANSWER, said)
    assert plain(page).index(said) < plain(page).index("Targets at a glance")
    console = Console(width=4000, record=True, file=StringIO())
    console.print(StudyTable(four.comparison))
    assert console.export_text().startswith(said)


def test_the_section_has_slopes_ends_form_and_what_intervals_are_of(page: Path) -> None:
    text = plain(page).split("Differences of differences ")[-1]
    assert "xnli. Points per doubling of size" in text and "The line at its ends, and its fit" in text
    assert "does not shrink" in text and "linear" in text
    assert "Within lab, size is counted in parameters without embeddings." in text
    assert "not for pretraining anew, and are of these encoders." in text
    assert "Besides size, in lab: new weights are drawn" in text
    assert "the standard deviation of a run over seeds on xnli is multiplied by" in text
    assert (page.parent / "scaling_lab_xnli.svg").is_file() and "dashed is one doubling beyond" in plain(page)


def test_the_data_files_hold_every_slope_and_say_what_its_columns_mean(page: Path, four: Any) -> None:
    table = pd.read_csv(page.parent / "comparisons.csv")
    slopes = table[table["comparison"] == "slope"]
    assert len(slopes) == len(four.comparison.slopes.query("comparison == 'slope'"))
    assert set(slopes["ladder"]) == {"lab"} and set(slopes["num_sizes"]) == {4}
    known = pd.read_csv(page.parent / "dictionary.csv").query("file == 'comparisons.csv'")["column"]
    assert set(table.columns) == set(known)


def test_two_sizes_are_answered_with_a_difference(make_sizes: Callable[..., Any]) -> None:
    case = make_sizes(2)
    said = answer_paragraph(case.comparison, case.plan.study)
    assert said.startswith("What Japanese rather than English training with mnli gives differs by +")
    assert "between lab-micro and lab-nano" in said and ": a difference, not a slope, for two sizes" in said


def test_what_is_missing_for_an_answer_is_said(make_sizes: Callable[..., Any]) -> None:
    gap = make_sizes(3, lambda cell: (cell.model, cell.condition, cell.language) == ("lab-micro", "mnli.ja", "ja"))
    said = answer_paragraph(gap.comparison, gap.plan.study)
    assert said == (
        "Not answered yet: how what Japanese rather than English training with mnli gives on xnli changes with size is "
        "not known, for gaps on lab-micro (1 of 2 missing)."
    )
    seed = make_sizes(3, seeds=(1,))
    said = answer_paragraph(seed.comparison, seed.plan.study)
    assert re.search(r" points \[[^()]+ to [^()]+\] on xnli, not tested \(one seed says nothing of another run\)", said)
    one = make_sizes(1)
    said = answer_paragraph(one.comparison, one.plan.study)
    assert said.startswith("On lab-nano, what Japanese rather than English training with mnli gives is ")
    assert said.endswith("The study has one size, lab-nano, so it says nothing of what size changes.")


def test_models_of_no_common_ladder_are_refused_a_slope_with_the_reason(make_sizes: Callable[..., Any]) -> None:
    case = make_sizes(2, ladder="")
    assert "in no ladder with another model of the study" in answer_paragraph(case.comparison, case.plan.study)
    assert case.comparison.slopes.empty
    assert any("no slope has it" in line for line in size_notes(case.comparison, case.plan.study))
