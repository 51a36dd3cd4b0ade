"""The page's table of languages, what of it is on the first page, and its data file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from framed import misfits
from sealed import fill
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.evidence.attached import attached
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import collect
from stepstone.evidence.languages import COLUMNS
from stepstone.planning.plan import Plan
from stepstone.report.files import data_files
from stepstone.report.languages import language_block, language_warnings, languages_for_terminal
from stepstone.report.page import report
from stepstone.store.store import Store


@pytest.fixture
def read(make_plan: Callable[..., Plan], store: Store) -> tuple[Study, pd.DataFrame, Plan]:
    """The invented study: a tokenizer that turns 6 of 10 pieces of Japanese into the unknown one, and cut German."""

    def more(stage: Stage) -> dict[str, Any]:
        use = stage.spec.data if stage.kind == "evaluate" else getattr(stage.spec, "train", None)
        if use is not None and use.language == "ja":
            return {"pieces": {"unknown": 6, "of": 10, "words": 2, "characters": 8}}
        cut = {"truncated": {"examples": 5, "of": 20}} if use is not None and use.language == "de" else {}
        return {"pieces": {"unknown": 0, "of": 30, "words": 20, "characters": 90}, **cut}

    planned = make_plan(seeds=[1])
    fill(Path(), planned, store, more=more)
    return planned.study, collect(planned, store), planned


@pytest.mark.slow
def test_a_tokenizer_that_does_not_know_a_language_is_on_the_first_page(read: Any, tmp_path: Path) -> None:
    study, frame, planned = read
    page = report(planned, frame, tmp_path, compare(frame, study)).read_text(encoding="utf-8")
    first = page[page.index('id="found"') : page.index('id="gains"', page.index("</nav>"))]
    assert "Word pieces that the tokenizer of alpha does not know, of all that were evaluated: ja 60.0 %" in first
    said = "Under alpha more than 10 % of the examples lost word pieces to the encoder&#39;s length: "
    assert f"{said}xnli in de 25.0 %, tatoeba in de 25.0 %" in first
    assert "more than 10 % of the questions have no input that holds their answer: xquad in de 25.0 %" in first
    assert page.count('<a href="#languages">') == 1 and page.count('<section id="languages">') == 1


def test_the_table_has_a_line_for_each_language_and_training(read: Any) -> None:
    study, frame, _ = read
    assert misfits("languages", attached(frame, "languages", pd.DataFrame())) == []
    (group,) = language_block(frame, study).groups
    lines = {line.label: [(one.text, one.detail, one.tone) for one in line.entries] for line in group[1]}
    assert group[0] == "alpha"
    assert lines["de"] == [
        ("1.50", "", "level"),
        ("0.0", "", "level"),
        ("25.0", "xnli, over 10 %", "lower"),
        ("25.0", "over 10 %", "lower"),
        ("0", "", "level"),
    ]
    assert lines["ja"][:2] == [("1.25", "per character", "level"), ("60.0", "tatoeba, over 5 %", "lower")]
    assert lines["jnli in ja, trained on"][1] == ("60.0", "over 5 %", "lower")
    shown = languages_for_terminal(frame, study)
    assert shown is not None and shown.row_count == len(lines)


@pytest.mark.slow
def test_every_row_is_in_the_data_files_with_its_columns_explained(read: Any) -> None:
    study, frame, _ = read
    files = data_files(frame, compare(frame, study), study)
    table = pd.read_csv(io.BytesIO(files["languages.csv"]))
    assert list(table.columns) == [*COLUMNS, "lab"]
    row = table[(table["task"] == "tatoeba") & (table["language"] == "ja")].iloc[0]
    assert (row["unknown"], row["fertility"], row["per"], row["flagged"]) == (60.0, 1.25, "character", "unknown")
    known = pd.read_csv(io.BytesIO(files["dictionary.csv"]))
    assert set(known.loc[known["file"] == "languages.csv", "column"]) == {*COLUMNS, "lab"}
    assert pd.read_parquet(io.BytesIO(files["languages.parquet"]))["num_pieces"].dtype == "Int64"


def test_nothing_read_yet_is_no_table(make_plan: Callable[..., Plan], store: Store) -> None:
    planned = make_plan(seeds=[1])
    frame = collect(planned, store)
    assert language_block(frame, planned.study) is None and not list(language_warnings(frame, planned.study))
    assert languages_for_terminal(frame, planned.study) is None
