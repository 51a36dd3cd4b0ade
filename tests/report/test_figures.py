"""Figures show every comparison with its seeds, tell what an interval is over, and fit a page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from stepstone.report.drawing import GREY, WIDTH, Figure, with_names
from stepstone.report.figures import figures

pytestmark = pytest.mark.slow

NAMES = ("xnli", "pawsx", "tatoeba", "xquad", "mlqa", "udpos", "bucc2018")


@cache
def drawn(case: Any) -> dict[str, Figure]:
    return {figure.name: figure for figure in with_names(figures(case.comparison, case.plan.study))}


def words(figure: Figure) -> str:
    return " ".join(ElementTree.fromstring(figure.svg).itertext())


@pytest.fixture(scope="module")
def large_case(make_case: Callable[..., Any]) -> Any:
    return make_case(targets=NAMES, num_examples=40, languages=("en", "ja"), seeds=(1, 2))


def test_a_forest_names_every_comparison_and_target_and_shows_its_seeds(lab_case: Any) -> None:
    forest = drawn(lab_case)["forest_small"]
    for said in ("mnli in en-like", "mnli in ja-like", "mnli: ja-like − en-like", "xnli", "tatoeba"):
        assert said in words(forest)
    # Two gains and a contrast, in two targets, under three seeds.
    assert forest.svg.count('fill-opacity="0.45"') + forest.svg.count(' opacity="0.45"') == 3 * 2 * 3
    assert "circles the single seeds" in forest.caption


def test_a_gap_is_written_where_its_value_would_stand(lab_case: Any) -> None:
    figures = drawn(lab_case)
    assert len(re.findall(r">gap<", figures["forest_large"].svg)) == 2
    assert ">gap<" not in figures["forest_small"].svg


def test_an_interval_over_test_examples_only_is_dashed_and_grey(real_case: Any, lab_case: Any) -> None:
    dashed = f'stroke="{GREY}" stroke-width="1.4" stroke-dasharray="4,3"'
    intervals = {name: one for name, one in drawn(real_case).items() if not name.startswith(("gains_by", "gain_by"))}
    for name, figure in intervals.items():
        assert dashed in figure.svg and "(dashed: over test examples only)" in figure.caption, name
    for name, figure in drawn(lab_case).items():
        assert dashed not in figure.svg and "dashed" not in figure.caption, name
        assert "layer_3_marks" not in figure.svg or name.startswith(("forest", "gain_by")), (
            "a layer that nothing is drawn in"
        )


def test_one_seed_is_not_drawn_beside_its_own_mean(real_case: Any) -> None:
    forest = drawn(real_case)["forest_small"]
    assert "0.45" not in re.findall(r'opacity="([\d.]+)"', forest.svg) and "single seeds" not in forest.caption


def test_a_heat_map_of_conditions_and_targets_comes_first(large_case: Any, lab_case: Any) -> None:
    for case in (large_case, lab_case):
        assert list(drawn(case))[:2] == ["gains_by_condition_and_target", "forest_small"]
    heat = drawn(lab_case)["gains_by_condition_and_target"]
    # What was not computed is written in its place, in both arms' panel of the model that lacks it.
    assert ">gap<" in heat.svg


def test_a_score_that_is_not_above_chance_is_framed_in_the_heat_map(make_case: Callable[..., Any]) -> None:
    def guesses(model: str, condition: str, target: str, language: str) -> float:
        return 1 / 3 - 0.5 if (condition, target) == ("mnli.ja", "xnli") else 0.0

    case = make_case(effect=guesses, targets=("xnli", "pawsx"), languages=("en", "ja"), num_examples=150, seeds=(1, 2))
    heat = drawn(case)["gains_by_condition_and_target"]
    data = pd.read_csv(io.StringIO(heat.data))
    framed = data[data["is_at_chance"]]
    assert list(zip(framed["condition"], framed["target"], strict=True)) == [("mnli.ja", "xnli")]
    assert heat.svg.count('stroke-dasharray="3,2"') == 1


def test_gains_are_drawn_by_distance_from_the_source_language(lab_case: Any) -> None:
    figure = drawn(lab_case)["gain_by_distance_small"]
    data = pd.read_csv(io.StringIO(figure.data))
    near = dict(zip(data["part"], data["kinship"], strict=True))
    assert near == {
        "en": "source language",
        "de": "same genus",
        "ja": "other family and script",
        "ko": "other family and script",
    }
    for said in ("source language", "same genus", "mnli in ja-like"):
        assert said in words(figure)
    assert re.search(r'"mnli in ja-like, same genus: [+−]?[0-9]+\.[0-9], mean"', figure.svg)
    assert not re.search(r'aria-label="[^"]*[0-9]\.[0-9]{3}', figure.svg), "no mark is said with all its digits"


def test_every_figure_has_its_numbers_as_text(lab_case: Any) -> None:
    gains = lab_case.comparison.gains
    for name, figure in drawn(lab_case).items():
        data = pd.read_csv(io.StringIO(figure.data))
        assert len(data) and "value" in data and not data.astype(str).isin(["n0", "n1"]).any(axis=None), name
    data = pd.read_csv(io.StringIO(drawn(lab_case)["gain_small_mnli"].data))
    own = gains[(gains["model"] == "small") & (gains["level"] == "language")]
    assert sorted(data["value"]) == pytest.approx(sorted(own["value"].dropna()))


def test_no_figure_is_wider_than_a_page(large_case: Any, lab_case: Any) -> None:
    for case in (large_case, lab_case):
        for name, figure in drawn(case).items():
            assert float(ElementTree.fromstring(figure.svg).attrib["width"]) <= WIDTH, name


def test_a_figure_has_its_caption_as_text_for_who_cannot_see_it(lab_case: Any) -> None:
    for figure in drawn(lab_case).values():
        root = ElementTree.fromstring(figure.svg).attrib
        assert root["role"] == "img" and root["aria-label"] == figure.caption
        assert not re.search(r'aria-label="[^"]*: n0\b', figure.svg), "codes of names are no text for anybody"
