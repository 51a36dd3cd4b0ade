"""A finished study: what is there, what a second run does, what damage does, and what can be had without a model."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from transformers import AutoModel, AutoModelForQuestionAnswering, AutoModelForSequenceClassification, AutoTokenizer

from whole.conftest import Command
from whole_study import STUDY, records_of, results_of

pytestmark = pytest.mark.trains


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished study that a test may harm; it reads the same files of the lab."""
    return Path(shutil.copytree(finished, tmp_path / "copy", symlinks=True))


def _run(folder: Path, stepstone: Command, *words: str) -> str:
    done = stepstone(folder, "run", "killed.toml", "--workers", "1", "--device", "cpu", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _record(folder: Path, label: str) -> dict:
    tables = [json.loads(path.read_text(encoding="utf-8"))["record"] for path in records_of(folder / "store")]
    return next(table for table in tables if table["label"] == label)


def test_every_asked_score_is_in_the_table_and_marked_as_the_labs(finished: Path) -> None:
    with (finished / "reports" / "killed" / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8
    assert {row["status"] for row in rows} == {"done"}
    assert all(0.0 <= float(row["value"]) <= 100.0 for row in rows)
    page = (finished / "reports" / "killed" / "report.html").read_text(encoding="utf-8")
    assert "not a real language" in page


def test_checkpoints_are_ordinary_folders_with_named_labels(finished: Path) -> None:
    store = finished / "store"
    for label, kind in (
        ("own/none/xnli/s1", AutoModelForSequenceClassification),
        ("own/none/xquad/s1", AutoModelForQuestionAnswering),
        ("own", AutoModel),
    ):
        folder = store / _record(finished, label)["folder"]
        assert kind.from_pretrained(folder).config.hidden_size == 32
        assert AutoTokenizer.from_pretrained(folder).is_fast
    folder = store / _record(finished, "own/none/xnli/s1")["folder"]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert list(config["id2label"].values()) == ["entailment", "neutral", "contradiction"]


def test_nothing_in_the_store_is_pickled(finished: Path) -> None:
    kinds = {path.suffix for path in (finished / "store").rglob("*") if path.is_file()}
    assert ".safetensors" in kinds
    assert not kinds & {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npy", ".joblib"}


def test_the_same_study_again_trains_nothing_and_starts_no_worker(copy: Path, stepstone: Command) -> None:
    """Opening torch takes most of a worker's start; the command itself never does."""

    def logs() -> set[Path]:
        return set((copy / "store" / "logs").iterdir())

    before, workers = {path: path.stat().st_mtime_ns for path in records_of(copy / "store")}, logs()
    said = _run(copy, stepstone)
    assert "start" not in said and workers and logs() == workers
    assert {path: path.stat().st_mtime_ns for path in records_of(copy / "store")} == before


def test_one_more_language_computes_only_that(copy: Path, stepstone: Command) -> None:
    before = set(records_of(copy / "store"))
    study = STUDY.replace('languages = ["en", "de"]\n[lab]', 'languages = ["en", "de", "nl"]\n[lab]')
    assert study != STUDY
    (copy / "killed.toml").write_text(study, encoding="utf-8")
    _run(copy, stepstone)
    new = [json.loads(path.read_text(encoding="utf-8"))["record"] for path in set(records_of(copy / "store")) - before]
    assert sorted(record["label"] for record in new) == sorted(
        f"own/{condition}/{target}/s1/nl" for condition in ("none", "nli.en") for target in ("xnli", "xquad")
    )


def test_a_damaged_weight_file_and_a_damaged_record_are_found_said_and_computed_again(
    copy: Path, stepstone: Command
) -> None:
    results = results_of(copy / "store")
    weights = copy / "store" / _record(copy, "own/nli.en/xnli/s1")["folder"] / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    path = next(path for path in records_of(copy / "store") if "own/none/xquad/s1/de" in path.read_text("utf-8"))
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    said = _run(copy, stepstone)
    assert "model.safetensors" in said and path.name in said
    assert results_of(copy / "store") == results


def test_another_definition_needs_no_model(copy: Path, stepstone: Command) -> None:
    for weights in (copy / "store").rglob("model.safetensors"):
        weights.unlink()
    done = stepstone(copy, "rescore", "killed.toml", "--definition", "corrected")
    assert done.returncode == 0, done.stderr
    assert "corrected" in done.stdout


def test_a_mistake_in_the_study_is_one_message_and_exit_status_two(copy: Path, stepstone: Command) -> None:
    (copy / "killed.toml").write_text(STUDY.replace('tasks = { en = "mnli" }', 'tasks = { en = "mnly" }'), "utf-8")
    done = stepstone(copy, "run", "killed.toml")
    assert done.returncode == 2
    assert 'did you mean "mnli"?' in done.stderr
    assert "Traceback" not in done.stderr
