"""`stepstone init` guesses nothing silently: what files do not show it asks, with the option that answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stepstone.cli import main
from stepstone.core.study import Study

Init = Callable[..., tuple[int, str, str]]


@pytest.fixture
def init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Init:
    """Run `stepstone init` in an empty folder; returns exit status, output and errors."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", "init", *words])
        with pytest.raises(SystemExit) as exit_:
            main()
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return int(exit_.value.code or 0), shown.out, shown.err

    return call


def put(**files: str) -> None:
    for name, content in files.items():
        path = Path(name.replace("__", "/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


def write(name: str, content: str) -> None:
    put(**{name.replace("/", "__"): content})


def drafted(name: str = "study.toml") -> Study:
    return Study.load(name)


ENGLISH = "text,label\n" + "The ferry is blue.,a\nThe heron was here.,b\n" * 3
SWEDISH = "text,label\n" + "Färjan går nu.,a\nHägern sover inte.,b\n" * 3
INDEXED = (
    "# sent_id = 1\n1\tNina\tB-PER\t-\tann\n2\tsails\tO\t-\t-\n\n"
    "# sent_id = 2\n1\tOslo\tB-LOC\t-\tann\n2\tis\tO\t-\t-\n"
)


@pytest.mark.parametrize("name", ["test-sv.csv", "sv/test.csv", "swedish/test.csv", "test_swe.csv", "test.sv-SE.csv"])
def test_a_language_outside_of_the_benchmarks_is_read_off_names(init: Init, name: str) -> None:
    write("m/train-en.csv", ENGLISH)
    write(f"m/{name}", SWEDISH)
    assert init("m")[0] == 0
    (table,) = drafted().task.values()
    assert set(table.files["test"]) == {"sv-SE" if "SE" in name else "sv"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("test-zh_TW.csv", "zh-Hant"),
        ("test.zho_Hans.csv", "zh-Hans"),
        ("pt-BR/test.csv", "pt-BR"),
        ("test-luo.csv", "luo"),
    ],
)
def test_scripts_and_regions_are_read_off_names(init: Init, name: str, code: str) -> None:
    text = "text,label\n" + "渡輪是藍色的。,a\n鷺在睡覺。,b\n" * 3 if "zh" in code else ENGLISH
    write("m/train-en.csv", ENGLISH)
    write(f"m/{name}", text)
    assert init("m")[0] == 0
    (table,) = drafted().task.values()
    assert set(table.files["test"]) == {code}


def test_latin_letters_are_not_taken_for_english(init: Init) -> None:
    write("m/train.csv", ENGLISH)
    write("m/test.csv", SWEDISH)
    status, _, errors = init("m")
    assert status == 2 and "m/test.csv: neither its name nor its script says its language" in errors
    assert "--lang test.csv=TAG" in errors and not Path("study.toml").exists()
    assert init("m", "--lang", "test.csv=swe")[0] == 0
    (table,) = drafted().task.values()
    assert (set(table.files["train"]), set(table.files["test"])) == ({"en"}, {"sv"})
    assert init("m", "--force", "--lang", "sv")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--lang", "test.csv=jp"),
            '--lang test.csv=jp: no language has the code "jp"\n  remedy: did you mean "ja"?',
        ),
        (("--column", "text"), "--column text: names no column"),
        (("--column", "text=message"), 'has no column "message"'),
        (("--column", "txt=text"), "columns.txt: classification has no such field; did you mean"),
    ],
)
def test_an_answer_that_fits_nothing_is_answered(init: Init, words: tuple[str, ...], message: str) -> None:
    write("m/train-en.csv", ENGLISH)
    write("m/test-en.csv", ENGLISH)
    status, _, errors = init("m", *words)
    assert status == 2 and message in errors


def languages(*codes: str) -> str:
    return "text,label,lang\n" + "".join(
        f"Ferry {i}.,{label},{code}\n" for i, label in enumerate("abab") for code in codes
    )


