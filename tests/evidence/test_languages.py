"""What encoders make of languages is gathered from records: pieces per word, unknown, cut, lost, left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sealed import fill
from stepstone.core.stage import Stage
from stepstone.evidence.attached import attached
from stepstone.evidence.frame import collect
from stepstone.planning.plan import Plan
from stepstone.store.store import Store

More = dict[tuple[str, str, str], dict[str, Any]]


def _pieces(unknown: int, of: int, words: int | None, characters: int | None) -> dict[str, Any]:
    return {"pieces": {"unknown": unknown, "of": of, "words": words, "characters": characters}}


@pytest.fixture
def table(make_plan: Callable[..., Plan], store: Store) -> Callable[..., pd.DataFrame]:
    """`table(first, second)`: the rows where the first run of a kind, task and language says the first, and so on."""

    def make(*said: More) -> pd.DataFrame:
        planned = make_plan(seeds=[1])
        asked: dict[str, dict[str, Any]] = {}
        for place, stages in _by_place(planned).items():
            for stage, more in zip(stages, (one.get(place) for one in said), strict=False):
                if more is not None:
                    asked[stage.key] = more
        kept = {stage.key for stage in planned.stages.values() if stage.key in asked}
        fill(Path(), planned, store, lambda stage: stage.key not in kept, more=lambda stage: asked[stage.key])
        found: pd.DataFrame = attached(collect(planned, store), "languages", pd.DataFrame())
        return found.set_index(["use", "task", "language"])

    return make


def _by_place(planned: Plan) -> dict[tuple[str, str, str], list[Stage]]:
    found: dict[tuple[str, str, str], list[Stage]] = {}
    for stage in planned.stages.values():
        if stage.kind in ("evaluate", "finetune"):
            use = stage.spec.data if stage.kind == "evaluate" else stage.spec.train
            found.setdefault((stage.kind, use.task, use.language), []).append(stage)
    return found


def test_a_language_is_read_by_words_or_by_characters(table: Callable[..., pd.DataFrame]) -> None:
    rows = table(
        {
            ("evaluate", "xnli", "de"): _pieces(1, 30, 20, 90),
            ("evaluate", "tatoeba", "ja"): _pieces(6, 10, 1, 40),
            ("finetune", "jnli", "ja"): _pieces(60, 100, 3, 400),
        }
    )
    german, japanese = rows.loc[("evaluated", "xnli", "de")], rows.loc[("evaluated", "tatoeba", "ja")]
    assert (german["per"], german["fertility"], german["flagged"]) == ("word", 1.5, "")
    assert german["unknown"] == pytest.approx(100 / 30)
    assert (japanese["per"], japanese["fertility"], japanese["unknown"]) == ("character", 0.25, 60.0)
    assert japanese["flagged"] == "unknown"
    trained = rows.loc[("trained on", "jnli", "ja")]
    assert (trained["model"], trained["flagged"], trained["fertility"]) == ("alpha", "unknown", 0.25)
    assert len(rows) == 3, "what was not read is no row"


def test_texts_are_cut_where_answers_are_lost_of_questions(table: Callable[..., pd.DataFrame]) -> None:
    skipped = [
        {"task": "xnli", "split": "test", "language": "de", "counts": {"comment lines": 4}},
        {"task": "xnli", "split": "dev", "language": "de", "counts": {"comment lines": 9}},
    ]
    first: More = {
        ("evaluate", "xnli", "de"): {"truncated": {"examples": 1, "of": 20}},
        ("evaluate", "xquad", "de"): {"truncated": {"examples": 2, "of": 20}},
    }
    second: More = {("evaluate", "xnli", "de"): {"truncated": {"examples": 3, "of": 20}, "skipped": skipped}}
    rows = table(first, second)
    texts, questions = rows.loc[("evaluated", "xnli", "de")], rows.loc[("evaluated", "xquad", "de")]
    assert (texts["cut"], texts["flagged"], texts["num_skipped"]) == (15.0, "cut", 4) and math.isnan(texts["lost"])
    assert (questions["lost"], questions["flagged"]) == (10.0, "") and math.isnan(questions["cut"])


def test_a_record_of_before_says_nothing_of_words(table: Callable[..., pd.DataFrame]) -> None:
    place = ("evaluate", "xnli", "de")
    old, new = {place: _pieces(1, 30, None, None)}, {place: _pieces(1, 30, 10, 90)}
    assert math.isnan(table(old).loc[("evaluated", "xnli", "de"), "fertility"])
    assert table(old, new).loc[("evaluated", "xnli", "de"), "fertility"] == 3.0


def test_nothing_read_is_a_table_without_rows(table: Callable[..., pd.DataFrame]) -> None:
    assert len(table()) == 0
