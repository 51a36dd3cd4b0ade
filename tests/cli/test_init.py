"""`stepstone init`: from files to a study that is planned and rehearsed at once, with reasons for what was guessed."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from stepstone.cli import main
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.data.load import load_examples
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import rehearse

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
        return int(exit_.value.code or 0), shown.out, shown.err

    return call


def put(name: str, content: str | list[dict[str, Any]]) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content, "utf-8")
    elif path.suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(content), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    else:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content), "utf-8")


def spread(folder: str, ending: str, content: str | list[dict[str, Any]], codes: str = "ja de") -> None:
    """Train and dev in English, test in some languages."""
    for name in ("train-en", "dev-en", *(f"test-{code}" for code in codes.split())):
        put(f"{folder}/{name}.{ending}", content)


def drafted(init: Init, *words: str) -> Study:
    """The study drafted from these files: its rows are read, it can be planned and it can be rehearsed."""
    status, _, errors = init(*words, "--out", "study.toml", "--force")
    assert status == 0, errors
    study = Study.load("study.toml")
    place = Place(cache=Path("cache"), use_hub=False)
    # What the catalogue would bring is not there: the files are read by themselves.
    is_trained = any("train" in table.files or table.family == "retrieval" for table in study.task.values())
    alone = study.model_copy(update={"intermediate": {}})
    planned = plan(alone, place if is_trained else Place(cache=Path("cache")))
    for task in planned.catalogue.study_tasks.values():
        for split, languages in task.languages.items():
            assert all(load_examples(task, split, code, planned.place) for code in languages)
    assert plan(study, Place(cache=Path("cache"))).cells, "with the hub, intermediates are planned, too"
    assert plan(rehearse(study), place).cells
    return study


MAILS = "id,message,team\n" + "".join(
    f'{i},"The ferry, number {i}, {verb}.",{team}\n'
    for i, (verb, team) in enumerate([("was dear", "billing"), ("sank", "bug"), ("is blue", "other")] * 4)
)
NLI = [
    {"premise": f"The ferry {i} left.", "hypothesis": f"It {verb} {i}.", "gold_label": label}
    for i, (verb, label) in enumerate([("moved", "entailment"), ("sank", "neutral"), ("stayed", "contradiction")] * 3)
]
LIKE = [{"sentence1": f"Ferry {i}.", "sentence2": f"Boat {i}.", "score": i / 2} for i in range(9)]
CONLL = "Nina B-PER\nsails O\n\nOslo B-LOC\nis O\nold O\n"
ASKED = {"id": "1", "question": "What left?", "answers": [{"text": "ferry", "answer_start": 4}]}
BARE = {"id": "2", "question": "Who sank?", "answers": [], "is_impossible": True}


def squad(*questions: dict[str, Any]) -> str:
    return json.dumps({"data": [{"title": "", "paragraphs": [{"context": "The ferry left.", "qas": questions}]}]})


def test_single_texts(init: Init) -> None:
    spread("mails", "csv", MAILS)
    study = drafted(init, "mails")
    table = study.task["mails"]
    assert (study.name, table.family, table.names) == ("mails", "classification", ("billing", "bug", "other"))
    assert table.columns == {"text": "message", "label": "team"}
    assert table.files["test"] == {"de": "mails/test-de.csv", "ja": "mails/test-ja.csv"}
    assert study.models == ("xlm-roberta-base",) and study.seeds == (1, 2, 3)
    assert study.intermediate["nli"].tasks == {"en": "mnli", "ja": "jnli"}
    assert study.target["mails"].recipe == {"num_epochs": 20}
    text = Path("study.toml").read_text("utf-8")
    assert '"team" holds 3 different values' in text and "# Not read: id." in text and "# 12 rows" in text


def test_an_encoder_of_one_s_own_is_in_the_draft_with_no_longer_texts_than_it_can_place(init: Init) -> None:
    spread("mails", "csv", MAILS)
    sizes = {"num_hidden_layers": 2, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 64}
    config = {"model_type": "xlm-roberta", "vocab_size": 90, "max_position_embeddings": 66, **sizes}
    put("encoders/our.tiny/config.json", json.dumps(config))
    assert init("mails", "--model", "encoders/our.tiny", "--out", "studies/mails.toml")[0] == 0
    study = Study.load("studies/mails.toml")
    assert study.models == ("our-tiny",)
    assert study.model["our-tiny"].folder == str(Path("encoders/our.tiny").resolve())
    assert study.recipe == {"max_length": 64}


def test_a_listed_encoder_is_named_and_another_word_is_answered_before_anything_is_written(init: Init) -> None:
    spread("mails", "csv", MAILS)
    assert drafted(init, "mails", "--model", "mdeberta-v3-base").models == ("mdeberta-v3-base",)
    for word, said in (("xlm-roberta-bse", 'did you mean "xlm-roberta-base"'), ("mails", "holds no config.json")):
        status, _, err = init("mails", "--model", word, "--out", "other.toml")
        assert status == 2 and said in err and not Path("other.toml").exists()


def test_pairs_in_parquet(init: Init) -> None:
    spread("nli", "parquet", NLI)
    table = drafted(init, "nli").task["nli"]
    assert table.columns == {"text": "premise", "label": "gold_label", "pair": "hypothesis"}


def test_tab_separated_without_a_header(init: Init) -> None:
    rows = "".join(f"{row['premise']}\t{row['hypothesis']}\t{row['gold_label']}\n" for row in NLI)
    spread("pairs", "tsv", rows)
    table = drafted(init, "pairs").task["pairs"]
    assert table.header == ("column1", "column2", "column3") and table.columns["label"] == "column3"


def test_semicolons(init: Init) -> None:
    spread("mails", "csv", "text;label\n" + "Eine Fähre.;gut\nKein Boot.;schlecht\n" * 3)
    assert drafted(init, "mails").task["mails"].delimiter == ";"


def test_numbers(init: Init) -> None:
    spread("likeness", "jsonl", LIKE)
    table = drafted(init, "likeness").task["likeness"]
    assert (table.family, table.scale) == ("regression", (0.0, 4.0))


@pytest.mark.parametrize("ending", ["conll", "tsv", "txt"])
def test_words_with_tags(init: Init, ending: str) -> None:
    spread("names", ending, CONLL.replace(" ", "\t") if ending == "tsv" else CONLL)
    table = drafted(init, "names").task["names"]
    assert (table.family, table.names) == ("tagging", ("O", "B-LOC", "B-PER"))


def test_words_with_tags_in_lists(init: Init) -> None:
    spread("names", "jsonl", [{"tokens": ["Nina", "sails"], "ner": ["B-PER", "O"]}])
    assert drafted(init, "names").task["names"].columns == {"words": "tokens", "tags": "ner"}


@pytest.mark.parametrize("questions", [(ASKED,), (ASKED, BARE)])
def test_questions_laid_out_as_squad_is(init: Init, questions: tuple[dict[str, Any], ...]) -> None:
    spread("asked", "json", squad(*questions))
    study = drafted(init, "asked")
    assert study.task["asked"].family == "span" and study.task["asked"].unanswerable == (BARE in questions)
    assert study.intermediate["span"].tasks == {"en": "squad", "ja": "jaquad"}
    assert study.target["asked"].recipe["max_length"] == 384


def test_questions_in_lines(init: Init) -> None:
    row = {**ASKED, "context": "The ferry left.", "answers": {"text": ["ferry"], "answer_start": [4]}}
    spread("asked", "jsonl", [row])
    assert drafted(init, "asked").task["asked"].columns["answers"] == "answers"


def test_options_in_columns(init: Init) -> None:
    rows = "question,choice1,choice2,choice3,label\n" + "What swims?,a rope,a duck,a hat,2\nWhat flies?,a,b,c,3\n" * 2
    spread("quiz", "csv", rows)
    table = drafted(init, "quiz").task["quiz"]
    assert table.columns["options"] == ("choice1", "choice2", "choice3") and table.names == ("1", "2", "3")


def test_options_in_a_list(init: Init) -> None:
    spread("quiz", "json", [{"ctx": "It rained.", "endings": ["It is wet.", "It is dry."], "label": 1}] * 3)
    table = drafted(init, "quiz").task["quiz"]
    assert table.columns == {"options": "endings", "label": "label", "context": "ctx"} and not table.labels


def test_aligned_pairs(init: Init) -> None:
    for code in ("ja", "de"):
        put(f"pairs/{code}/test.csv", f"en,{code}\nA ferry.,Fähre {code}.\nA heron.,Reiher {code}.\n")
    # A column has one name in all files: here the languages are told by the folders.
    assert init("pairs")[0] == 2
    for code in ("ja", "de"):
        put(f"pairs/{code}/test.csv", f"english,other\nA ferry.,Fähre {code}.\nA heron.,Reiher {code}.\n")
    study = drafted(init, "pairs")
    assert study.task["pairs"].columns == {"source": "other", "target": "english"}
    assert study.target["pairs"].train is None


def test_translations_called_target_are_no_labels(init: Init) -> None:
    put("pairs/test-ja.tsv", "source\ttarget\n渡し船が出る。\tThe ferry leaves.\n鷺が鳴く。\tA heron cries.\n")
    assert drafted(init, "pairs").task["pairs"].columns == {"source": "source", "target": "target"}


def test_one_file_for_all_languages(init: Init) -> None:
    rows = "".join(f"Ferry {i}.,{label},{code}\n" for i, label in enumerate(["a", "b"] * 3) for code in ("en", "ja"))
    for split in ("train", "dev", "test"):
        put(f"mails/{split}.csv", "text,label,lang\n" + rows)
    table = drafted(init, "mails").task["mails"]
    assert table.columns["language"] == "lang" and set(table.files["train"]) == {"en", "ja"}


def test_where_names_tell_no_language_the_script_does_and_that_is_said(init: Init) -> None:
    for split in ("train", "valid", "test"):
        put(f"{split}.csv", "text,label\n" + "渡し船は青い。,a\nさぎが鳴く。,b\n" * 3)
    status, out, _ = init("train.csv", "valid.csv", "test.csv")
    assert status == 0 and 'train.csv: taken for "ja" by its script' in out
    study = Study.load("study.toml")
    assert study.source_language == "ja" and next(iter(study.task.values())).files["dev"] == {"ja": "valid.csv"}


def test_without_dev_the_last_checkpoint_is_kept_and_without_test_dev_is_scored(init: Init) -> None:
    put("mails/train.csv", MAILS)
    put("mails/test.csv", MAILS)
    assert drafted(init, "mails").target["mails"].recipe["selection"] == "last"
    Path("mails/test.csv").rename("mails/dev.csv")
    study = drafted(init, "mails")
    assert study.target["mails"].split == "dev" and study.target["mails"].recipe["selection"] == "last"


def test_without_train_a_catalogue_task_of_the_same_labels_is_trained_on(init: Init) -> None:
    put("pairs/test-ja.jsonl", NLI)
    study = drafted(init, "pairs")
    assert study.target["pairs"].train == ("mnli",)
    assert study.task["pairs"].names == ("entailment", "neutral", "contradiction")


def test_a_name_of_the_catalogue_is_not_taken(init: Init) -> None:
    spread("xnli", "jsonl", NLI)
    assert set(drafted(init, "xnli").task) == {"xnli_own"}


def test_a_file_that_is_there_is_written_over_only_by_force(init: Init) -> None:
    spread("mails", "csv", MAILS)
    put("study.toml", "mine")
    status, _, errors = init("mails")
    assert status == 2 and "is there already" in errors and Path("study.toml").read_text() == "mine"
    assert init("mails", "--force")[0] == 0
    assert tomllib.loads(Path("study.toml").read_text("utf-8"))["name"] == "mails"
    assert "or from the folder of this file" in Path("study.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no name says which split it is"),
        ({"x/one.csv": MAILS}, "no name says which split it is (found: x/one.csv)"),
        ({"x/train.csv": MAILS}, "there is train and nothing to evaluate"),
        ({"x/test.csv": MAILS}, "there is nothing to train on"),
        ({"x/train.csv": MAILS, "x/a/test.csv": MAILS, "x/b/test.csv": MAILS}, "give files of one task at a time"),
        ({"x/train.csv": "a,b\n1,2\n3,4\n", "x/test.csv": MAILS}, "its columns (a, b) speak for no kind of task"),
        ({"x/train.csv": MAILS, "x/test.csv": "text,label\nOne.,a\n"}, 'x/test.csv: has no column "message"'),
        ({"x/train.jsonl": '{"text": "cut', "x/test.jsonl": "{}"}, "x/train.jsonl, line 1: is not JSON"),
        ({"x/train.csv": "", "x/test.csv": MAILS}, "x/train.csv: is empty"),
        ({"x/train.parquet": "no table", "x/test.csv": MAILS}, "is not Parquet"),
        ({"x/train.csv": MAILS, "x/test.csv": MAILS.replace(",", ";")}, "is laid out otherwise than x/train.csv"),
    ],
)
def test_what_cannot_be_read_or_decided_is_told(init: Init, files: dict[str, str], message: str) -> None:
    Path("x").mkdir()
    for name, content in files.items():
        put(name, content)
    status, _, errors = init("x")
    assert status == 2 and message in errors and "remedy:" in errors and "Traceback" not in errors
    assert not Path("study.toml").exists()


def test_files_that_are_not_there_are_told(init: Init) -> None:
    status, _, errors = init("nowhere")
    assert status == 2 and "nowhere: is not there" in errors


@pytest.mark.parametrize(
    ("labels", "metrics"), [("01", '"acc_and_f1"    # or macro_f1'), ("ab", '"macro_f1"    # or mcc')]
)
def test_a_draft_names_the_metrics_that_its_labels_can_be_scored_by(labels: str, metrics: str, init: Init) -> None:
    rows = [{"text": f"{word} {n}", "label": labels[n % 2]} for n, word in enumerate(["ferry", "heron"] * 10)]
    spread("mine", "jsonl", rows)
    assert init("mine")[0] == 0
    assert f"# metric = {metrics}" in Path("study.toml").read_text("utf-8")
