"""Tagged sentences in another language: entities are found again; tags of all words follow the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from stepstone.core.example import Example, TaggingExample
from stepstone.core.marks import Span
from stepstone.translation.find import LocatedPart, TextPart, find_parts
from stepstone.translation.texts import ProjectedExamples, Translator, WordTranslator
from stepstone.translation.words import cut_words, join_words

LOST = "an entity is not found in the translated sentence"
MEETING = "two entities are found in one word of the translated sentence"
NOT_READ = "the translator does not read the sentence as these words"


class _Sentence(NamedTuple):
    """A sentence as text with its entities: type and part."""

    example: TaggingExample
    text: str
    entities: tuple[tuple[str, TextPart], ...]


def by_tags(examples: Sequence[Example], spaced: tuple[bool, bool], translator: Translator) -> ProjectedExamples:
    """Sentences all of whose entities are found again; `spaced` says of both languages whether blanks part words."""
    sentences = [_sentence(example, spaced[0]) for example in examples if isinstance(example, TaggingExample)]
    outcomes = translator.translate([sentence.text for sentence in sentences])
    found = find_parts([part for sentence in sentences for _, part in sentence.entities], outcomes, translator)
    kept, lost, ways = list[Example](), dict[str, str](), dict[str, int]()
    for sentence in sentences:
        outcome = outcomes[sentence.text]
        missing = any(part not in found for _, part in sentence.entities)
        if outcome.lost or missing:
            lost[sentence.example.id] = outcome.lost or LOST
        elif (tagged := _tagged(sentence, outcome.text, found, spaced[1])) is None:
            lost[sentence.example.id] = MEETING
        else:
            kept.append(tagged)
            for _, part in sentence.entities:
                ways[found[part].way] = ways.get(found[part].way, 0) + 1
    return ProjectedExamples(kept, lost, ways, [sentence.text for sentence in sentences])


def by_words(
    examples: Sequence[Example], labels: Sequence[str], spaced: bool, translator: WordTranslator
) -> ProjectedExamples:
    """Sentences whose words have the tags of those that they render; `spaced`: whether blanks part their words."""
    kept, lost, texts = list[Example](), dict[str, str](), list[str]()
    for one in (example for example in examples if isinstance(example, TaggingExample)):
        text, _ = join_words(one.words, spaced)
        carried = translator.carry(text, one.words, one.tags or (), labels)
        if carried is None:
            lost[one.id] = NOT_READ
        else:
            kept.append(replace(one, words=tuple(carried[0]), tags=tuple(carried[1])))
            texts.append(text)
    return ProjectedExamples(kept, lost, {}, texts)


def _sentence(example: TaggingExample, spaced: bool) -> _Sentence:
    text, spans = join_words(example.words, spaced)
    entities = tuple((kind, TextPart(text, span)) for kind, span in _entities(example.tags or (), spans))
    return _Sentence(example, text, entities)


def _entities(tags: Sequence[str], spans: Sequence[Span]) -> Iterator[tuple[str, Span]]:
    """Type and place of each entity of tags B-, I- and O; an I- that continues nothing begins one."""
    open_: tuple[str, Span] | None = None
    for tag, (start, end) in zip(tags, spans, strict=True) if tags else ():
        letter, _, kind = tag.partition("-")
        if open_ and letter == "I" and kind == open_[0]:
            open_ = kind, (open_[1][0], end)
            continue
        if open_:
            yield open_
        open_ = None if letter == "O" else (kind, (start, end))
    if open_:
        yield open_


def _tagged(
    sentence: _Sentence, text: str, found: Mapping[TextPart, LocatedPart], spaced: bool
) -> TaggingExample | None:
    """The translated words with the tags of the entities that they are part of; None where a word is part of two."""
    words = cut_words(text, spaced)
    tags = ["O"] * len(words)
    for kind, part in sentence.entities:
        start, end = found[part].span
        inside = [place for place, (first, last) in enumerate(words) if first < end and last > start]
        if any(tags[place] != "O" for place in inside):
            return None
        for number, place in enumerate(inside):
            tags[place] = f"{'I' if number else 'B'}-{kind}"
    written = tuple(text[start:end] for start, end in words)
    return replace(sentence.example, words=written, tags=tuple(tags) if sentence.example.tags is not None else None)
