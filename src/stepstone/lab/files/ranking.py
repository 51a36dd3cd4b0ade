"""Ranked retrieval in the layouts of XQuAD-R (LAReQA) and Mewsli-X."""

from __future__ import annotations

import json
from typing import Any

from stepstone.lab.files.span import tell_passage
from stepstone.lab.files.twin import SplitRequest, Twin, json_lines
from stepstone.lab.grammar import grammar
from stepstone.lab.people import draw_people
from stepstone.lab.telling import join_sentences, sentence_text
from stepstone.lab.wide_questions import NUM_ASKED, draw_biographies
from stepstone.lab.world import Fact


def _lareqa(request: SplitRequest) -> dict[str, str]:
    """Passages in XQuAD's layout with the bounds of their sentences."""
    paragraphs: list[dict[str, Any]] = []
    for i, passage in enumerate(draw_biographies(request.parallel_key, -(-request.num_rows // NUM_ASKED))):
        told = tell_passage(request.grammar, passage)
        questions = [
            {
                "id": f"lab{i}q{j}",
                "question": row.question,
                "answers": [{"text": row.answer, "answer_start": row.start}],
            }
            for j, row in enumerate(told.answered)
        ]
        sentences = [sentence_text(request.grammar, request.grammar.statement(fact)) for fact in passage.facts]
        bounds = _bounds(told.context, sentences)
        paragraphs.append(
            {"context": told.context, "qas": questions, "sentence_breaks": bounds, "sentences": sentences}
        )
    data = {"data": [{"title": "lab", "paragraphs": paragraphs}], "version": "1.1"}
    return {f"xquad-r/{request.language}.json": json.dumps(data, ensure_ascii=False)}


def _bounds(context: str, sentences: list[str]) -> list[list[int]]:
    bounds, end = [], 0
    for sentence in sentences:
        start = context.index(sentence, end)
        end = start + len(sentence)
        bounds.append([start, end])
    return bounds


def _mewslix(request: SplitRequest) -> dict[str, str]:
    """Persons of few names, described in other languages, and mentions that retell one of the facts."""
    articles, entities = [], []
    for i, person in enumerate(draw_people(request.own_key, request.num_rows, request.language)):
        told = grammar(person.told)
        text = join_sentences(told, [told.statement(fact) for fact in person.facts]).text
        name = f"{request.language}-Q{i}"
        entities.append({"entity_id": name, "title": "", "description": text, "description_language": person.told})
        articles.append(_article(request, i, person.mention, name))
    folder = f"mewslix/{request.language}"
    return {
        f"{folder}/wikinews_mentions-{request.split}.jsonl": json_lines(articles),
        f"{folder}/candidate_set_entities.jsonl": json_lines(entities),
    }


def _article(request: SplitRequest, number: int, fact: Fact, entity: str) -> dict[str, Any]:
    """One sentence in which the person, or whoever is told of first, is the mention."""
    told = join_sentences(request.grammar, [request.grammar.statement(fact)])
    start, end = told.spans[0].get("agent") or next(iter(told.spans[0].values()))
    span = {"start": start, "end": end, "text": told.text[start:end]}
    name = f"{request.language}-{request.split}-{number}"
    return {
        "context": {
            "document_id": name,
            "language": request.language,
            "text": told.text,
            "sentence_spans": [{"start": 0, "end": len(told.text)}],
        },
        "mentions": [{"example_id": name, "entity_id": entity, "mention_span": span}],
    }


TWINS = {"lareqa": Twin({"test": 500}, _lareqa), "mewslix": Twin({"dev": 100, "test": 250}, _mewslix)}
