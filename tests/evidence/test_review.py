"""The quality review follows from records: what they hold gives points, what they lack gives none, with a reason."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from stepstone.core.analysis import Primary
from stepstone.core.errors import UserError
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.stage import Stage
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect
from stepstone.evidence.overlaps import Overlaps, read_overlaps
from stepstone.evidence.review import ReviewItem, review, review_rows
from stepstone.planning.plan import Plan

pytestmark = pytest.mark.slow

Gathered = tuple[Plan, pd.DataFrame, Comparison]


def gather(folder: Path, synthetic: ModuleType, **changes: Any) -> Gathered:
    skip = changes.pop("skip", lambda cell: False)
    world = synthetic.World(**{"num_examples": 60, "seeds": (1, 2, 3), "seed_sd": 0.02, **changes})
    plan, store = synthetic.make(folder, world, skip)
    frame = collect(plan, store)
    return plan, frame, compare(frame, plan.study, synthetic.QUICK)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Gathered:
    return gather(tmp_path_factory.mktemp("review"), synthetic)


def items(gathered: Gathered, overlaps: Overlaps | None = None) -> dict[str, ReviewItem]:
    found = review(*gathered, overlaps)
    assert found.most == 10 and found.points == pytest.approx(sum(item.points for item in found.items))
    assert all(0 <= item.points <= item.most and item.evidence for item in found.items)
    return {item.name: item for item in found.items}


def test_a_whole_study_has_its_points_by_question(whole: Gathered) -> None:
    found = items(whole)
    assert found["replication"].points == 1.0 and found["replication"].evidence.startswith("3 seeds in the middle cell")
    assert found["completeness"].points == 1.0 and found["calibration"].points == 2.0
    assert found["pinned data and models"].points == 1.0 and found["selection"].points == 1.0
    # Nothing was named beforehand; nobody looked for overlaps; no record names the commit of the code.
    assert found["multiple testing"].points == 0.5 and "named beforehand: nothing" in found["multiple testing"].evidence
    assert found["contamination"].points == 0.0 and not found["contamination"].is_audited
    assert found["provenance"].points == 0.75 and "not there: commit of the code" in found["provenance"].evidence


def test_naming_a_comparison_beforehand_gives_points(whole: Gathered) -> None:
    plan, frame, comparison = whole
    primary = Primary(intermediate="mnli", language="ja", target="xnli")
    named = replace(plan, study=plan.study.model_copy(update={"primary": primary}))
    assert items((named, frame, comparison))["multiple testing"].points == 1.0


def test_gaps_and_lost_seeds_lower(tmp_path: Path, synthetic: ModuleType) -> None:
    found = items(gather(tmp_path, synthetic, skip=lambda cell: cell.seed > 1))
    assert found["completeness"].points == pytest.approx(1 / 3) and found["replication"].points == 0.0
    assert found["multiple testing"].points == 0.0 and found["calibration"].points == 0.0


def test_of_a_study_without_records_nothing_is_known(tmp_path: Path, synthetic: ModuleType) -> None:
    plan, store = synthetic.make_plan(synthetic.World(num_examples=20)), synthetic.Store(tmp_path / "store")
    frame = collect(plan, store)
    found = items((plan, frame, compare(frame, plan.study, synthetic.QUICK)))
    assert (found["replication"].evidence, found["provenance"].evidence) == (
        "0 seeds in the middle cell, 0 in the one with fewest, 3 planned",
        "no record is there",
    )
    assert found["replication"].points == found["completeness"].points == found["provenance"].points == 0.0


def test_degenerate_runs_lower_calibration(tmp_path: Path, synthetic: ModuleType) -> None:
    def stick(cell: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "prediction": "neutral"} for row in rows] if cell.condition == "mnli.en" else rows

    found = items(gather(tmp_path, synthetic, rewrite=stick))
    assert (
        found["calibration"].points == pytest.approx(1.0) and "3 of these with a run" in found["calibration"].evidence
    )


def test_an_encoder_that_is_not_known_lowers_pinning(whole: Gathered) -> None:
    plan, frame, comparison = whole
    stages = dict(plan.stages)
    (origin,) = (stage for stage in stages.values() if isinstance(stage.spec, EncoderSpec))
    spec = origin.spec.model_copy(update={"content": ""})
    stages[origin.key] = Stage(spec=spec, parents=(), label=origin.label)
    found = items((replace(plan, stages=stages), frame, comparison))["pinned data and models"]
    assert 0 < found.points < 1 and "such as small" in found.evidence


def test_a_step_chosen_in_another_language_lowers_selection(whole: Gathered) -> None:
    plan, frame, comparison = whole
    stages = dict(plan.stages)
    trained = [stage for stage in stages.values() if isinstance(stage.spec, FinetuneSpec)]
    for stage in trained[: len(trained) // 2]:
        dev = stage.spec.train.model_copy(update={"split": "dev", "language": "sw"})
        other = Stage(spec=stage.spec.model_copy(update={"dev": dev}), parents=stage.parents, label=stage.label)
        del stages[stage.key]
        stages[other.key] = other
    found = items((replace(plan, stages=stages), frame, comparison))["selection"]
    assert found.points == pytest.approx(1 - (len(trained) // 2) / len(trained))
    assert "in another language than the training's" in found.evidence


def test_what_a_check_of_the_data_found_counts_for_the_targets_it_read(whole: Gathered, tmp_path: Path) -> None:
    split = {"split": "test", "language": "de", "num_examples": 200}
    shared = {"evaluated": "xnli test de", "known": "mnli train de", "num_evaluated": 200, "num_shared": 20}
    report = {"task": "xnli", "title": "XNLI", "licence": "", "traps": [], "splits": [split], "overlaps": [shared]}
    path = tmp_path / "audit.json"
    path.write_text(json.dumps([report]), encoding="utf-8")
    found = items(whole, read_overlaps(path))["contamination"]
    assert (
        found.points == pytest.approx(0.9)
        and "10 % of a test set is known (xnli test de in mnli train de)" in found.evidence
    )
    path.write_text(json.dumps([{**report, "task": "pawsx"}]), encoding="utf-8")
    assert items(whole, read_overlaps(path))["contamination"].points == 0.0


def test_what_nobody_audited_is_not_shown_as_a_finding_and_is_named_beside_the_sum(whole: Gathered) -> None:
    rows = {name: (points, said) for name, points, said in review_rows(review(*whole))}
    assert rows["contamination"][0] == "not audited" and "--audit" in rows["contamination"][1]
    assert rows["sum"][1] == "contamination: not audited, counted as 0"
    looked = {name: said for name, _, said in review_rows(review(*whole, Overlaps(tasks={})))}
    assert looked["sum"] == ""


def test_another_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"a": 1}', encoding="utf-8")
    for name, message in (("other.json", "is not what `data check --json` writes"), ("no.json", "cannot be read")):
        with pytest.raises(UserError, match=rf"{message}(.|\n)*stepstone data check STUDY --json"):
            read_overlaps(tmp_path / name)


def test_cells_that_were_never_run_have_no_replicates(tmp_path: Path, synthetic: ModuleType) -> None:
    found = items(gather(tmp_path, synthetic, skip=lambda cell: cell.language != "en"))
    assert found["replication"].evidence == "0 seeds in the middle cell, 0 in the one with fewest, 3 planned"
    assert found["replication"].points == 0.0


def test_an_evaluation_that_all_seeds_share_is_no_replicate(tmp_path: Path, synthetic: ModuleType) -> None:
    found = items(gather(tmp_path, synthetic, seedless=frozenset({"xnli"})))
    # Of arms with an intermediate task the runs still differ; of the baseline no other run would.
    assert found["replication"].evidence == "3 seeds in the middle cell, 3 in the one with fewest, 3 planned"


def test_what_has_no_interval_is_not_calibrated(tmp_path: Path, synthetic: ModuleType) -> None:
    found = items(gather(tmp_path, synthetic, rewrite=synthetic.exactly(lambda cell, place: True)))
    assert found["calibration"].points == 0.0 and " 0 have an interval" in found["calibration"].evidence
