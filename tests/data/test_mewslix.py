"""Mewsli-X: mentions in their sentence, entities by their description, texts that the release leaves out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example_sides import RankingExample
from stepstone.core.place import Place
from stepstone.data.load import load_examples

TEXT = "Rain fell. The ferry \n left Brakel at noon. Nobody waved."


def span(text: str, part: str) -> dict[str, Any]:
    start = text.index(part)
    return {"start": start, "end": start + len(part), "text": part}


def article(language: str, name: str, mention: str, entity: str, text: str = TEXT) -> dict[str, Any]:
    sentences = ("Rain fell.", "The ferry \n left Brakel at noon.", "Nobody waved.")
    return {
        "context": {
            "document_id": name,
            "language": language,
            "text": text,
            "sentence_spans": [{"start": TEXT.index(one), "end": TEXT.index(one) + len(one)} for one in sentences],
        },
        "mentions": [{"example_id": name, "entity_id": entity, "mention_span": span(TEXT, mention)}],
    }


def load(folder: Path, *articles: dict[str, Any], language: str = "de") -> list[Any]:
    entities = [
        {"entity_id": "Q7", "description": "Ville  au\nbord de l'eau."},
        {"entity_id": "Q8", "description": "渡し船"},
    ]
    for name, rows in (("wikinews_mentions-test.jsonl", articles), ("candidate_set_entities.jsonl", entities)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return load_examples(BUILT_IN.task("mewslix"), "test", language, Place(folders=(folder,), cache=folder / "cache"))


def test_a_mention_is_marked_in_its_sentence_and_every_entity_is_a_candidate(tmp_path: Path) -> None:
    found = load(tmp_path, article("de", "m1", "Brakel", "Q7"), article("ja", "m2", "ferry", "Q8"))
    assert found == [
        RankingExample("m1", "Brakel: The ferry left { Brakel } at noon.", "query", ("Q7",)),
        RankingExample("Q7", "Ville au bord de l'eau.", "candidate", ()),
        RankingExample("Q8", "渡し船", "candidate", ()),
    ]


def test_a_mention_over_two_sentences_has_both(tmp_path: Path) -> None:
    (query, *_) = load(tmp_path, article("de", "m1", "fell. The ferry", "Q7"))
    assert query.text == "fell. The ferry: Rain { fell. The ferry } left Brakel at noon."


def test_a_withheld_entity_is_no_gold(tmp_path: Path) -> None:
    (query, *_) = load(tmp_path, article("de", "m1", "Brakel", ""))
    assert query.gold is None


def test_articles_without_their_texts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"line 1.*\n?.*has no text(.|\n)*get-mewsli-x\.sh"):
        load(tmp_path, article("de", "m1", "Brakel", "Q7", text=""))


def test_what_is_no_article_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"line 1.*is no article with mentions"):
        load(tmp_path, {"context": {"language": "de"}})
