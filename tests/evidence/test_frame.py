"""Every cell of a plan is a row, and a row says what is wrong with it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from stepstone.evidence.attached import attached
from stepstone.evidence.frame import COLUMNS, collect
from stepstone.evidence.ran import Run
from stepstone.store.failures import Failure


@pytest.mark.slow
def test_every_cell_is_a_row_with_its_score(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World())
    frame = collect(plan, store)
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == len(plan.cells) == 3 * 4 * 3
    assert set(frame["status"]) == {"done"}
    assert frame["value"].between(30, 70).all()
    assert {Path(path).name for path in frame["predictions"]} == {"predictions.jsonl"}


def test_a_row_names_what_its_language_is(tmp_path: Path, synthetic: ModuleType) -> None:
    frame = collect(*synthetic.make(tmp_path, synthetic.World(languages=("de", "ja"), seeds=(1,), num_examples=20)))
    rows = frame[frame["condition"] == "none"].set_index("language")
    assert rows.loc["de", ["family", "genus", "script"]].tolist() == ["Indo-European", "Germanic", "Latin"]
    assert rows.loc["ja", "family"] == "Japonic" and rows.loc["ja", "script"] == "Japanese"
    assert set(frame["unit"]) == {"percent"}


def test_a_row_has_the_levels_of_rules_without_learning(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World(seeds=(1,), num_examples=20))
    cell = plan.cells[0]
    record = store.record(cell.key)
    text = (store.root / record.folder / "predictions.jsonl").read_text(encoding="utf-8")
    result = {**record.result.model_dump(), "trivial": {"chance": 33.3, "majority": 40.0}}
    synthetic.commit(store, plan.stages[cell.key], {"predictions.jsonl": text}, result)
    row = collect(plan, store).iloc[0]
    assert row["trivial"] == {"chance": 33.3, "majority": 40.0} and row["chance"] == 33.3


def test_a_row_counts_the_clusters_of_its_examples(tmp_path: Path, synthetic: ModuleType) -> None:
    def rewrite(cell, rows):  # type: ignore[no-untyped-def]
        return [
            {**row, "cluster": f"c{place // 5}"} if cell.language == "ja" else row for place, row in enumerate(rows)
        ]

    world = synthetic.World(languages=("en", "ja"), seeds=(1,), num_examples=20, rewrite=rewrite)
    frame = collect(*synthetic.make(tmp_path, world))
    assert frame.groupby("language")["num_clusters"].unique().map(list).to_dict() == {"en": [20], "ja": [4]}


@pytest.mark.slow
def test_own_scores_of_intermediate_tasks_are_beside_the_table_and_not_in_it(
    tmp_path: Path, synthetic: ModuleType
) -> None:
    plan, store = synthetic.with_own_scores(*synthetic.make(tmp_path, synthetic.World(num_examples=20)))
    frame = collect(plan, store)
    own = attached(frame, "own", ())
    assert {(row["condition"], row["target"], row["language"], row["seed"]) for row in own} == {
        (f"mnli.{code}", "mnli", code, seed) for code in ("en", "ja") for seed in (1, 2, 3)
    }
    assert {row["status"] for row in own} == {"done"} and "mnli" not in set(frame["target"])


def test_without_own_cells_there_are_no_own_scores(tmp_path: Path, synthetic: ModuleType) -> None:
    without = collect(*synthetic.make(tmp_path, synthetic.World(seeds=(1,), num_examples=20)))
    assert attached(without, "own", None) == ()


def test_a_record_of_another_key_says_that_something_changed(tmp_path: Path, synthetic: ModuleType) -> None:
    world = synthetic.World(seeds=(1,), num_examples=20)
    _, store = synthetic.make(tmp_path, world)
    changed = synthetic.make_plan(replace(world, scored=("accuracy", "corrected")))
    row = collect(changed, store).iloc[0]
    assert row["status"] == "missing" and row["reason"] == (
        "the study, its data or a definition changed since it was computed (stepstone why STUDY small/none/xnli/s1/en)"
    )


@pytest.mark.slow
def test_a_missing_cell_is_a_row_with_its_reason(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World(), lambda cell: cell.language == "ko" and cell.seed == 2)
    broken = next(cell for cell in plan.cells if cell.language == "ko" and cell.seed == 2)
    store.note_failure(broken.key, Failure("small/none/xnli/s2/ko", "out of memory"))
    frame = collect(plan, store)
    missing = frame[frame["status"] == "missing"]
    assert len(frame) == len(plan.cells) and len(missing) == 3
    assert all(math.isnan(value) for value in missing["value"])
    assert set(missing["metric"]) == {"accuracy"}
    assert set(missing["reason"]) == {"small/none/xnli/s2/ko: out of memory", "not computed yet"}


def test_a_failed_training_is_the_reason_of_the_cells_that_rest_on_it(tmp_path: Path, synthetic: ModuleType) -> None:
    world = synthetic.World()
    plan, store = synthetic.make_plan(world), synthetic.Store(tmp_path)
    training = next(stage for stage in plan.stages.values() if stage.label == "small/mnli.ja/s1")
    store.note_failure(training.key, Failure(training.label, "no space is left"))
    frame = collect(plan, store)
    told = frame[frame["reason"] == "small/mnli.ja/s1: no space is left"]
    assert {(row.condition, row.seed) for row in told.itertuples()} == {("mnli.ja", 1)}


@pytest.mark.slow
def test_degenerate_predictions_are_flagged(tmp_path: Path, synthetic: ModuleType) -> None:
    def rewrite(cell, rows):  # type: ignore[no-untyped-def]
        if cell.condition != "mnli.ja" or cell.language not in ("de", "ko"):
            return rows
        golds = [row["gold"] for row in rows]
        label = max(set(golds), key=golds.count) if cell.language == "de" else min(set(golds), key=golds.count)
        return [{**row, "prediction": label} for row in rows]

    frame = collect(*synthetic.make(tmp_path, synthetic.World(rewrite=rewrite)))
    by_language = {language: set(part["flags"]) for language, part in frame.groupby("language")}
    assert by_language["de"] == {(), ("majority-class",)}
    assert by_language["ko"] == {(), ("constant-prediction",)}
    assert by_language["en"] == by_language["ja"] == {()}


@pytest.mark.slow
def test_flags_of_a_training_reach_what_rests_on_it(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World())
    stage = next(stage for stage in plan.stages.values() if stage.label == "small/mnli.ja/s1")
    synthetic.commit(store, stage, {}, {"losses": [[n, 1.1] for n in range(20)], "flags": ["loss is nan at step 9"]})
    frame = collect(plan, store)
    flagged = frame[frame["flags"].map(bool)]
    assert {(row.condition, row.seed) for row in flagged.itertuples()} == {("mnli.ja", 1)}
    assert set(flagged["flags"]) == {("diverged@small/mnli.ja/s1", "plateau@small/mnli.ja/s1")}


@pytest.mark.slow
def test_a_score_that_its_predictions_do_not_give_is_flagged(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World())
    cell = plan.cells[0]
    record = store.record(cell.key)
    text = (store.root / record.folder / "predictions.jsonl").read_text(encoding="utf-8")
    result = record.result.model_dump()
    result["scores"]["values"]["accuracy"] += 1.0
    synthetic.commit(store, plan.stages[cell.key], {"predictions.jsonl": text}, result)
    frame = collect(plan, store)
    assert frame.loc[frame["flags"].map(bool), "key"].tolist() == [cell.key]
    assert frame["flags"].iloc[0] == ("rescored",)


@pytest.mark.slow
def test_released_predictions_leave_the_score_and_a_flag(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World())
    store.release(plan.cells[0].key, ("predictions.jsonl",))
    row = collect(plan, store).iloc[0]
    assert row["predictions"] is None and row["flags"] == ("no-predictions",) and row["value"] > 0


@pytest.mark.slow
def test_the_frame_says_how_it_was_computed(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make(tmp_path, synthetic.World(), lambda cell: cell.seed == 3)
    run: Run | None = attached(collect(plan, store), "run", None)
    assert isinstance(run, Run)
    assert run.num_planned["evaluate"] == 36 and run.num_done["evaluate"] == 24
    assert run.seconds["evaluate"] == pytest.approx(24 * 2.5)
    assert [num for _, num in run.provenance] == [sum(run.num_done.values())]


@pytest.mark.slow
def test_an_id_that_stands_twice_makes_a_gap_of_its_cell(tmp_path: Path, synthetic: ModuleType) -> None:
    world = synthetic.World(rewrite=lambda cell, rows: [*rows, rows[0]])
    frame = collect(*synthetic.make(tmp_path, world))
    assert set(frame["status"]) == {"missing"}
    assert '"en-00000" is listed twice' in frame["reason"].iloc[0]
