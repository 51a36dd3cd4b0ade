"""How alike texts are: from records to a table, a column of the composite, the page and a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from framed import misfits
from stepstone.evidence.attached import attached
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import collect
from stepstone.evidence.text_similarity import SIMILARITY_COLUMNS
from stepstone.planning.plan import Plan
from stepstone.report.files import data_files
from stepstone.report.page import report
from stepstone.report.text_similarity import similarity_block
from stepstone.store.store import Store

VECTORS = {
    "mnli.train.en": (1.0, 0.0),
    "jnli.train.ja": (0.0, 1.0),
    "squad.train.en": (3.0, 4.0),
    "tatoeba.test.de": (0.0, 2.0),
    "tatoeba.test.ja": (0.0, 4.0),
}


@pytest.fixture
def read(make_plan: Callable[..., Plan], fill: Callable[..., Any]) -> Plan:
    """The invented study with the vectors of all its texts, and nothing else."""
    planned = make_plan(seeds=[1], probes={"text_similarity": True})
    for stage in planned.stages.values():
        if stage.kind == "text_vector":
            (use,) = stage.spec.uses()
            fill(stage, vector=VECTORS[f"{use.task}.{use.split}.{use.language}"], num_examples=50, num_cut=0)
    return planned


def test_arms_are_compared_with_targets_before_anything_is_trained(read: Plan, store: Store) -> None:
    table = attached(collect(read, store), "text_similarity", pd.DataFrame())
    assert list(table.columns) == list(SIMILARITY_COLUMNS) and misfits("text_similarity", table) == []
    found = table.set_index(["condition", "target"])["similarity"].to_dict()
    assert found == pytest.approx(
        {
            ("nli.en", "xnli"): 1.0,
            ("nli.en", "xquad"): 0.6,
            ("nli.en", "tatoeba"): 0.0,
            ("nli.ja", "xnli"): 0.0,
            ("nli.ja", "xquad"): 0.8,
            ("nli.ja", "tatoeba"): 1.0,
        }
    )
    assert (
        set(table["num_texts"]) == {50}
        and table.set_index("target")["num_target_texts"]["tatoeba"].tolist() == [100] * 2
    )


def test_what_was_not_read_is_not_compared(
    make_plan: Callable[..., Plan], fill: Callable[..., Any], store: Store
) -> None:
    planned = make_plan(seeds=[1], probes={"text_similarity": True})
    for stage in planned.stages.values():
        if stage.kind == "text_vector" and stage.spec.uses()[0].language != "ja":
            fill(stage, vector=(1.0, 2.0), num_examples=50, num_cut=0)
    table = attached(collect(planned, store), "text_similarity", pd.DataFrame())
    # Of Tatoeba one of two languages was read, of JNLI nothing.
    assert set(zip(table["condition"], table["target"], strict=True)) == {("nli.en", "xnli"), ("nli.en", "xquad")}


def test_the_page_and_a_file_have_it_before_there_is_any_score(read: Plan, store: Store, tmp_path: Path) -> None:
    frame = collect(read, store)
    block = similarity_block(frame, read.study)
    assert block is not None and block.head == ("xnli", "xquad", "tatoeba")
    ((model, lines),) = block.groups
    assert model == "alpha"
    assert {line.label: [(entry.text, entry.detail) for entry in line.entries] for line in lines} == {
        "nli in en": [("1.000", "(1 of 2)"), ("0.600", "(2 of 2)"), ("0.000", "(2 of 2)")],
        "nli in ja": [("0.000", "(2 of 2)"), ("0.800", "(1 of 2)"), ("1.000", "(1 of 2)")],
    }
    comparison = compare(frame, read.study)
    page = report(read, frame, tmp_path / "out", comparison).read_text(encoding="utf-8")
    assert "How alike texts are" in page and "text_similarity.csv" in page and "composite.csv" not in page
    written = pd.read_csv(tmp_path / "out" / "text_similarity.csv")
    assert written["similarity"].tolist() == pytest.approx([1.0, 0.6, 0.0, 0.0, 0.8, 1.0])
    known = pd.read_csv(io.BytesIO(data_files(frame, comparison, read.study)["dictionary.csv"]))
    assert set(known.loc[known["file"] == "text_similarity.csv", "column"]) == {*SIMILARITY_COLUMNS, "lab"}


def test_a_study_that_asks_for_none_has_none(make_plan: Callable[..., Plan], store: Store) -> None:
    plain = make_plan(seeds=[1])
    frame = collect(plain, store)
    assert attached(frame, "text_similarity", None).empty and similarity_block(frame, plain.study) is None
    assert "text_similarity.csv" not in data_files(frame, compare(frame, plain.study), plain.study)