def test_a_column_of_languages_is_read_however_it_spells_them(init: Init) -> None:
    for name in ("train", "test"):
        write(f"m/{name}.csv", languages("en", "sv", "zh-CN"))
    status, out, _ = init("m")
    (table,) = drafted().task.values()
    assert status == 0 and table.columns["language"] == "lang"
    assert set(table.files["train"]) == {"en", "sv", "zh-Hans"}
    assert 'rows of "zh-Hans" by the column "lang" are in another script' in out


def test_a_column_of_languages_with_something_else_is_not_passed_over(init: Init) -> None:
    for name in ("train", "test"):
        write(f"m/{name}.csv", languages("en", "jp"))
    status, _, errors = init("m")
    assert status == 2 and """m/test.csv: the column "lang" holds 'jp' beside languages""" in errors
    assert 'did you mean "ja"?' in errors


def test_a_column_called_lang_without_languages_is_listed_as_not_read(init: Init) -> None:
    for name in ("train-en", "test-en"):
        write(f"m/{name}.csv", languages("python code", "prolog code"))
    assert init("m")[0] == 0 and "# Not read: lang." in Path("study.toml").read_text("utf-8")


def test_text_in_another_script_than_the_files_language_is_asked_about(init: Init) -> None:
    write(
        "m/train-en.csv",
        "original,translation,label\n" + "The ferry is blue.,渡し船は青い。,a\nIt was here.,ここだ。,b\n" * 3,
    )
    write("m/test-ja.csv", Path("m/train-en.csv").read_text("utf-8"))
    status, _, errors = init("m", "--column", "text=original")
    assert status == 2 and 'm/test-ja.csv: the column "original" (text) is not in Japanese' in errors
    assert '"translation" is' in errors and "--column text=NAME" in errors
    write("m/train-ja.csv", Path("m/train-en.csv").read_text("utf-8"))
    Path("m/train-en.csv").unlink()
    assert init("m", "--column", "text=translation")[0] == 0
    (table,) = drafted().task.values()
    assert table.columns == {"text": "translation", "label": "label"}
    assert "# Not read: original." in Path("study.toml").read_text("utf-8")


def test_english_text_under_a_japanese_name_is_said(init: Init) -> None:
    for name in ("train-en", "test-ja"):
        write(f"m/{name}.csv", ENGLISH)
    status, out, _ = init("m")
    assert status == 0 and 'm/test-ja.csv: in "ja" by its name, though its text is in another script' in out


def test_line_numbers_and_annotators_are_no_words_and_tags(init: Init) -> None:
    for name in ("train-en", "test-en"):
        write(f"m/{name}.iob2", INDEXED)
    assert init("m")[0] == 0
    (table,) = drafted().task.values()
    assert table.columns == {"words": "2", "tags": "3"} and table.names == ("O", "B-LOC", "B-PER")
    assert "# Not read: column 1, column 4, column 5." in Path("study.toml").read_text("utf-8")


def test_several_columns_of_tags_are_asked_about(init: Init) -> None:
    for name in ("train-en", "test-en"):
        write(f"m/{name}.conll", "1 Nina PROPN ann\n2 sails VERB ben\n\n1 Oslo PROPN ann\n2 sleeps VERB ann\n")
    status, _, errors = init("m")
    assert status == 2 and "m/test-en.conll: several columns may hold the tags (3, 4)" in errors
    assert "--column tags=3" in errors and init("m", "--column", "tags=3")[0] == 0
    (table,) = drafted().task.values()
    assert table.columns == {"words": "2", "tags": "3"} and set(table.names) == {"PROPN", "VERB"}


