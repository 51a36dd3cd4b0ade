"""A study's own tasks in a plan, in a rehearsal, and trained and scored for good."""

from __future__ import annotations

import csv
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.catalogue.own import declare, describe_scores
from stepstone.core.errors import UserError
from stepstone.core.example import ChoiceExample, SpanExample, TaggingExample, TextExample
from stepstone.core.example_sides import PairExample
from stepstone.core.own import OwnTask
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.study import Study
from stepstone.core.task import Task
from stepstone.data.load import load_examples
from stepstone.evidence.frame import collect
from stepstone.evidence.power import describe_power, settings_of
from stepstone.lab.files.own import SIZES, describe
from stepstone.launchers.local import Local
from stepstone.pipeline.rescore import rescore
from stepstone.pipeline.run import run
from stepstone.planning.plan import Plan, plan
from stepstone.planning.preflight import check_data
from stepstone.planning.rehearse import rehearse
from stepstone.store.store import Store

STUDY = """
name = "support"
models = ["tiny"]
seeds = [1]

[model.tiny]
folder = "tiny"

[recipe]
num_steps = 4
batch_size = 8
max_length = 32
learning_rate = 1e-3

[task.support]
family = "classification"
labels = ["billing", "bug", "other"]
columns = { text = "message", label = "team" }
languages = ["en", "ja"]
[task.support.files]
train = { en = "mails/train.csv" }
dev = { en = "mails/dev.csv" }
test = "mails/test-{language}.csv"

[intermediate.mails]
tasks = { en = "support" }
num_examples = 12

[target.support]
"""
WORDS = {"billing": ("ticket", "refund"), "bug": ("crash", "stain"), "other": ("heron", "soup")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the study's files in which the test stands."""
    monkeypatch.chdir(tmp_path)
    for name, num in (("train", 24), ("dev", 6), ("test-en", 6), ("test-ja", 6)):
        path = tmp_path / "mails" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["message", "team"])
            for i in range(num):
                team = list(WORDS)[i % 3]
                writer.writerow([f"{name} {i}: the {WORDS[team][i % 2]}, again", team])
    return tmp_path


def study_of(**changes: Any) -> Study:
    return Study.parse({**tomllib.loads(STUDY), "model": {"tiny": {"hub": "a/b", "revision": "0a1b2c"}}, **changes})


def planned(study: Study | None = None) -> Plan:
    return plan(study or study_of(), Place(cache=Path("cache"), use_hub=False))


def test_an_own_task_is_intermediate_training_task_and_target(here: Path) -> None:
    found = planned()
    assert found.num_stages == {"pretrained": 1, "finetune": 3, "evaluate": 4 + 1}
    specs = [stage.spec for stage in found.stages.values()]
    trained = [spec for spec in specs if isinstance(spec, FinetuneSpec)]
    assert {spec.train.task for spec in trained} == {"support"} and all(spec.dev for spec in trained)
    read = [spec for spec in specs if isinstance(spec, EvaluateSpec)]
    assert {(spec.data.task, spec.data.language, spec.metric) for spec in read} == {
        ("support", "en", "accuracy"),
        ("support", "ja", "accuracy"),
    }


def test_the_catalogue_carries_own_tasks_to_workers(here: Path) -> None:
    found = planned()
    sent = Catalogue.model_validate_json(found.catalogue.model_dump_json())
    assert set(sent.study_tasks) == {"support"} and sent.task("support") == found.catalogue.task("support")
    assert len(load_examples(sent.task("support"), "test", "ja", found.place)) == 6


def test_a_changed_label_or_column_changes_every_key_and_a_moved_file_none(here: Path) -> None:
    table = tomllib.loads(STUDY)["task"]["support"]
    before = set(planned().stages)
    (here / "mails").rename(here / "letters")
    files = {"train": {"en": "letters/train.csv"}, "dev": {"en": "letters/dev.csv"}}
    files["test"] = "letters/test-{language}.csv"
    assert set(planned(study_of(task={"support": {**table, "files": files}})).stages) == before
    for change in ({"labels": ["bug", "billing", "other"]}, {"columns": {"text": "team", "label": "message"}}):
        after = planned(study_of(task={"support": {**table, "files": files, **change}})).stages
        shared = before & set(after)
        assert {after[key].kind for key in shared} == {"pretrained"}


def test_power_reckons_with_the_examples_that_the_own_test_set_was_found_to_hold(here: Path, tmp_path: Path) -> None:
    found, store = planned(study_of(seeds=[1, 2])), Store(tmp_path / "store")
    (one,) = settings_of(found, store)
    (unread,) = describe_power([one], found.study)
    assert "; the choice of examples is left out, for how many there are is not known yet)" in unread
    check_data(found, found.stages)
    (one,) = settings_of(found, store)
    assert one.example_variance == pytest.approx(100**2 * 0.15 / 6)
    (read,) = describe_power([one], found.study)
    assert "of a difference from the choice of examples 16 points)" in read


