"""`stepstone submit` shows what it wrote, what is missing and what evaluate.py would say; mistakes are one message."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard import commit, invented
from stepstone.cli import main
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.store.store import Store

Call = Callable[..., tuple[int, str, str]]
STUDY = """
name = "handed_in"
models = ["lab-mini"]
seeds = [1, 2]
languages = ["de", "fr", "ru", "zh"]
[lab]
[target.bucc2018]
[target.xnli]
"""


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """Run `stepstone submit` in this process on a lab study that is done; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "handed_in.toml").write_text(STUDY)
    store = Store(tmp_path / "store")
    planned = plan(Study.load(tmp_path / "handed_in.toml"), Place(cache=store.cache))
    for stage in planned.stages.values():
        if isinstance(stage.spec, EvaluateSpec):
            commit(store, stage, invented(stage.spec))

    def run(*words: object) -> tuple[int, str, str]:
        line = ["stepstone", "submit", "handed_in.toml", "--store", "store", *map(str, words)]
        monkeypatch.setattr(sys, "argv", line)
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return run


def test_what_was_written_is_shown_with_its_scores_and_its_gaps(call: Call, tmp_path: Path) -> None:
    status, out, err = call("--format", "xtreme", "--to", "out", "--seed", 2, "--partial")
    assert (status, err) == (0, "")
    table = {line[:24].strip(): line[24:].split() for line in out.splitlines()}
    assert table["bucc2018"][0] == "4" and table["xnli"] == ["4", "gap"]
    assert table["mean of all tasks"] == ["8", "gap"] and float(table["bucc2018"][1]) > 50
    assert "missing: pawsx: is no target of the study" in out
    assert "missing: xnli in ar, bg, el, en, es, hi, sw, th, tr, ur, vi: is not evaluated" in out
    assert "evaluate.py stops at a folder that lacks a language: take out xnli, or complete them" in out
    assert "lab's toy world" in out
    assert f"lab-mini, condition none, seed 2: 8 files in {tmp_path / 'out'}" in out
    assert len(list((tmp_path / "out").rglob("test-*.tsv"))) == 8


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--seed", 1), "lacks 154 of 162 files of XTREME, so nothing was written"),
        ((), "remedy: choose one of each with --seed"),
        (("--seed", 3), 'has no seed "3"'),
        (("--seed", 1, "--format", "glue"), 'no format is called "glue"'),
        (("--seed", 1, "--partial", "--to", "."), "is the folder that you are in"),
    ],
)
def test_mistakes_are_one_message_and_nothing_is_written(
    words: tuple[object, ...], told: str, call: Call, tmp_path: Path
) -> None:
    status, out, err = call("--format", "xtreme", "--to", "out", *words)
    assert status == 2 and out == "" and told in err and "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["handed_in.toml", "store"]


def test_a_misspelt_format_is_noticed_before_the_study_is_planned(call: Call, tmp_path: Path) -> None:
    (tmp_path / "handed_in.toml").write_text(STUDY.replace("target.xnli", "target.xnly"))
    status, _, err = call("--format", "xtrem", "--to", "out")
    assert status == 2 and err.startswith('error: --format: no format is called "xtrem"') and '"xtreme"' in err


def test_help_has_an_example(call: Call) -> None:
    status, out, _ = call("--help")
    assert status == 0 and "stepstone submit phang2020 --format xtreme --to predictions" in " ".join(out.split())


def test_records_stay_as_they_are(call: Call, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "store" / "records").rglob("*.json")}
    call("--format", "xtreme", "--to", "out", "--seed", 2, "--partial")
    assert before and {path: path.read_bytes() for path in before} == before