def test_text_files_are_what_they_hold(init: Init) -> None:
    pairs = (
        "Das Boot legt ab.\tDas Schiff bleibt.\tcontradiction\nEs regnet.\tRegen.\tentailment\n"
        "Er geht.\tEr bleibt.\tcontradiction\n"
    )
    for name in ("train-de", "test-de"):
        write(f"m/{name}.txt", pairs)
    assert init("m")[0] == 0
    (table,) = drafted().task.values()
    assert (table.family, table.format, table.columns["pair"]) == ("classification", "tsv", "column2")
    for name in ("train-de", "test-de"):
        write(f"m/{name}.txt", "Das Boot legt ab.\nEs regnet dort wieder.\n")
    status, _, errors = init("m", "--force")
    assert status == 2 and "m/test-de.txt: holds running text" in errors


def test_a_folder_of_several_tasks_gives_a_study_each(init: Init) -> None:
    for name in ("train-en", "test-sv"):
        write(f"all/mails/{name}.csv", ENGLISH)
        write(f"all/ships-{name}.conll", "Nina B-PER\nsails O\n\nOslo B-LOC\nis O\n")
    write("all/README.md", "About them.")
    status, out, _ = init("all")
    assert status == 0 and "all/README.md: not read" in out
    assert drafted("study-mails.toml").task["mails"].family == "classification"
    assert drafted("study-ships.toml").task["ships"].family == "tagging"
    assert init("all")[0] == 2 and init("all", "--force")[0] == 0


def test_a_label_that_splits_spell_in_two_ways_is_drafted_once(init: Init) -> None:
    lines = "".join(f"The ferry {place} is blue.,{place % 3}.0\n" for place in range(12))
    put(**{"train-en.csv": f"text,label\n{lines}", "test-de.csv": f"text,label\n{lines.replace('.0', '')}"})
    assert init(".")[0] == 0
    (task,) = drafted().task.values()
    assert tuple(task.labels) == ("0", "1", "2")


def test_labels_that_differ_in_capitals_alone_get_a_remark(init: Init) -> None:
    lines = "".join(f"The ferry {place} is blue.,{('Bug', 'bug', 'other')[place % 3]}\n" for place in range(12))
    put(**{"train-en.csv": f"text,label\n{lines}", "test-de.csv": f"text,label\n{lines}"})
    assert init(".")[0] == 0
    assert "but Bug and bug differ in capitals or blanks alone" in Path("study.toml").read_text("utf-8")


def test_a_file_that_was_passed_over_is_named_where_something_is_missing(init: Init) -> None:
    put(**{"train-en.xlsx": "PK", "test-de.csv": "text,label\nDas Boot.,a\nEs regnet.,b\n"})
    status, _, errors = init(".")
    assert (
        status == 2
        and "there is nothing to train on" in errors
        and "train-en.xlsx: not read, it is a spreadsheet: save it as CSV" in errors
    )
    Path("test-de.csv").unlink()
    status, _, errors = init(".")
    assert (
        status == 2
        and "no name says which split it is" in errors
        and "train-en.xlsx: not read, it is a spreadsheet: save it as CSV" in errors
    )


@pytest.mark.parametrize(("label", "held"), [("bug", 'nothing but "bug"'), ("", "nothing")])
def test_a_column_of_labels_without_several_is_named(init: Init, label: str, held: str) -> None:
    lines = "".join(f"The ferry {place} is blue.,{label}\n" for place in range(12))
    put(**{"train-en.csv": f"text,label\n{lines}", "test-de.csv": f"text,label\n{lines}"})
    status, _, errors = init(".")
    assert status == 2 and f'the column "label" is taken for labels and holds {held} in ' in errors


def test_truths_beside_digits_get_a_remark(init: Init) -> None:
    rows = [{"text": f"The ferry {place} is blue.", "label": place % 2} for place in range(12)]
    truths = [{**row, "label": bool(row["label"])} for row in rows]
    train, test = ("".join(json.dumps(row) + "\n" for row in given) for given in (truths, rows))
    put(**{"train-en.jsonl": train, "test-de.jsonl": test})
    assert init(".")[0] == 0
    assert "False and True may be 0 and 1: write labels in one way" in Path("study.toml").read_text()
    put(**{"test-de.jsonl": train})
    assert init(".", "--force")[0] == 0 and "in one way" not in Path("study.toml").read_text()
