"""The hub's table and the release's files of a task give the same examples: one task or more of every family."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.task import HubTable
from stepstone.data.load import load_examples

from .conftest import DataFolder, Mirror


class Case(NamedTuple):
    """The same rows as a release's files and as the hub's table lay them out."""

    task: str
    split: str
    language: str
    files: Mapping[str, str]
    repository: str
    config: str
    hub_split: str
    columns: Mapping[str, Sequence[Any]]
    num_rows: int


def _lines(*rows: Mapping[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _squad(*questions: Mapping[str, Any]) -> str:
    paragraphs = [{"context": "The ferry left at dawn.", "qas": list(questions)}]
    return json.dumps({"data": [{"title": "t", "paragraphs": paragraphs}]})


_FERRY = {"text": "The ferry", "answer_start": 0}
_DAWN = {"text": "at dawn", "answer_start": 15}
_QUESTIONS = ({"id": "a", "question": "What?", "answers": [_FERRY, _DAWN]}, {"id": "b", "question": "Why?"})
_HUB_QUESTIONS = {
    "id": ["a", "b"],
    "title": ["t", "t"],
    "context": ["The ferry left at dawn."] * 2,
    "question": ["What?", "Why?"],
}
_TEXTS = ["red", "tall", "wet", "new", "old"]

CASES = [
    Case(
        "xnli", "dev", "de",
        {"xnli/dev-de.tsv": "Es regnet.\tEs ist nass.\tentailment\nAnn geht.\tAnn sitzt.\tcontradiction\n"},
        "facebook/xnli", "de", "validation",
        {"premise": ["Es regnet.", "Ann geht."], "hypothesis": ["Es ist nass.", "Ann sitzt."], "label": [0, 2]},
        2,
    ),
    Case(
        "pawsx", "test", "ja",
        {"x-final/ja/test_2k.tsv": "id\tsentence1\tsentence2\tlabel\n1\tあ、い\tい、あ\t1\n2\tう\t\"え\t0\n"},
        "google-research-datasets/paws-x", "ja", "test",
        {"id": [1, 2], "sentence1": ["あ、い", "う"], "sentence2": ["い、あ", '"え'], "label": [1, 0]},
        2,
    ),
    # A row without consensus is dropped from either.
    Case(
        "snli", "dev", "en",
        {"snli_1.0_dev.jsonl": _lines(
            {"sentence1": "A man rows.", "sentence2": "A man sits.", "gold_label": "neutral"},
            {"sentence1": "A dog runs.", "sentence2": "It ran.", "gold_label": "-"},
            {"sentence1": "A cat naps.", "sentence2": "It runs.", "gold_label": "contradiction"},
        )},
        "stanfordnlp/snli", "plain_text", "validation",
        {"premise": ["A man rows.", "A dog runs.", "A cat naps."],
         "hypothesis": ["A man sits.", "It ran.", "It runs."], "label": [1, -1, 2]},
        3,
    ),
    Case(
        "jsts", "dev", "ja",
        {"jsts-v1.3/valid-v1.3.json": _lines(
            {"sentence_pair_id": "0", "sentence1": "犬", "sentence2": "猫", "label": 1.6},
            {"sentence_pair_id": "1", "sentence1": "犬", "sentence2": "犬", "label": 5.0},
        )},
        "speedcell4/JGLUE", "JSTS", "validation",
        {"sentence1": ["犬", "犬"], "sentence2": ["猫", "犬"], "label": [1.6, 5.0]},
        2,
    ),
    Case(
        "panx", "dev", "de",
        {"de.tar.gz/dev": "de:Ann\tB-PER\nde:Maria\tI-PER\nde:lief\tO\n\nde:Köln\tB-LOC\n"},
        "google/xtreme", "PAN-X.de", "validation",
        {"tokens": [["Ann", "Maria", "lief"], ["Köln"]], "ner_tags": [[1, 2, 0], [5]],
         "langs": [["de", "de", "de"], ["de"]]},
        2,
    ),
    Case(
        "squad", "dev", "en",
        {"dev-v1.1.json": _squad(_QUESTIONS[0], {**_QUESTIONS[1], "answers": [_DAWN]})},
        "rajpurkar/squad", "plain_text", "validation",
        {**_HUB_QUESTIONS, "answers": [{"text": ["The ferry", "at dawn"], "answer_start": [0, 15]},
                                        {"text": ["at dawn"], "answer_start": [15]}]},
        2,
    ),
    Case(
        "squad2", "dev", "en",
        {"dev-v2.0.json": _squad({**_QUESTIONS[0], "is_impossible": False},
                                 {**_QUESTIONS[1], "answers": [], "is_impossible": True,
                                  "plausible_answers": [_DAWN]})},
        "rajpurkar/squad_v2", "squad_v2", "validation",
        {**_HUB_QUESTIONS, "answers": [{"text": ["The ferry", "at dawn"], "answer_start": [0, 15]},
                                        {"text": [], "answer_start": []}]},
        2,
    ),
    Case(
        "tydiqa", "test", "fi",
        {"finnish_tydiqa_dev.json": _squad({"id": "finnish-1", "question": "Mikä?", "answers": [_FERRY]})},
        "google-research-datasets/tydiqa", "secondary_task", "validation",
        {"id": ["finnish-1", "korean-1"], "title": ["t", "t"], "context": ["The ferry left at dawn."] * 2,
         "question": ["Mikä?", "?"], "answers": [{"text": ["The ferry"], "answer_start": [0]}] * 2},
        1,
    ),
    Case(
        "commonsenseqa", "dev", "en",
        {"dev_rand_split.jsonl": _lines({"id": "x", "answerKey": "D", "question": {
            "stem": "What are ferries?", "question_concept": "ferry",
            "choices": [{"label": name, "text": text} for name, text in zip("ABCDE", _TEXTS, strict=True)]}})},
        "tau/commonsense_qa", "default", "validation",
        {"id": ["x"], "question": ["What are ferries?"], "question_concept": ["ferry"],
         "choices": [{"label": list("ABCDE"), "text": _TEXTS}], "answerKey": ["D"]},
        1,
    ),
    Case(
        "hellaswag", "dev", "en",
        {"hellaswag_val.jsonl": _lines({"ind": 1, "ctx_a": "Ann rows.", "ctx_b": "She", "label": 2,
                                        "endings": ["on.", "off.", "up.", "in."]})},
        "Rowan/hellaswag", "default", "validation",
        {"ind": [1], "ctx_a": ["Ann rows."], "ctx_b": ["She"], "label": ["2"],
         "endings": [["on.", "off.", "up.", "in."]]},
        1,
    ),
    Case(
        "copa", "dev", "en",
        {"COPA/val.jsonl": _lines({"premise": "It rained.", "choice1": "It got wet.", "choice2": "It got dry.",
                                   "question": "effect", "label": 0, "idx": 0})},
        "aps/super_glue", "copa", "validation",
        {"premise": ["It rained."], "choice1": ["It got wet."], "choice2": ["It got dry."], "question": ["effect"],
         "idx": [0], "label": [0]},
        1,
    ),
    Case(
        "tatoeba", "test", "de",
        {"tatoeba.deu-eng.deu": "Zwei\nEins\n", "tatoeba.deu-eng.eng": "Two\nOne\n"},
        "mteb/tatoeba-bitext-mining", "deu-eng", "test",
        {"sentence1": ["Zwei", "Eins"], "sentence2": ["Two", "One"]},
        2,
    ),
]  # fmt: skip

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.task)


def declare(case: Case, num_rows: int) -> Any:
    """The task with so many rows declared for its release and its table."""
    task = BUILT_IN.task(case.task)
    sources = tuple(
        source.model_copy(update={"options": {**source.options, "rows": {case.split: num_rows}}})
        if isinstance(source, HubTable)
        else source
        for source in task.sources
    )
    return task.model_copy(update={"sources": sources})


@pytest.fixture
def put(data: DataFolder, mirror: Mirror) -> Callable[[Case], None]:
    def put(case: Case) -> None:
        for name, text in case.files.items():
            data.write(name, text)
        mirror.put_table(case.repository, case.config, case.hub_split, case.columns)

    return put


@each_case
def test_both_sources_yield_the_same_examples(
    data: DataFolder, mirror: Mirror, put: Callable[[Case], None], case: Case
) -> None:
    put(case)
    from_files = load_examples(BUILT_IN.task(case.task), case.split, case.language, data.place)
    from_hub = mirror.load(declare(case, case.num_rows), case.split, case.language)
    assert from_files and from_hub == from_files


@each_case
def test_a_table_of_another_number_of_rows_is_refused_with_the_figure(
    mirror: Mirror, put: Callable[[Case], None], case: Case
) -> None:
    put(case)
    with pytest.raises(UserError, match=rf"{case.num_rows} rows, not the declared {case.num_rows + 7}") as caught:
        mirror.load(declare(case, case.num_rows + 7), case.split, case.language)
    assert f"{case.repository}@" in str(caught.value) and case.hub_split in str(caught.value)


@each_case
def test_the_catalogue_declares_the_figure_that_is_asserted(
    mirror: Mirror, put: Callable[[Case], None], case: Case
) -> None:
    put(case)
    with pytest.raises(UserError, match=rf"has {case.num_rows} rows, not the declared [\d,]+"):
        mirror.load(BUILT_IN.task(case.task), case.split, case.language)


def test_every_family_that_the_hub_has_is_among_them() -> None:
    known = map(BUILT_IN.task, BUILT_IN.tasks())
    tasks = [task for task in known if task.family_declaration.is_labelled]
    on_hub = {task.family for task in tasks if any(isinstance(source, HubTable) for source in task.sources)}
    assert {BUILT_IN.task(case.task).family for case in CASES} == on_hub
    assert on_hub == {"classification", "regression", "tagging", "span", "choice", "retrieval"}
