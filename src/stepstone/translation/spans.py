"""Questions and contexts in another language, with answers found again in the translated context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepstone.core.example import Answer, Example, SpanExample
from stepstone.core.family import FamilyDeclaration
from stepstone.translation.find import LocatedPart, TextPart, find_parts
from stepstone.translation.texts import ProjectedExamples, Translator, first_loss, translatable_texts, with_translations

LOST = "no answer is found in the translated context"


def by_spans(examples: Sequence[Example], family: FamilyDeclaration[Any], translator: Translator) -> ProjectedExamples:
    """Examples of which at least one answer stands in the translated context, and those that have none to find."""
    outcomes = translator.translate([text for example in examples for text in translatable_texts(example, family)])
    asked = [example for example in examples if isinstance(example, SpanExample)]
    found = find_parts([part for example in asked for part in _parts(example)], outcomes, translator)
    kept, lost, ways = list[Example](), dict[str, str](), dict[str, int]()
    for example in asked:
        why = first_loss(translatable_texts(example, family), outcomes)
        answers = _answers(example, outcomes[example.context].text, found)
        if why or (example.answers and not answers):
            lost[example.id] = why or LOST
            continue
        kept.append(replace(with_translations(example, family, outcomes), answers=answers))
        for part in _parts(example):
            if part in found:
                ways[found[part].way] = ways.get(found[part].way, 0) + 1
    return ProjectedExamples(kept, lost, ways)


def _parts(example: SpanExample) -> list[TextPart]:
    answers = example.answers or ()
    return [TextPart(example.context, (answer.start, answer.start + len(answer.text))) for answer in answers]


def _answers(example: SpanExample, context: str, found: Mapping[TextPart, LocatedPart]) -> tuple[Answer, ...] | None:
    """The answers as they stand in the translated context, each once."""
    if example.answers is None:
        return None
    places = [found[part].span for part in _parts(example) if part in found]
    return tuple(dict.fromkeys(Answer(context[start:end], start) for start, end in places))
