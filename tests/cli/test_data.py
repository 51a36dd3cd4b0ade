"""`stepstone data check` says what is there, ends with a status that a script can use, and takes no heavy library."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup, TyperOption

from stepstone.cli import app, main
from stepstone.core import model, recipe, spec, stage, study
from stepstone.core.kinds import kinds
from stepstone.core.recipe import Runtime
from stepstone.core.result import Result
from stepstone.core.value import Value

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """Run `stepstone data check` in this process; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STEPSTONE_DATA", raising=False)

    def call(*words: object, hub: bool = False) -> tuple[int, str, str]:
        given = words if hub else (*words, "--no-hub")
        monkeypatch.setattr(sys, "argv", ["stepstone", "data", "check", *map(str, given)])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    (path / "pawsx").mkdir(parents=True)
    return path


def fill(folder: Path, num_rows: int = 2_000) -> None:
    """PAWS-X in two languages: complete, without a finding."""
    for language in ("de", "en"):
        rows = (f"{language} {number}\tother\t{number % 2}\n" for number in range(num_rows))
        (folder / f"pawsx/dev-{language}.tsv").write_text("".join(rows))


def test_a_good_task_is_shown_with_its_rows_and_ends_well(check: Call, folder: Path) -> None:
    fill(folder)
    status, out, _ = check("pawsx", "--data", folder, "--strict")
    (german,) = (line for line in out.splitlines() if line.startswith("dev") and " de " in line)
    assert status == 0 and german.split() == ["dev", "de", "2,000", "2,000", "0:", "50", "%,", "1:", "50", "%",
                                              "pawsx/dev-de.tsv"]  # fmt: skip
    assert "not found: train in all 7 languages; dev es fr ja ko zh; test in all 7 languages" in out
    assert "trap: labels differ between languages" in out and "1 task with data, 4,000 examples, 0 errors" in out


def test_an_error_is_told_with_file_and_line_and_ends_with_1(check: Call, folder: Path) -> None:
    fill(folder)
    path = folder / "pawsx/dev-de.tsv"
    path.write_text("A\tB\t1\nC\tD\t7\n")
    status, out, _ = check("pawsx", "--data", folder)
    assert status == 1 and f'error: {path}, line 2 (pawsx dev, de): "7" is not a label of this task' in out
    assert "1 error (in pawsx)" in out


def test_what_can_be_read_but_is_to_be_minded_counts_only_if_strict(check: Call, folder: Path) -> None:
    fill(folder, 30)
    (folder / "pawsx/dev-de.tsv").write_text("A\tB\t0\n" + "".join(f"C{n}\tD\t{n % 2}\n" for n in range(1, 30)))
    (folder / "pawsx/dev-en.tsv").write_text("A\tB\t1\n" + "".join(f"C{n}\tD\t{n % 2}\n" for n in range(1, 30)))
    (folder / "pawsx/test-ja.tsv").write_text("A\tB\n")
    (folder / "pawsx/test_labelled").mkdir()
    (folder / "pawsx/test_labelled/test-de.tsv").write_text("A\tB\t1\n")
    (folder / "pawsx/test-de.tsv").write_text("A\tB\n")
    status, out, _ = check("pawsx", "--data", folder)
    assert status == 0
    assert "not the release's number of rows: dev de 30 of 2,000" in out
    assert "labels are stripped, no score can be computed: test ja" in out
    assert "not read: pawsx/test-de.tsv (1 rows, 1 of them without labels), since pawsx/test_labelled/test-de" in out
    assert "labels of dev that differ from those in en, row by row: de 1 of 30" in out
    assert "no example of test de has the label 0" in out
    assert "1 of 1 examples of pawsx test de stand in pawsx dev de too" in out
    assert check("pawsx", "--data", folder, "--strict")[0] == 1


@pytest.mark.slow
def test_no_task_named_shows_those_with_data_and_names_the_others(check: Call, folder: Path) -> None:
    fill(folder, 3)
    status, out, _ = check("--data", folder)
    assert status == 0 and out.count("\nsplit") == 1
    last = out.splitlines()[-1]
    assert last.startswith("no data found for: ") and ", xnli, " in last and ", pawsx, " not in last


def test_a_named_task_without_data_is_an_error_and_says_what_was_looked_for(check: Call, folder: Path) -> None:
    status, out, _ = check("marcja", "--data", folder)
    assert status == 1 and "looked for: " in out and f"in: {folder}" in out


@pytest.mark.slow
def test_half_of_a_release_is_an_error(check: Call, folder: Path) -> None:
    (folder / "de-en.sample.gold").write_text("de-1\ten-1\n")
    status, out, _ = check("--data", folder)
    assert status == 1 and "de-en.sample.gold: is read together with a file that is not there" in out