def test_missing_files_are_told_together_before_anything_runs(here: Path) -> None:
    for path in here.glob("mails/test-*.csv"):
        path.unlink()
    with pytest.raises(UserError) as caught:
        planned()
    assert "test in en, ja\n  looked for: mails/test-en.csv, mails/test-ja.csv" in str(caught.value)


def test_a_bad_row_is_told_before_anything_is_trained(here: Path) -> None:
    with (here / "mails" / "test-ja.csv").open("a", encoding="utf-8") as file:
        file.write("once more,bgu\n")
    with pytest.raises(UserError, match=r'test-ja\.csv, line 8 \(support test, ja\): "bgu" is not a label'):
        run(planned(), Store("store"))


def test_training_on_another_task_needs_the_same_labels_in_the_same_order(here: Path) -> None:
    def mine(labels: list[str]) -> Study:
        table = {"family": "classification", "labels": labels, "columns": {"pair": "team"}}
        table["columns"] |= {"text": "message", "label": "team"}
        table["files"] = {"test": {"en": "mails/test-en.csv"}}
        return study_of(task={"mine": table}, target={"mine": {"train": ["mnli"]}}, intermediate={})

    for labels in (["contradiction", "neutral", "entailment"], ["entailment", "neutral"]):
        with pytest.raises(UserError, match="must list the same labels in one order: entailment, neutral, contrad"):
            rehearsed(mine(labels))
    assert rehearsed(mine(["entailment", "neutral", "contradiction"])).cells


def rehearsed(study: Study) -> Plan:
    return plan(rehearse(study), Place(cache=Path("cache"), use_hub=False))


def test_a_rehearsal_needs_no_files_and_trains_a_head_of_the_same_labels(here: Path) -> None:
    for path in here.glob("mails/*"):
        path.unlink()
    found = rehearsed(study_of())
    trained = [stage.spec.train for stage in found.stages.values() if isinstance(stage.spec, FinetuneSpec)]
    assert {use.labels for use in trained} == {("billing", "bug", "other")}
    assert all(":lab:" in use.content for use in trained)
    task = found.catalogue.study_tasks["support"]
    rows = load_examples(task, "test", "ja", found.place)
    assert len(rows) == SIZES["test"] and {row.label for row in rows} == {"billing", "bug", "other"}
    assert "support is the study's own task; in its place the lab generates" in describe(task)


def own(family: str, **more: Any) -> Task:
    files = {"train": {"en": "train.jsonl"}, "test": {"ja": "test.jsonl"}}
    return declare(study_of(task={"mine": {"family": family, "files": files, **more}}).task)["mine"]


