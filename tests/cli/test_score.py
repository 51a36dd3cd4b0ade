"""`stepstone score` shows the scores, by whose rules, and of how many examples; or all of it as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stepstone.cli import main

ROWS = [
    {"id": "1", "prediction": "the red buoy", "gold": ["a red buoy"]},
    {"id": "2", "prediction": None, "gold": ["a reef"]},
]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", "score", "xquad", "answers.jsonl", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


def test_scores_are_shown_with_their_rules_and_their_number(call, tmp_path: Path) -> None:
    status, out, err = call("--language", "en")
    assert (status, err) == (0, "")
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert ["squad", "(xtreme-2020)", "score"] in lines and ["f1_em_mean", "50.00"] in lines
    assert "xquad, language en: 2 examples scored, 1 of them without a prediction; f1_em_mean counts" in out
    assert "right answers: answers.jsonl" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.jsonl"]


def test_the_same_is_there_as_json(call) -> None:
    status, out, _ = call("--language", "en", "--definition", "squad-2.0-corrected", "--json")
    found = json.loads(out)
    assert status == 0 and found["values"][found["main"]] == 50.0
    assert found["definition"] == "squad-2.0-corrected" and found["num_examples"] == 2 and found["num_missing"] == 1


def test_a_mistake_ends_with_2(call) -> None:
    status, out, err = call("--language", "en", "--definition", "squad-3")
    assert (status, out) == (2, "") and err.startswith("error: metric squad: definition 'squad-3' is unknown")


STUDY = """
name = "mails"
models = ["xlm-roberta-base"]

[task.mails]
family = "classification"
columns = { label = "team" }
labels = ["bug", "other"]
metric = "macro_f1"
files.train = { en = "train.csv" }
files.test = { en = "test-en.csv", de = "test-de.csv" }

[target.mails]
languages = ["de"]
recipe = { selection = "last" }
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A study of its own, in a folder that is not the one one stands in."""
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY)
    for name in ("train", "test-en", "test-de"):
        (folder / f"{name}.csv").write_text("text,team\nDie Karte bleibt grau.,bug\nHallo.,other\n")
    return folder


def test_a_study_s_own_task_is_scored_by_its_own_labels_metric_and_data(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "predictions.jsonl"

    def score(rows: list[dict[str, str]], *words: str) -> tuple[int, str, str]:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        monkeypatch.setattr(sys, "argv", ["stepstone", "score", "mails", str(file), "--language", "de", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    rows = [{"id": "0", "prediction": "bug"}, {"id": "1", "prediction": "bug"}]
    study = ("--study", str(own / "study.toml"), "--no-hub")
    status, out, err = score(rows, *study, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["main"] == "macro_f1" and found["values"]["macro_f1"] == pytest.approx(100 / 3)
    assert found["golds"] == "mails test" and found["num_examples"] == 2
    status, _, err = score([rows[0], {"id": "1", "prediction": "spam"}], *study)
    assert status == 2 and 'the prediction "spam" is no label of mails' in err and "predictions.jsonl:2" in err
    status, _, err = score([rows[0], {"id": "1", "prediction": ["bug"]}], *study)
    assert status == 2 and 'the prediction ["bug"] is no label of mails' in err
    status, _, err = score(rows)
    assert status == 2 and 'no task is called "mails"' in err and "--study STUDY" in err


def test_a_lab_study_s_golds_are_the_lab_s(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.jsonl").write_text('{"id": "0", "prediction": "entailment"}\n')
    words = ["score", "xnli", "one.jsonl", "--language", "de", "--no-hub", "--study", "quickstart"]
    monkeypatch.setattr(sys, "argv", ["stepstone", *words])
    with pytest.raises(SystemExit):
        main()
    assert "499 of 500 examples have no row" in capsys.readouterr().err
