"""Choices in the layouts of HellaSwag, Cosmos QA, (J)CommonsenseQA, Social IQA, COPA and XCOPA."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from stepstone.lab.choices import (
    ItemT,
    KnowledgeItem,
    ReadingItem,
    draw_cause,
    draw_continuation,
    draw_knowledge,
    draw_reading,
    item_identity,
)
from stepstone.lab.draw import Draw
from stepstone.lab.files.twin import SplitRequest, Twin, json_lines
from stepstone.lab.grammar import Grammar
from stepstone.lab.mirrors import draw_mirrored
from stepstone.lab.splits import draw_apart, draw_on
from stepstone.lab.telling import facts_text, sentence_text
from stepstone.lab.world import Phrase

_NAMES = {"train": "train", "dev": "val", "test": "test"}


def items(request: SplitRequest, make: Callable[[Draw], ItemT | None]) -> list[ItemT]:
    """As many items of the split as are requested."""
    return draw_apart(request.split, request.num_rows, ("choice", *request.parallel_key), make, item_identity)


def _phrase(grammar: Grammar, phrase: Phrase | int) -> str:
    """A phrase by itself, without the stop that an answer ends in."""
    return sentence_text(grammar, grammar.answer(phrase)[:-1])


def _hellaswag(request: SplitRequest) -> dict[str, str]:
    rows = []
    drawn = draw_on(
        request.split, request.num_rows, ("choice", *request.parallel_key), draw_mirrored, draw_continuation
    )
    for i, item in enumerate(drawn):
        told = facts_text(request.grammar, item.facts)
        rows.append(
            {
                "ind": i,
                "activity_label": "lab",
                "ctx_a": told,
                "ctx_b": "",
                "ctx": told,
                "split": _NAMES[request.split],
                "split_type": "indomain",
                "label": item.right,
                "endings": [sentence_text(request.grammar, request.grammar.statement(fact)) for fact in item.options],
                "source_id": f"lab~{i}",
            }
        )
    return {f"hellaswag/hellaswag_{_NAMES[request.split]}.jsonl": json_lines(rows)}


def tell_reading(grammar: Grammar, item: ReadingItem) -> tuple[str, str, list[str]]:
    """The passage, the question and the options."""
    asked = sentence_text(grammar, grammar.question(item.question.fact, item.question.asked))
    return facts_text(grammar, item.facts), asked, [_phrase(grammar, option) for option in item.options]


def _cosmosqa(request: SplitRequest) -> dict[str, str]:
    """Comma-separated, lines ending in CR LF, as the release has them."""
    name = {"train": "train", "dev": "valid", "test": "test"}[request.split]
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["id", "context", "question", *(f"answer{i}" for i in range(4)), "label"])
    for i, item in enumerate(items(request, lambda draw: draw_reading(draw, 4))):
        context, asked, options = tell_reading(request.grammar, item)
        writer.writerow([f"lab{i}", context, asked, *options, item.right])
    return {f"cosmosqa/{name}.csv": table.getvalue()}


def _siqa(request: SplitRequest) -> dict[str, str]:
    rows = []
    for item in items(request, lambda draw: draw_reading(draw, 3)):
        context, asked, options = tell_reading(request.grammar, item)
        answers = {f"answer{letter}": option for letter, option in zip("ABC", options, strict=True)}
        rows.append({"context": context, "question": asked, **answers, "correct": "ABC"[item.right]})
    return {f"siqa/socialIQa_v1.4_{'trn' if request.split == 'train' else 'dev'}.jsonl": json_lines(rows)}


def tell_knowledge(grammar: Grammar, item: KnowledgeItem) -> tuple[str, list[str]]:
    """What is an apple, or what is food; and the options."""
    return sentence_text(grammar, grammar.what_is(item.subject)), [
        _phrase(grammar, Phrase(option)) for option in item.options
    ]


def _commonsenseqa(request: SplitRequest) -> dict[str, str]:
    rows = []
    for i, item in enumerate(items(request, draw_knowledge)):
        stem, options = tell_knowledge(request.grammar, item)
        listed = [{"label": letter, "text": option} for letter, option in zip("ABCDE", options, strict=True)]
        question = {"question_concept": _phrase(request.grammar, item.subject), "choices": listed, "stem": stem}
        rows.append({"answerKey": "ABCDE"[item.right], "id": f"lab{i}", "question": question})
    return {f"commonsenseqa/{request.split}_rand_split.jsonl": json_lines(rows)}


def _jcommonsenseqa(request: SplitRequest) -> dict[str, str]:
    rows = []
    for i, item in enumerate(items(request, draw_knowledge)):
        question, options = tell_knowledge(request.grammar, item)
        choices = {f"choice{place}": option for place, option in enumerate(options)}
        rows.append({"q_id": i, "question": question, **choices, "label": item.right})
    name = {"train": "train", "dev": "valid", "test": "test"}[request.split]
    return {f"jcommonsenseqa-v1.3/{name}-v1.3.json": json_lines(rows)}


def _cause_rows(request: SplitRequest) -> str:
    rows = []
    for i, item in enumerate(items(request, draw_cause)):
        premise, *options = (
            sentence_text(request.grammar, request.grammar.statement(fact)) for fact in (item.premise, *item.options)
        )
        texts = {"premise": premise, "choice1": options[0], "choice2": options[1]}
        rows.append({**texts, "question": item.asked, "label": item.right, "idx": i})
    return json_lines(rows)


def _copa(request: SplitRequest) -> dict[str, str]:
    return {f"copa_en/{_NAMES[request.split]}-en.jsonl": _cause_rows(request)}


def _xcopa(request: SplitRequest) -> dict[str, str]:
    name = _NAMES[request.split]
    return {f"xcopa/data/{request.language}/{name}.{request.language}.jsonl": _cause_rows(request)}


TWINS = {
    "hellaswag": Twin({"train": 8000, "dev": 500}, _hellaswag, only=("en",)),
    "cosmosqa": Twin({"train": 8000, "dev": 500}, _cosmosqa, only=("en",)),
    "commonsenseqa": Twin({"train": 8000, "dev": 500}, _commonsenseqa, only=("en",)),
    "jcommonsenseqa": Twin({"train": 8000, "dev": 500, "test": 500}, _jcommonsenseqa, only=("ja",)),
    "siqa": Twin({"train": 8000, "dev": 500}, _siqa, only=("en",)),
    "copa": Twin({"train": 2000, "dev": 500}, _copa, only=("en",)),
    "xcopa": Twin({"dev": 500, "test": 500}, _xcopa),
}
