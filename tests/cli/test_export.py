"""`stepstone export` writes a folder and says where; mistakes are one message and status 2."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from invented import STUDY
from stepstone.cli import main

Call = Callable[..., tuple[int, str, str]]
LABEL = "alpha/none/xnli/s1"
OFFLINE = "--no-hub"


@pytest.fixture
def export(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, data: Path, store: Any
) -> Call:
    """Run `stepstone export` on the invented study in this process; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)
    lines = [f"{name} = {json.dumps(value)}" for name, value in STUDY.items() if not isinstance(value, dict)]
    lines += ['[model.alpha]\nhub = "someone/alpha"\nrevision = "0a1b2c"\nnum_parameters = 1000']
    lines += ['[intermediate.nli]\ntasks = { en = "mnli", ja = "jnli" }\nnum_examples = 100']
    lines += ["[target.xnli]\n[target.xquad]\n[target.tatoeba]"]
    (tmp_path / "invented.toml").write_text("\n".join(lines))

    def call(*words: object) -> tuple[int, str, str]:
        where = ("--data", data, OFFLINE, "--store", store.root)
        monkeypatch.setattr(sys, "argv", ["stepstone", "export", "invented.toml", *map(str, (*words, *where))])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


@pytest.fixture
def ready(make_plan: Any, fill: Any) -> None:
    planned = make_plan()
    for label in ("alpha", LABEL, f"{LABEL}/en", f"{LABEL}/de"):
        fill(planned.stages[planned.labels[label]])


def test_a_checkpoint_and_its_card_are_written_and_the_folder_is_said(
    export: Call, ready: None, tmp_path: Path
) -> None:
    status, out, _ = export(LABEL, "--to", "left")
    assert status == 0 and str(tmp_path / "left") in out
    assert {path.name for path in (tmp_path / "left").iterdir()} == {"README.md", "config.json", "model.safetensors"}
    assert f"# {LABEL}" in (tmp_path / "left" / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_folder_that_is_taken_is_replaced_by_force_alone(export: Call, ready: None, tmp_path: Path) -> None:
    assert export(LABEL, "--to", "left")[0] == 0
    status, _, err = export(LABEL, "--to", "left")
    assert status == 2 and "is not empty" in err and "--force" in err
    assert export(LABEL, "--to", "left", "--force")[0] == 0


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("alpha/none/xnly/s1", f'did you mean "{LABEL}"'),
        (f"{LABEL}/de", f'read off "{LABEL}"'),
        ("alpha/nli.ja/s1", "compute it: stepstone run STUDY"),
    ],
)
def test_mistakes_are_one_message_with_what_would_be_right(
    label: str, told: str, export: Call, ready: None, tmp_path: Path
) -> None:
    status, out, err = export(label, "--to", "left")
    assert status == 2 and out == "" and told in err and "Traceback" not in err
    assert not (tmp_path / "left").exists()


def test_the_folder_must_be_named(export: Call, ready: None) -> None:
    status, _, err = export(LABEL)
    assert status == 2 and "--to" in err


def test_a_dry_run_lists_what_would_be_sent_and_asks_nobody(
    export: Call, ready: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    status, out, _ = export(LABEL, "--to", "left", "--push", "org/name", "--private", "--dry-run")
    assert status == 0 and (tmp_path / "left" / "README.md").is_file()
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")] == [
        "README.md",
        "config.json",
        "model.safetensors",
    ]
    assert "would send 3 files, " in out and out.endswith("bytes to org/name, private\n")


def test_a_wrong_repository_and_what_goes_with_none_are_reported_before_anything_is_written(
    export: Call, ready: None, tmp_path: Path
) -> None:
    for words, told in (
        (("--push", "name"), "--push name: is no repository of the hub: has no owner"),
        (("--dry-run",), "--dry-run: goes with --push"),
        (("--revision", "s1"), "--revision: goes with --push"),
    ):
        status, _, err = export(LABEL, "--to", "left", *words)
        assert status == 2 and told in err
    assert not (tmp_path / "left").exists()
