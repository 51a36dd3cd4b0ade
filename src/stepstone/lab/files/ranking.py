"""Ranked retrieval in the layouts of XQuAD-R (LAReQA) and Mewsli-X."""

from __future__ import annotations

import json
from typing import Any

from stepstone.lab.changes import retell, widen
from stepstone.lab.concepts import NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.files.span import draw_passages, tell_passage
from stepstone.lab.files.twin import Order, Twin, json_lines
from stepstone.lab.grammar import grammar
from stepstone.lab.profiles import PROFILES
from stepstone.lab.telling import join, tell
from stepstone.lab.world import Fact, Phrase, draw_fact

FACTS_EACH = 3  # facts that describe one entity


def _lareqa(order: Order) -> dict[str, str]:
    """XQuAD's passages with the bounds of their sentences."""
    paragraphs: list[dict[str, Any]] = []
    for i, passage in enumerate(draw_passages(order.parallel_key, order.num_rows)):
        told = tell_passage(order.grammar, passage)
        questions = [
            {
                "id": f"lab{i}q{j}",
                "question": row.question,
                "answers": [{"text": row.answer, "answer_start": row.start}],
            }
            for j, row in enumerate(told.answered)
        ]
        sentences = [tell(order.grammar, order.grammar.statement(fact)) for fact in passage.facts]
        bounds = _bounds(told.context, sentences)
        paragraphs.append(
            {"context": told.context, "qas": questions, "sentence_breaks": bounds, "sentences": sentences}
        )
    data = {"data": [{"title": "lab", "paragraphs": paragraphs}], "version": "1.1"}
    return {f"xquad-r/{order.language}.json": json.dumps(data, ensure_ascii=False)}


def _bounds(context: str, sentences: list[str]) -> list[list[int]]:
    bounds, end = [], 0
    for sentence in sentences:
        start = context.index(sentence, end)
        end = start + len(sentence)
        bounds.append([start, end])
    return bounds


def _mewslix(order: Order) -> dict[str, str]:
    """Persons, half of them described in another language, and mentions that retell a fact; persons share names."""
    articles, entities = [], []
    for i in range(order.num_rows):
        draw = Draw("entity", *order.own_key, i)
        facts = _described(draw)
        mention = retell(draw, widen(draw, draw.pick(facts), 0.2), other_side=0.3, passive=0.2)
        told = order.language if draw.chance(0.5) else draw.pick(list(PROFILES))
        text = join(grammar(told), [grammar(told).statement(fact) for fact in facts]).text
        name = f"{order.language}-Q{i}"
        entities.append({"entity_id": name, "title": "", "description": text, "description_language": told})
        articles.append(_article(order, i, mention, name))
    folder = f"mewslix/{order.language}"
    return {
        f"{folder}/wikinews_mentions-{order.split}.jsonl": json_lines(articles),
        f"{folder}/candidate_set_entities.jsonl": json_lines(entities),
    }


def _article(order: Order, number: int, fact: Fact, entity: str) -> dict[str, Any]:
    """One sentence in which the person, or whoever is told of first, is the mention."""
    told = join(order.grammar, [order.grammar.statement(fact)])
    start, end = told.spans[0].get("agent") or next(iter(told.spans[0].values()))
    span = {"start": start, "end": end, "text": told.text[start:end]}
    name = f"{order.language}-{order.split}-{number}"
    return {
        "context": {
            "document_id": name,
            "language": order.language,
            "text": told.text,
            "sentence_spans": [{"start": 0, "end": len(told.text)}],
        },
        "mentions": [{"example_id": name, "entity_id": entity, "mention_span": span}],
    }


def _described(draw: Draw) -> list[Fact]:
    agent = Phrase(draw.pick(NAMES))
    return [draw_fact(draw, agent=agent, quality=0.4, place=0.5, time=0.4) for _ in range(FACTS_EACH)]


TWINS = {"lareqa": Twin({"test": 500}, _lareqa), "mewslix": Twin({"dev": 100, "test": 250}, _mewslix)}
