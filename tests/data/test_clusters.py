"""What comes in clusters: questions on an article, hypotheses on a premise, sentences of a document."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example import cluster_of
from stepstone.core.place import Place
from stepstone.data.load import load_examples

from .conftest import DataFolder, Mirror

CONTEXTS = ("The ferry left.", "Nobody waved.")


def load(name: str, split: str, language: str, place: Place) -> list[Any]:
    return load_examples(BUILT_IN.task(name), split, language, place)


def clusters(name: str, split: str, language: str, place: Place) -> list[str]:
    return [example.cluster for example in load(name, split, language, place)]


def write_articles(data: DataFolder, *titles: str | None) -> None:
    """One article of one paragraph with one question for each title."""
    articles = [
        {"title": title, "paragraphs": [{"context": context, "qas": [_question(str(number), context)]}]}
        for number, (title, context) in enumerate(zip(titles, CONTEXTS, strict=True))
    ]
    data.write("dev-v1.1.json", json.dumps({"data": articles}))


def _question(name: str, context: str) -> dict[str, Any]:
    return {"id": name, "question": "What?", "answers": [{"text": context[:3], "answer_start": 0}]}


def test_a_question_is_in_the_cluster_of_its_article(data: DataFolder) -> None:
    write_articles(data, "Ferries", " Waving ")
    assert clusters("squad", "dev", "en", data.place) == ["Ferries", "Waving"]


@pytest.mark.parametrize("title", ["", None, "the same for all"])
def test_titles_that_tell_nothing_apart_leave_it_to_the_paragraph(data: DataFolder, title: str | None) -> None:
    write_articles(data, title, title)
    assert clusters("squad", "dev", "en", data.place) == [cluster_of(context) for context in CONTEXTS]


def test_one_empty_title_leaves_the_others_as_they_are(data: DataFolder) -> None:
    write_articles(data, "Ferries", "")
    assert clusters("squad", "dev", "en", data.place) == ["Ferries", cluster_of(CONTEXTS[1])]


def test_a_hub_table_without_titles_gives_the_same_examples_in_clusters_of_its_own(
    mirror: Mirror, data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = {
        "id": ["0", "1"],
        "question": ["What?"] * 2,
        "context": CONTEXTS,
        "answers": [{"text": [context[:3]], "answer_start": [0]} for context in CONTEXTS],
    }
    mirror.put_table("rajpurkar/squad", "plain_text", "validation", columns)
    write_articles(data, "Ferries", "Waving")
    task = BUILT_IN.task("squad").model_copy(update={"rows": {}})
    tables = mirror.load(task, "dev", "en")
    assert tables == load_examples(task, "dev", "en", data.place)
    assert [example.cluster for example in tables] == [cluster_of(context) for context in CONTEXTS]


def test_pairs_with_one_first_text_are_a_cluster_and_single_texts_are_their_own(data: DataFolder) -> None:
    data.write("xnli/dev-de.tsv", "Es regnet.\tEs ist nass.\tentailment\nEs regnet.\tAnn geht.\tneutral\n")
    assert clusters("xnli", "dev", "de", data.place) == [cluster_of("Es regnet.")] * 2
    data.write_lines("marc_ja-v1.3/valid-v1.0.json", {"review_id": "R", "sentence": "良い", "label": "positive"})
    assert clusters("marcja", "dev", "ja", data.place) == [""]


def test_a_sentence_of_conllu_is_in_the_cluster_of_its_document(data: DataFolder) -> None:
    word = "1\tferry\tferry\tNOUN\t_\t_\t0\troot\t_\t_\n\n"
    documents = f"# newdoc id = a\n{word}# sent_id = 2\n{word}# newdoc\n# newpar\n{word}"
    data.write("UD_English-EWT/en_ewt-ud-test.conllu", documents)
    assert clusters("ud", "test", "en", data.place) == ["a", "a", "line 7"]
    data.write("UD_German-GSD/de_gsd-ud-test.conllu", word)
    assert clusters("ud", "test", "de", data.place) == [""]


# Real files


@pytest.mark.slow
def test_xquads_articles_are_the_same_in_every_language(shared_place: Place) -> None:
    languages = ("ar", "de", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")
    told = [
        {example.id: example.cluster for example in load("xquad", "test", language, shared_place)}
        for language in languages
    ]
    assert all(found == told[0] for found in told)
    assert len(told[0]) == 1190 and len(set(told[0].values())) == 48


def test_xquad_rs_queries_are_in_xquads_articles(shared_place: Place) -> None:
    articles = {example.id: example.cluster for example in load("xquad", "test", "en", shared_place)}
    asked = load("lareqa", "test", "de", shared_place)
    assert {item.id: item.cluster for item in asked if item.side == "query"} == articles
    assert {item.cluster for item in asked if item.side == "candidate"} == {""}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "sw"])
def test_a_premise_of_xnli_has_three_hypotheses(shared_place: Place, language: str) -> None:
    counts = Counter(clusters("xnli", "dev", language, shared_place))
    assert len(counts) == 830 and set(counts.values()) == {3}


@pytest.mark.parametrize(
    ("name", "split", "language", "num"),
    [
        pytest.param("squad", "dev", "en", 48, marks=pytest.mark.slow),
        ("jsquad", "dev", "ja", 59),
        # An article's title comes again with each of its passages.
        ("tydiqa", "test", "fi", 516),
        ("ud", "test", "en", 316),
        ("cosmosqa", "dev", "en", 2445),
    ],
)
def test_real_files_have_so_many_clusters(shared_place: Place, name: str, split: str, language: str, num: int) -> None:
    found = clusters(name, split, language, shared_place)
    assert len(set(found)) == num and "" not in found
