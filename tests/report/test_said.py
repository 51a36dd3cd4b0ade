"""What is said of a number is the same wherever it stands, and true of one seed, of a lost one and of a margin."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from invented import commit, plan_in
from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect, rows_of
from stepstone.report.answer import answer_paragraph, answer_sentences
from stepstone.report.composite import composite_blocks, composite_sentences
from stepstone.report.encoder_pairs import encoder_answer
from stepstone.report.figures import figures
from stepstone.report.grid import grids
from stepstone.report.labels import contrast_label, interval
from stepstone.report.notes import caption, trained_in
from stepstone.report.opening import target_lines
from stepstone.report.summary import findings, overview, primary_lines, verdicts
from stepstone.store.store import Store

pytestmark = pytest.mark.slow
SEVERAL_SOURCES: dict[str, Any] = {
    "languages": ["en", "de", "ja"],
    "source_languages": ["de", "ja"],
    "target": {"pawsx": {}},
    "lab": {},
}


def compared(folder: Path, **changes: Any) -> tuple[Study, Comparison]:
    """The invented study with some of its keys changed, every stage of it committed."""
    planned, store = plan_in(folder, **changes), Store(folder / "store")
    for stage in planned.stages.values():
        commit(store, stage)
    settings = Settings(num_resamples=50, num_permutations=0)
    return planned.study, compare(collect(planned, store), planned.study, settings)


def test_an_interval_over_examples_alone_has_its_brackets_wherever_it_stands(make_case: Callable[..., Any]) -> None:
    case = make_case(targets=("xnli", "tatoeba"), seeds=(1,), num_examples=60)
    made, study = case.comparison, case.plan.study
    (grid, *_) = grids(made, study)
    score = next(line for line in grid.lines if line.kind == "score").entries[-1]
    assert score.detail.startswith("[")
    assert target_lines(made, study)[-1].baseline == f"{score.text} {score.detail}"
    dev = made.composite[made.composite["low"].notna()]
    assert len(dev) and all(interval(row).startswith("[") for row in rows_of(dev))
    assert "[" in composite_sentences(made.composite)[0] and " to " in composite_sentences(made.composite)[0]
    shown = [
        entry.detail
        for block in composite_blocks(made.composite, made.evidence, study)
        for _, lines in block.groups
        for line in lines
        for entry in line.entries
    ]
    assert not [detail for detail in shown if detail.startswith("(")]


def test_the_p_of_what_is_within_the_margin_is_that_of_the_test_that_shows_it(make_case: Callable[..., Any]) -> None:
    case = make_case(targets=("xnli",), seeds=(1, 2), num_examples=40)
    row = {"verdict": "equivalent", "p_holm": 0.61, "p_equivalence_holm": 0.012}
    made = replace(case.comparison, primary=case.comparison.contrasts[:1].assign(**row))
    study = case.plan.study.model_copy(update={"margin": 0.25})
    assert "(p = 0.012)" in answer_sentences(made, study)[0] and "0.61" not in answer_sentences(made, study)[0]
    assert "p = 0.012: no difference larger than the margin" in primary_lines(made, study)[0]
    assert "no larger than 0.25 points" in verdicts(rows_of(made.primary), study)
    assert any("no larger than 0.25 points" in line for line in caption(made, study))


def test_what_has_no_test_says_why(make_case: Callable[..., Any]) -> None:
    def same(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "prediction": row["gold"]} for row in rows]

    case = make_case(targets=("xnli",), seeds=(1, 2), num_examples=40, rewrite=same)
    (line, *_) = overview(case.comparison, case.plan.study)
    assert "not tested (neither seeds nor examples vary)" in line and "one seed" not in line
    rows = rows_of(case.comparison.gains[:1].assign(verdict="gap"))
    assert verdicts(rows, case.plan.study).endswith(" and 1 gap")


def test_a_lost_seed_is_said_of_the_answer_and_counted_as_the_table_has_it(make_case: Callable[..., Any]) -> None:
    case = make_case(lambda cell: cell.condition == "mnli.ja" and cell.seed == 3, targets=("xnli",), num_examples=60)
    assert "It rests on 2 of 3 seeds." in answer_sentences(case.comparison, case.plan.study)
    (grid,) = grids(case.comparison, case.plan.study)
    num = sum("2 of 3 seeds" in entry.detail for line in grid.lines for entry in line.entries)
    assert f"{num} values of the table rest on fewer seeds than planned." in caption(case.comparison, case.plan.study)


def test_one_training_is_not_called_all(make_case: Callable[..., Any]) -> None:
    case = make_case(targets=("xnli",), intermediates={"mnli": ("en",)}, seeds=(1, 2), num_examples=40)
    own = case.comparison.scores[:1].assign(learned=True)
    lines = caption(replace(case.comparison, own=own), case.plan.study)
    assert "The intermediate training learned its own task better than rules without learning." in lines
    assert not [line for line in lines if "between two arms" in line]


def test_arms_are_counted_alike_at_a_glance_and_over_all(make_case: Callable[..., Any]) -> None:
    case = make_case(targets=("xnli",), seeds=(1, 2), num_examples=40, control=True)
    _, arms, controls, *_ = overview(case.comparison, case.plan.study)
    assert arms.startswith("3 comparisons of one arm with another: ")
    assert controls.startswith("6 comparisons of an arm with the control: ")
    assert target_lines(case.comparison, case.plan.study)[0].contrasts == arms.partition(": ")[2].rstrip(".")


def test_a_way_to_train_targets_has_its_name_and_a_colour_of_its_own(tmp_path: Path) -> None:
    study, made = compared(tmp_path, languages=["en", "de"], num_target_examples=[1, 2], target={"xnli": {}})
    drawn = {figure.subject: figure for figure in figures(made, study)}
    data = pd.read_csv(io.StringIO(drawn["contrast", "ja", "en", "xnli"].data))
    assert set(data["series"]) == {"nli (1 examples)", "nli (2 examples)"}
    assert not data.duplicated(["model", "part", "series"]).any()
    shots = Study.parse({"name": "s", "models": ["m"], "target": {"xnli": {}}, "num_shots": [0, 16]})
    row = {"intermediate": None, "arm": None, "setting": "16 shots", "reference_setting": ""}
    assert contrast_label(row, shots) == "no intermediate task: 16 shots − 0 shots"
    assert trained_in(shots).endswith("evaluated in every other language after 0 and 16 examples of it")


def test_distance_and_method_are_from_the_languages_that_targets_are_trained_in(tmp_path: Path) -> None:
    study, made = compared(tmp_path, **SEVERAL_SOURCES)
    drawn = {figure.subject: figure for figure in figures(made, study)}["gain_by_distance", "alpha"]
    data = pd.read_csv(io.StringIO(drawn.data))
    nearest = data[data["kinship"] == "source language"]
    assert set(zip(nearest["label"].str.extract(r"source (\w+)", expand=False), nearest["part"], strict=True)) == {
        ("de", "de"),
        ("ja", "ja"),
    }
    assert "trained in (de-like, ja-like)" in drawn.caption
    assert trained_in(study).startswith("targets are trained in de-like or ja-like, as each target or arm says,")
    assert "(source de-like)" in answer_sentences(made, study)[0]


ENCODERS: dict[str, Any] = {
    "models": ["alpha", "beta"],
    "model": {
        name: {"hub": f"someone/{name}", "revision": "0a1b2c", "num_parameters": num}
        for name, num in (("alpha", 1000), ("beta", 2000))
    },
    "intermediate": {},
}


def test_a_study_of_encoders_and_of_ways_to_train_says_both(tmp_path: Path) -> None:
    study, made = compared(tmp_path, **{**SEVERAL_SOURCES, **ENCODERS})
    # Ways to train targets are what such a study is asked about; encoders are compared in the first of them.
    asked = "what source ja-like rather than source de-like gives without an intermediate task is "
    assert answer_paragraph(made, study).startswith(f"On alpha, {asked}")
    said = overview(made, study)
    assert len(said) >= 2 and "of one encoder with another (target, languages): " in said[0]
    assert "of one way to train targets with another: " in said[1]
    assert [one.target for one in findings(made, study)] == ["pawsx"]
    assert set(made.encoders["setting"]) == {"source de"}


def test_the_score_of_the_best_encoder_is_of_the_way_that_is_compared(tmp_path: Path) -> None:
    _, made = compared(tmp_path, **{**SEVERAL_SOURCES, **ENCODERS})
    scores = made.scores.copy()
    # Under another source language the other encoder would seem the best.
    scores["value"] = [
        {("alpha", "none"): 60.0, ("beta", "none"): 50.0, ("beta", "none@ja"): 90.0}.get(one, 10.0)
        for one in zip(scores["model"], scores["condition"], strict=True)
    ]
    first, *_ = encoder_answer(replace(made, scores=scores))
    assert first.startswith("Of 2 encoders alpha scores highest on pawsx (60.0), and is ")


def test_within_the_margin_two_encoders_have_that_test_s_p(make_case: Callable[..., Any]) -> None:
    case = make_case(models={"a": 1_000_000, "b": 2_000_000}, intermediates={}, num_examples=40)
    equal = {"verdict": "equivalent", "p_holm": 0.61, "p_equivalence_holm": 0.012}
    made = replace(case.comparison, encoders=case.comparison.encoders.assign(**equal))
    first, second = encoder_answer(made)
    assert "is not shown to score higher than" in first and second.endswith("within the margin (p = 0.012).")


def test_ways_to_train_are_named_in_the_answer_after_an_intermediate_task_too(tmp_path: Path) -> None:
    study, made = compared(tmp_path, **SEVERAL_SOURCES, intermediate={"nli": {"tasks": {"en": "mnli"}}})
    asked = "what source ja-like rather than source de-like gives "
    assert f"{asked}without an intermediate task is " in answer_paragraph(made, study)
    of_arm = made.contrasts[made.contrasts["intermediate"].eq("nli")]
    assert f"{asked}after English-like nli is " in answer_paragraph(replace(made, contrasts=of_arm), study)
