"""The table of an own task: every mistake is told with its key and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.catalogue.own import declare
from stepstone.core.errors import UserError
from stepstone.core.study import Study

GOOD: dict[str, Any] = {"family": "classification", "labels": ["a", "b"], "files": {"train": {"en": "train.csv"}}}


def parse(name: str = "mine", **changes: Any) -> Study:
    return Study.parse({"name": "s", "models": ["m"], "target": {"mine": {}}, "task": {name: GOOD | changes}})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "classifcation"}, 'task.mine.family: no family is called "classifcation"; did you mean "class'),
        ({"famly": "span"}, 'task.mine.famly: no such key; did you mean "family"?'),
        ({"labels": ["a"]}, "task.mine.labels: classification needs the names of all its labels, 2 or more"),
        ({"labels": ["a", "a"]}, "task.mine.labels: a label is listed more than once"),
        ({"labels": [0.5, 1]}, "task.mine.labels: give names"),
        ({"family": "span"}, "task.mine.labels: span has none"),
        ({"columns": {"txt": "message"}}, 'columns.txt: classification has no such field; did you mean "text"?'),
        ({"columns": {"text": ["a", "b"]}}, "columns.text: give one column"),
        ({"columns": {"text": 0.5}}, "task.mine.columns: text: give the name of a column"),
        ({"files": {}}, "task.mine: give files, or hub"),
        ({"files": {"valid": {"en": "dev.csv"}}}, "'train', 'dev' or 'test'"),
        ({"files": {"train": {"jp": "dev.csv"}}}, 'task.mine.files.train: no language has the code "jp"'),
        ({"files": {"train": 3}}, "task.mine.files.train: give a file per language"),
        ({"files": {"train": "train.csv"}}, "files.train: in which languages? give languages = [...]"),
        ({"files": {"train": "train.csv"}, "languages": ["en", "ja"]}, "put {language} into its name"),
        ({"files": {"train": {"en": "train.xls"}}}, '"train.xls" has no known ending; give format = one of csv, tsv'),
        ({"format": "squad"}, "format: squad holds span, not classification"),
        ({"unanswerable": True}, "unanswerable: is for span, not for classification"),
        ({"scale": [0, 5]}, "scale: is for regression"),
        ({"family": "regression", "labels": [], "scale": [5, 0]}, "5 is not below 0"),
        ({"metric": "f1"}, 'metric: classification is not scored by "f1"; known: acc_and_f1, accuracy, macro_f1, mcc'),
        ({"metric": "acc_and_f1"}, "metric: acc_and_f1 is of the labels 0 and 1, not of "),
        ({"recipe": {"learning_rte": 1.0}}, 'did you mean "learning_rate"?'),
    ],
)
def test_a_mistake_is_told(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        declare(parse(**change).task)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["my task", "a/b", "", "7up"])
def test_a_name_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="task"):
        parse(name)


def test_the_name_of_a_catalogue_task_is_taken() -> None:
    with pytest.raises(UserError, match='the catalogue has a task called "xnli"'):
        declare(parse("xnli").task)


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({}, ("accuracy", "xtreme-2020")),
        ({"metric": "mcc"}, ("mcc", "jcola")),
        ({"metric": "macro_f1", "definition": "corrected"}, ("macro_f1", "corrected")),
        ({"family": "tagging", "labels": ["O", "B-X", "I-X"]}, ("chunk_f1", "seqeval-1.2.2")),
        ({"family": "tagging", "labels": ["NOUN", "VERB"]}, ("token_accuracy", "seqeval-1.2.2")),
        ({"family": "span", "labels": []}, ("squad", "language-aware")),
        ({"family": "span", "labels": [], "unanswerable": True}, ("squad", "language-aware")),
        ({"family": "span", "labels": [], "files": {"test": {"ja": "test.json"}}}, ("squad", "language-aware")),
        ({"family": "regression", "labels": []}, ("pearson", "jglue")),
        ({"family": "choice", "labels": []}, ("accuracy", "xtreme-2020")),
        ({"family": "retrieval", "labels": []}, ("nearest_neighbour", "xtreme-2020")),
    ],
)
def test_the_score_is_the_familys_usual_one_unless_the_table_names_another(
    change: dict[str, Any], score: tuple[str, str]
) -> None:
    task = declare(parse(**change).task)["mine"]
    assert (task.metric, task.definition) == score


def test_a_metric_of_the_labels_0_and_1_is_for_these() -> None:
    (task,) = declare(parse(metric="acc_and_f1", labels=["0", "1"]).task).values()
    assert task.metric == "acc_and_f1"
