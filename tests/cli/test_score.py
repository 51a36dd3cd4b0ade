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
