"""Claims on the page and in the files: verdict, effect and confidence; published scores beside ours; the lab's mark."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import compare
from stepstone.report.claims import LAB_CLAIMS, claim_lines
from stepstone.report.page import report

pytestmark = pytest.mark.slow

Told = tuple[Any, Path]
CLAIMS = """
title = "A paper"
[[claim]]
id = "far"
statement = "Japanese helps far languages <most>."
place = "table 2"
reading = "more than 5 points"
published = [{ what = "gain", value = 12.5, read = "remembered" }]
test = { kind = "comparison", arm = "mnli.ja", target = "xnli", part = "far", by = 5 }
[[claim]]
id = "both"
statement = "Japanese helps near and far."
place = "table 3"
test = { kind = "count", arm = "mnli.ja", target = ["xnli"], part = "near", at_least = 1 }
[[claim]]
id = "people"
statement = "People like it."
place = "section 4"
untested = "no study asks people"
[[score]]
model = "small"
target = "xnli"
metric = "accuracy"
value = 48.5
read = "table 1"
"""


@pytest.fixture(scope="module")
def written(make_case: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Told]:
    """A study with these claims, reported: its comparison, and the folder of its page."""
    folder = tmp_path_factory.mktemp("claims")
    (folder / "own.toml").write_text(CLAIMS, encoding="utf-8")

    def write(**changes: Any) -> Told:
        case = make_case(seed_sd=0.01, num_examples=150, **changes)
        study = case.plan.study.model_copy(update={"claims": (str(folder / "own.toml"),)})
        comparison = compare(case.frame, study, Settings(num_resamples=300, num_permutations=0))
        place = folder / str(len(changes))
        report(replace(case.plan, study=study), case.frame, place, comparison)
        return comparison, place

    return write


@pytest.fixture(scope="module")
def real(written: Callable[..., Told]) -> Told:
    return written()


def test_page_and_files_say_what_was_found(real: Told) -> None:
    comparison, folder = real
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert (
        "Japanese helps far languages &lt;most&gt;. (A paper: table 2)" in page
        and "Read as: more than 5 points." in page
    )
    assert "not tested: no study asks people" in page and LAB_CLAIMS not in page
    assert "How far it can be relied on" in page and "<td>not audited</td><td>nobody looked for" in page
    table = pd.read_csv(io.BytesIO((folder / "claims.csv").read_bytes()))
    assert table["verdict"].tolist() == ["supported", "contradicted", "not tested"]
    far, both, people = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    assert (far["effect"], far["confidence"]) == (comparison.claims["effect"][0], comparison.claims["confidence"][0])
    assert both["steps"][0]["of"] == "mnli.ja \N{MINUS SIGN} none on xnli" and people["effect"] is None
    described = pd.read_csv(io.BytesIO((folder / "dictionary.csv").read_bytes()))
    assert set(described[described["file"] == "claims.csv"]["column"]) == set(table.columns)


def test_published_scores_stand_beside_ours(real: Told) -> None:
    comparison, folder = real
    (row,) = comparison.published.to_dict("records")
    scores = comparison.scores
    own = scores[(scores["condition"] == "none") & (scores["level"] == "all")]["value"].iloc[0]
    assert row["published"] == 48.5 and row["ours"] == pytest.approx(own) and row["num_seeds"] == 3
    assert "Published scores beside ours" in (folder / "report.html").read_text(encoding="utf-8")


def test_of_the_lab_they_test_the_lab_and_nothing_published_stands_beside(
    written: Callable[..., Told],
) -> None:
    comparison, folder = written(lab=True)
    assert LAB_CLAIMS in (folder / "report.html").read_text(encoding="utf-8") and comparison.published.empty
    assert all(one["lab"] for one in json.loads((folder / "claims.json").read_text(encoding="utf-8")))


def test_an_effect_is_read_with_its_interval(real: Told, real_case: Any) -> None:
    comparison, _ = real
    far, both, people = claim_lines(comparison.claims, real_case.plan.study)
    assert far.effect.startswith("+") and " points (" in far.effect and far.confidence == "> 99 %"
    assert both.effect.startswith("0 of 1 (0 to ") and people.effect == "" == people.confidence
    assert far.published == "gain: 12.5 points (remembered)"
