"""How many inputs a portion becomes and how long they are, by a sample of its examples and the tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from tokenizers import Tokenizer

from stepstone.core.example import Example, SentenceExample, SpanExample
from stepstone.core.recipe import Limits

# Of a portion's examples so many are tokenized, evenly spread; their mean stands for all.
NUM_SAMPLED = 1000


ItemT = TypeVar("ItemT")


class Lengths(NamedTuple):
    """Means over a sample: inputs of one example, and word pieces of one input, special ones included."""

    inputs: float
    pieces: float


def measure_lengths(examples: Sequence[Example], limits: Limits, tokenizer: Tokenizer) -> Lengths:
    """Of labelled examples: a passage beside its question becomes windows, any other example is one input."""
    sampled = spread(examples, NUM_SAMPLED)
    found = [
        _windows(one, limits, tokenizer)
        if isinstance(one, SpanExample)
        else [min(sum(len(tokenizer.encode(text).ids) for text in one.texts.values()), limits.max_length)]
        for one in sampled
    ]
    num = sum(map(len, found))
    return Lengths(num / len(sampled), sum(map(sum, found)) / num)


def measure_runs(examples: Sequence[Example], limits: Limits, tokenizer: Tokenizer, exponent: float) -> Lengths:
    """Of running text: an input is a run of sentences of one document, of a language drawn by its size.

    The size of a language is its number of word pieces, by the mean of its sample.
    """
    by_language: dict[str, list[SentenceExample]] = {}
    for one in examples:
        if isinstance(one, SentenceExample):
            by_language.setdefault(one.language, []).append(one)
    weights, runs = [], []
    for sentences in by_language.values():
        lengths = dict[int, int]()
        starts = spread(range(len(sentences)), NUM_SAMPLED)
        runs.append(sum(_run(at, sentences, limits.max_length - 2, tokenizer, lengths) for at in starts) / len(starts))
        mean = sum(lengths[at] for at in starts) / len(starts)
        weights.append((mean * len(sentences)) ** exponent)
    return Lengths(1.0, 2 + sum(w * run for w, run in zip(weights, runs, strict=True)) / sum(weights))


def spread(items: Sequence[ItemT], num: int) -> list[ItemT]:
    """At most so many of them, evenly spread."""
    return [items[at * len(items) // num] for at in range(num)] if len(items) > num else list(items)


def _windows(example: SpanExample, limits: Limits, tokenizer: Tokenizer) -> list[int]:
    """Word pieces of each window, as they are laid out for training."""
    question = min(_count(tokenizer, example.question.strip()), limits.max_query_length)
    special = tokenizer.num_special_tokens_to_add(is_pair=True)
    free = limits.max_length - special
    beside = special + (question if question < free else free // 2)
    room, context = max(1, limits.max_length - beside), _count(tokenizer, example.context)
    found, start = [], 0
    while True:
        found.append(beside + min(room, context - start))
        if start + room >= context:
            return found
        start += min(limits.doc_stride, room)


def _run(
    at: int, sentences: Sequence[SentenceExample], room: int, tokenizer: Tokenizer, lengths: dict[int, int]
) -> int:
    """Word pieces of whole sentences from this one on that fit, of its document; the first is cut if need be."""
    first, total = sentences[at], 0
    for place in range(at, len(sentences)):
        one = sentences[place]
        if place not in lengths:
            lengths[place] = _count(tokenizer, one.text)
        if (one.corpus, one.document) != (first.corpus, first.document) or (
            place > at and total + lengths[place] > room
        ):
            break
        total += lengths[place]
    return min(total, room)


def _count(tokenizer: Tokenizer, text: str) -> int:
    return len(tokenizer.encode(text, add_special_tokens=False).ids)
