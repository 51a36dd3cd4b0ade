"""The page of the frames is what the evidence declares, and the frames are as the page says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from framed import misfits
from stepstone.core.analysis import Primary
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect
from stepstone.report import frame_reference as reference

PAGE = Path(__file__).parents[2] / "docs" / "frames.md"
CLAIMS = """
title = "A paper"
[[claim]]
id = "far"
statement = "Japanese helps."
place = "table 2"
test = { kind = "comparison", arm = "mnli.ja", target = "xnli", part = "all", by = 5 }
"""


def test_the_page_is_what_is_declared() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), f"a column of a frame changed: run `{reference.COMMAND}`"


def test_every_column_of_every_frame_has_a_type_and_a_meaning() -> None:
    for name, frame in reference.FRAMES.items():
        section = PAGE.read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert f"`{frame.code}`" in section
        lines = [line for line in section.splitlines() if line.startswith("| `")]
        assert "Its columns are those of" in section or len(lines) == len(frame.columns)
        assert all(len(said) > 5 for said in frame.columns.values())


def test_every_frame_of_a_comparison_has_a_section() -> None:
    frames = {one.name for one in fields(Comparison) if one.type in ("pd.DataFrame", pd.DataFrame)}
    assert frames and frames == {name for name, one in reference.FRAMES.items() if one.code == f"comparison.{name}"}


def test_the_frames_of_a_study_are_as_the_page_says(lab_case: Any) -> None:
    assert misfits("cells", lab_case.frame) == []
    for name in ("gains", "contrasts", "interactions", "scores", "gaps", "levels", "composite"):
        for body in (lab_case.comparison, lab_case.comparison.without):
            assert len(getattr(body, name)) and misfits(name, getattr(body, name)) == []


@pytest.fixture
def whole(make_case: Callable[..., Any], tmp_path: Path) -> Comparison:
    """Two sizes of a ladder, scores of the intermediate tasks themselves, a primary comparison and a claim."""
    synthetic = sys.modules["stepstone_tests_synthetic"]
    models = {"small": 1_000_000, "large": 4_000_000}
    world = synthetic.World(
        models=models, ladder="lab", languages=("en", "ja"), groups={}, seeds=(1, 2), num_examples=40
    )
    plan, store = synthetic.with_own_scores(*synthetic.make(tmp_path / "made", world))
    (tmp_path / "own.toml").write_text(CLAIMS, encoding="utf-8")
    primary = Primary(intermediate="mnli", language="ja", against="en", target="xnli", part="all")
    study = plan.study.model_copy(update={"claims": (str(tmp_path / "own.toml"),), "primary": primary})
    return compare(collect(plan, store), study, Settings(num_resamples=50, num_permutations=0))


def test_frames_that_not_every_study_has_are_as_the_page_says(whole: Comparison) -> None:
    for name in ("primary", "slopes", "own", "claims"):
        assert len(getattr(whole, name)) and misfits(name, getattr(whole, name)) == []
    for name in ("published", "selection"):
        assert misfits(name, getattr(whole, name)) == []


def test_a_frame_that_differs_is_noticed(lab_case: Any) -> None:
    levels = lab_case.comparison.levels
    assert misfits("levels", levels.assign(value="50")) == ["levels.value: <class 'str'> '50'"]
    assert misfits("levels", levels.drop(columns="name")) == ["levels.name: on one side alone"]
    assert misfits("levels", levels.assign(more=1)) == ["levels.more: on one side alone"]
