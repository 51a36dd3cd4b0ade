"""Scores as other programs' result files: their documented fields, means over seeds as shares, the lab marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from stepstone.core.errors import UserError
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.evidence.frame import collect
from stepstone.report.results import write_results


class TaskResult(BaseModel):
    """The fields of MTEB's `TaskResult` (2.x), which passes over others."""

    model_config = ConfigDict(strict=True)
    dataset_revision: str
    task_name: str
    mteb_version: str | None
    scores: dict[str, list[dict[str, Any]]]
    evaluation_time: float | None


@pytest.fixture
def written(make_plan, fill, store, tmp_path):
    """Write the results of a filled study; seed 1 scores 40 and seed 2 scores 60."""

    def call(*names: str, **changes: Any) -> dict[str, Any]:
        planned = make_plan(languages=["de", "en"], target={"xnli": {}}, **changes)
        seeds = {cell.key: cell.seed for cell in planned.cells}
        for stage in planned.stages.values():
            spec = stage.spec
            if not isinstance(spec, EvaluateSpec):
                fill(stage)
                continue
            values = {"accuracy": 20.0 + 20.0 * seeds.get(stage.key, 1)}
            named = {"metric": spec.metric, "definition": spec.definition, "main": "accuracy", "num_examples": 2}
            other = named | {"definition": "corrected", "values": {"accuracy": 7.0}}
            fill(stage, scores=named | {"values": values}, other_scores=[other])
        paths = write_results(planned, collect(planned, store), tmp_path / "out", names)
        return {str(path.relative_to(tmp_path / "out")): json.loads(path.read_text()) for path in paths}

    return call


def test_mteb_reads_one_file_a_task_and_model(written) -> None:
    files = written("mteb")
    assert sorted(files) == [f"mteb/alpha__{name}/xnli.json" for name in ("nli.en", "nli.ja", "none")]
    found = TaskResult.model_validate(files["mteb/alpha__none/xnli.json"])
    assert (found.task_name, found.mteb_version, list(found.scores)) == ("xnli", None, ["test"])
    german, english = found.scores["test"]
    assert german["hf_subset"] == "de" and german["languages"] == ["deu-Latn"] and english["languages"] == ["eng-Latn"]
    assert german["main_score"] == german["accuracy"] == 0.5
    assert german["main_score_stderr"] == pytest.approx(0.1) and german["seeds"] == [1, 2]
    assert german["definition"] == "xtreme-2020" and german["content"] in found.dataset_revision
    assert "lab" not in files["mteb/alpha__none/xnli.json"]


def test_the_harness_has_one_file_a_model_with_the_fields_of_its_results(written) -> None:
    files = written("lm-eval", "mteb")
    found = files["lm-eval/alpha__nli.en.json"]
    assert found["results"]["xnli_de"] == {"alias": "xnli_de", "acc,none": 0.5, "acc_stderr,none": pytest.approx(0.1)}
    tasks = ["xnli_de", "xnli_en"]
    for field in ("results", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better", "n-samples"):
        assert list(found[field]) == tasks
    assert found["n-samples"]["xnli_de"] == {"original": 2, "effective": 2}
    assert found["higher_is_better"]["xnli_de"] == {"acc": True} and found["n-shot"]["xnli_de"] == 0
    assert found["configs"]["xnli_de"]["metadata"]["stderr"] == "of the mean over seeds"
    assert found["model_name"] == "alpha__nli.en" and len(files) == 6


def test_one_seed_has_no_standard_error(written) -> None:
    files = written("mteb", "lm-eval", seeds=[2])
    assert files["mteb/alpha__none/xnli.json"]["scores"]["test"][0]["main_score_stderr"] is None
    score = files["lm-eval/alpha__none.json"]["results"]["xnli_en"]
    assert score == {"alias": "xnli_en", "acc,none": 0.6, "acc_stderr,none": "N/A"}


def test_results_of_the_lab_are_marked_in_file_and_name(lab_case, tmp_path: Path) -> None:
    paths = write_results(lab_case.plan, lab_case.frame, tmp_path, ["mteb", "lm-eval"])
    assert paths
    for path in paths:
        found = json.loads(path.read_text())
        assert path.name.startswith("lab_") and "toy world" in found["lab"]
        if path.parent.parent.name == "mteb":
            assert found["task_name"].startswith("lab_") and path.parent.name.startswith("lab_")
            for score in found["scores"]["test"]:
                assert score["languages"] == [] and score["hf_subset"].endswith("-like")
        else:
            assert all(task.startswith("lab_") for task in found["results"])
            assert found["model_name"].startswith("lab_")


def test_gaps_are_left_out_and_what_is_no_format_is_named(make_plan, store, tmp_path: Path) -> None:
    planned = make_plan()
    assert write_results(planned, collect(planned, store), tmp_path, ["mteb", "lm-eval"]) == []
    with pytest.raises(UserError, match=r'results cannot be written as "lmeval"\n.*"lm-eval"'):
        write_results(planned, collect(planned, store), tmp_path, ["lmeval"])
