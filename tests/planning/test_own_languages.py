"""An own task in languages that no benchmark has, from its files to its report, and in a rehearsal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stepstone.cli import main
from stepstone.launchers import local

STUDY = """
name = "ferries"
models = ["tiny"]
seeds = [1]

[model.tiny]
folder = "tiny"

[recipe]
num_steps = 3
batch_size = 4
max_length = 16
selection = "last"

[task.ferries]
family = "classification"
labels = ["yes", "no"]
languages = ["swe", "hau", "zh-CN", "zh_TW"]
[task.ferries.files]
train = { sv = "train-swe.csv" }
test = "test-{language}.csv"

[target.ferries]
source_language = "sv"
"""
TEXTS = {
    "swe": ("Färjan går.", "Hägern sover."),
    "hau": ("Jirgin ruwa ya tafi.", "Babu jirgi."),
    "zh-CN": ("轮渡开了。", "没有船。"),
    "zh_TW": ("渡輪開了。", "沒有船。"),
}


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["stepstone", *words])
    with pytest.raises(SystemExit) as exit_:
        main()
    return int(exit_.value.code or 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for tag, (first, second) in TEXTS.items():
        rows = "text,label\n" + f"{first},yes\n{second},no\n" * 4
        for name in ("train", "test"):
            (tmp_path / f"{name}-{tag}.csv").write_text(rows, "utf-8")
    (tmp_path / "ferries.toml").write_text(STUDY, "utf-8")
    return tmp_path


@pytest.mark.trains
def test_swedish_hausa_and_both_chinese_scripts_get_to_the_report(
    here: Path, tiny: Path, in_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "tiny").symlink_to(tiny)
    monkeypatch.setattr(local, "make", lambda num_workers, logs: in_process)
    assert call(monkeypatch, "plan", "ferries.toml", "--no-hub") == 0
    assert call(monkeypatch, "run", "ferries.toml", "--no-hub", "--out", "out", "--device", "cpu") == 0
    scores = pd.read_csv(next((here / "out").rglob("scores.csv"))).set_index("language")
    assert dict(scores["group"]) == {"ha": "West Chadic", "sv": "Germanic", "zh-Hans": "Chinese", "zh-Hant": "Chinese"}
    assert scores.loc["zh-Hant", "script"] == "Han (traditional)" and set(scores["status"]) == {"done"}
    page = next((here / "out").rglob("report.html")).read_text("utf-8")
    assert "zh-Hans" in page and "zh-Hant" in page


def test_a_rehearsal_of_what_the_lab_has_not_is_refused_with_what_it_is(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "rehearse", "ferries.toml") == 2
    assert "target ferries: the language sv, which it is trained in" in capsys.readouterr().err