def told(task: Task, split: str = "test", language: str = "ja") -> list[Any]:
    return load_examples(task, split, language, Place(cache=Path("cache"), lab_seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("num", [2, 3, 4, 6, 7, 41])
@pytest.mark.parametrize("columns", [{}, {"pair": "b"}])
def test_the_lab_tells_texts_of_any_number_of_labels(here: Path, num: int, columns: dict[str, str]) -> None:
    labels = [f"label {i}" for i in range(num)]
    rows = told(own("classification", labels=labels, columns=columns))
    assert {row.label for row in rows} == set(labels)
    assert all(isinstance(row, TextExample) and (row.pair is not None) == bool(columns) for row in rows)
    # The same text never has two labels: they can be learnt.
    assert len({(row.text, row.pair) for row in rows}) >= len({(row.text, row.pair, row.label) for row in rows}) - 1


def test_more_labels_than_the_lab_tells_apart_are_refused(here: Path) -> None:
    with pytest.raises(UserError, match="cannot tell 900 labels apart"):
        told(own("classification", labels=[f"l{i}" for i in range(900)]))


@pytest.mark.slow
@pytest.mark.parametrize("columns", [{}, {"pair": "b"}])
def test_the_lab_tells_numbers_within_the_scale(here: Path, columns: dict[str, str]) -> None:
    numbers = {row.label for row in told(own("regression", columns=columns, scale=[-1, 1]))}
    assert min(numbers) == -1.0 and max(numbers) == 1.0 and len(numbers) > 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "labels",
    [
        ["ADJ", "ADP", "NOUN", "VERB", "X"],
        ["O", "B-SHIP", "I-SHIP", "B-PORT", "I-PORT"],
        ["a", "b"],
        list("abcdefghijklmn"),
    ],
)
def test_the_lab_tags_its_sentences_by_any_labels(here: Path, labels: list[str]) -> None:
    rows = told(own("tagging", labels=labels), "train", "en")
    assert all(isinstance(row, TaggingExample) for row in rows)
    used = {tag for row in rows for tag in row.tags}
    assert used <= set(labels) and len(used) >= min(2, len(labels))


@pytest.mark.slow
@pytest.mark.parametrize("unanswerable", [False, True])
def test_the_lab_asks_about_passages(here: Path, unanswerable: bool) -> None:
    rows = told(own("span", unanswerable=unanswerable))
    assert all(isinstance(row, SpanExample) for row in rows)
    assert any(row.answers == () for row in rows) == unanswerable


@pytest.mark.parametrize(
    ("columns", "num"),
    [
        ({}, 4),
        ({"options": ["a", "b"]}, 2),
        pytest.param({"context": "c", "options": [f"o{i}" for i in range(9)]}, 9, marks=pytest.mark.slow),
    ],
)
def test_the_lab_gives_as_many_options(here: Path, columns: dict[str, Any], num: int) -> None:
    rows = told(own("choice", columns=columns))
    assert all(isinstance(row, ChoiceExample) and len(row.options) == num for row in rows)
    assert bool(rows[0].context) == ("context" in columns) and {row.label for row in rows} == set(range(num))


def test_the_lab_pairs_sentences_with_translations(here: Path) -> None:
    rows = told(own("retrieval"))
    assert all(isinstance(row, PairExample) and row.source != row.target for row in rows)


@pytest.mark.trains
def test_from_a_table_to_a_score(here: Path, tiny: Path) -> None:
    (here / "tiny").symlink_to(tiny)
    (here / "support.toml").write_text(STUDY, encoding="utf-8")
    found = plan(Study.load("support.toml"), Place(cache=Path("store/cache"), use_hub=False))
    store = Store("store")
    # The worker begins in another folder, as a launcher may start it, and finds what the study names from this one.
    command = ("sh", "-c", 'cd / && exec "$0" -m stepstone.worker', sys.executable)
    outcome = run(found, store, Local(1, store.root / "logs", command), Runtime(device="cpu"))
    assert outcome.exit_status == 0, outcome.failures
    frame = collect(found, store)
    assert list(frame["status"]) == ["done"] * 4 and frame["value"].between(0, 100).all()
    key = found.labels["tiny/mails.en/support/s1/ja"]
    rows = [json.loads(line) for line in (store.folder(key) / "predictions.jsonl").read_text("utf-8").splitlines()]
    assert [row["gold"] for row in rows] == ["billing", "bug", "other"] * 2
    trained = store.folder(found.labels["tiny/none/support/s1"])
    assert list(json.loads((trained / "config.json").read_text())["label2id"]) == ["billing", "bug", "other"]
    assert len(rescore(found, store, "corrected")) == 4 + 1


@pytest.mark.parametrize(
    ("labels", "score", "is_noted"),
    [
        (["O", "B-PER", "I-PER"], ("chunk_f1", "seqeval-1.2.2"), False),
        (["O", "B-PER", "I-PER", "E-PER", "S-PER"], ("chunk_f1", "entities"), True),
        (["O", "B-PER", "I-PER", "L-PER", "U-PER"], ("chunk_f1", "entities"), True),
        (["O", "I-PER", "E-PER"], ("chunk_f1", "entities"), True),
        (["O", "PER-B", "PER-I"], ("chunk_f1", "entities"), True),
        (["O", "B_PER", "I_PER"], ("chunk_f1", "entities"), True),
        (["O", "B", "I"], ("chunk_f1", "entities"), True),
        (["NOUN", "VERB"], ("token_accuracy", "seqeval-1.2.2"), True),
        (["O", "PER", "B-LOC"], ("token_accuracy", "seqeval-1.2.2"), True),
        (["NN-S", "NN-W"], ("token_accuracy", "seqeval-1.2.2"), True),
    ],
)
def test_the_score_of_own_tags_follows_from_their_notation_and_is_stated(
    labels: list[str], score: tuple[str, str], is_noted: bool
) -> None:
    task = own("tagging", labels=labels)
    assert (task.metric, task.definition) == score
    table = OwnTask.model_validate({"family": "tagging", "labels": labels, "files": {"train": {"en": "a.conll"}}})
    notes = list(describe_scores({"mine": table}, BUILT_IN))
    assert bool(notes) == is_noted and all(score[0] in note for note in notes)
    assert not list(describe_scores({"mine": table.model_copy(update={"metric": score[0]})}, BUILT_IN))