def test_an_archive_that_is_refused_is_named_where_data_is_missing(check: Call, folder: Path) -> None:
    (folder / "all.zip").write_bytes(b"PK\x03\x04 cut")
    status, out, _ = check("marcja", "--data", folder)
    assert status == 1 and f"passed over: {folder / 'all.zip'}: cannot be unpacked" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pawsxx", "--data", "."], 'no task and no study is called "pawsxx"\n  remedy: did you mean "pawsx"?'),
        (["quickstrt"], 'no task and no study is called "quickstrt"\n  remedy: did you mean "quickstart"?'),
        (["pawsx"], "no folder of data was given"),
        ([], "no folder of data was given"),
        (["pawsx", "--data", "nowhere"], "nowhere: is not a folder"),
    ],
)
def test_bad_input_ends_with_2(check: Call, words: list[str], message: str) -> None:
    status, out, err = check(*words)
    assert status == 2 and message in err and not out


def test_json_is_the_reports_of_all_that_was_asked(check: Call, folder: Path) -> None:
    fill(folder, 5)
    status, out, _ = check("pawsx", "xnli", "--data", folder, "--json")
    reports = json.loads(out)
    assert [report["task"] for report in reports] == ["pawsx", "xnli"] and status == 1
    found = {(part["split"], part["language"]): part["num_examples"] for part in reports[0]["splits"]}
    assert found["dev", "de"] == 5 and found["test", "de"] == 0


def test_nested_commands_have_no_option_named_as_what_enters_a_key() -> None:
    classes = [
        found
        for module in (model, recipe, spec, stage, study)
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Value) and not issubclass(found, Result | Runtime)
    ]
    fields = {name for found in (*classes, *kinds().values()) for name in found.model_fields}
    command_line = typer.main.get_command(app)
    assert isinstance(command_line, TyperGroup)
    groups = [group for group in command_line.commands.values() if isinstance(group, TyperGroup)]
    options = {
        name.lstrip("-").replace("-", "_")
        for group in groups
        for command in group.commands.values()
        for parameter in command.params
        if isinstance(parameter, TyperOption)
        for name in parameter.opts
    }
    # Where files are looked for, whose contents keys hold; what is fetched, and the folder it is put into; the claims
    # that a paper is searched for.
    innocent = {"catalogue", "claims", "data", "model", "to"}
    assert {"data", "store", "no_hub"} <= options and options & fields == innocent


@pytest.mark.slow
def test_the_real_samples_are_read(check: Call, shared_data: Path) -> None:
    status, out, _ = check("tydiqa", "--data", shared_data)
    assert status == 0 and "tydiqa.goldp.ko.dev.json (276 rows, 276 of them without labels)" in out


STUDY = """
name = "mine"
models = ["lab_small"]
[task.reviews]
title = "Reviews"
family = "classification"
labels = ["good", "bad"]
columns = {text = "review", label = "verdict"}
[task.reviews.files]
train = {en = "train.csv"}
test = {en = "test.csv"}
[target.pawsx]
"""


def test_a_study_stands_for_its_tasks_with_its_own_among_them(check: Call, folder: Path, tmp_path: Path) -> None:
    fill(folder)
    (tmp_path / "mine.toml").write_text(STUDY)
    (folder / "train.csv").write_text("review,verdict\nFine.,good\nPoor.,bad\n")
    (folder / "test.csv").write_text("review,verdict\nFine.,good\nOdd.,strange\n")
    status, out, _ = check("mine.toml", "--data", folder)
    assert status == 1 and f'{folder / "test.csv"}, line 3 (reviews test, en): "strange" is not a label' in out
    assert "1 of 1 examples of reviews test en stand in reviews train en too" in out
    assert "2 tasks with data, 2,003 examples, 1 error (in reviews)" in out


@pytest.mark.slow
def test_tables_of_the_hub_are_read_as_a_run_reads_them(
    check: Call, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv("STEPSTONE_HUB_MIRROR", str(mirror))
    status, out, _ = check("copa", "--data", folder)
    assert status == 1 and "(the hub is switched off)" in out
    status, out, _ = check("copa", "--data", folder, hub=True)
    assert status == 1 and "error: " in out and "the hub mirror has no aps/super_glue" in out


STONES = """
name = "stones"
models = ["xlm-roberta-base"]
source_language = "en"
[intermediate.names]
tasks = { en = "panx", ja = "panx" }
[target.xnli]
languages = ["sw"]
[target.squad]
train = ["squad"]
split = "dev"
"""


def test_a_study_is_asked_about_in_its_own_languages(check, tmp_path) -> None:
    (tmp_path / "stones.toml").write_text(STONES)
    (tmp_path / "data").mkdir()
    status, out, _ = check("stones.toml", "--data", tmp_path / "data")
    assert status == 1
    assert 'panx: no data of train in "en"' in out and "not found: train en ja; dev en ja; test en ja" in out
    assert 'xnli: no data of test in "sw"' in out and 'mnli: no data of train in "en"' in out
    assert "xnli: no data of dev" not in out
    assert '"af"' not in out and '"ar"' not in out


def test_a_task_that_is_named_beside_a_study_is_read_whole(check, tmp_path) -> None:
    (tmp_path / "stones.toml").write_text(STONES)
    (tmp_path / "data").mkdir()
    for words in (("stones.toml", "panx"), ("panx", "stones.toml")):
        _, out, _ = check(*words, "--data", tmp_path / "data")
        assert 'panx: no data of train in "af"' in out and re.search(r"train in all \d\d languages", out)
