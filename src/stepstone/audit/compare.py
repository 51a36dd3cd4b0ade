"""What examples say, as texts: duplicates within a set, overlap between two, fields that are empty."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from stepstone.core.example import Example


def label_counts(examples: Iterable[Example]) -> dict[str, int]:
    """How often each label stands, or each tag, or (spans) whether there is an answer; most frequent first."""
    counts = Counter(label for example in examples for label in example.counted)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def num_duplicates(examples: Sequence[Example]) -> tuple[int, int]:
    """How many examples repeat the texts of an earlier one, and how many of these with another label."""
    seen: dict[tuple[str, ...], set[str]] = {}
    repeated = contradicting = 0
    for example in examples:
        golds = seen.setdefault(_key(example), set())
        repeated += bool(golds)
        contradicting += bool(golds) and example.gold_text not in golds
        golds.add(example.gold_text)
    return repeated, contradicting


def empty_fields(examples: Iterable[Example]) -> dict[str, int]:
    """How many examples have nothing but blanks in a field."""
    return dict(Counter(name for example in examples for name, text in example.texts.items() if not text.strip()))


# C0 and C1, but for the tab and the ends of lines: tokenizers drop or keep them unseen.
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def num_control(examples: Iterable[Example]) -> int:
    """How many examples have control characters in a text."""
    return sum(any(not t.isprintable() and _CONTROL.search(t) for t in example.texts.values()) for example in examples)


def num_shared(examples: Sequence[Example], others: Sequence[Example]) -> int:
    """How many examples have the texts of one of the others."""
    known = {_key(example) for example in others}
    return sum(_key(example) in known for example in examples)


def num_shared_passages(examples: Sequence[Example], others: Sequence[Example]) -> int:
    """How many examples ask about a passage that one of the others asks about too (spans only)."""
    known = {example.context_text.strip() for example in others}
    return sum(example.context_text.strip() in known for example in examples if example.context_text)


def text_key(text: str) -> int:
    """What stands for a text when it is looked for in running text: its characters, however they are spaced.

    Words of tagged sentences are joined by blanks, also where the language writes none.
    """
    return hash("".join(text.split()))


def num_in_text(examples: Sequence[Example], lines: Container[int]) -> int:
    """How many examples have a passage, or a sentence to be found, that is a line of running text."""
    passages = (example.passage for example in examples)
    return sum(text_key(passage) in lines for passage in passages if passage.strip())


class Agreement(NamedTuple):
    """Rows that two languages label otherwise, and how many these would be by chance."""

    num_compared: int
    num_different: int
    num_by_chance: float


def label_agreement(examples: Sequence[Example], others: Sequence[Example]) -> Agreement:
    """Labels of the examples against those of equal ids in another language (classification and choice)."""
    known = {example.id: example.gold_text for example in others if example.has_one_label}
    pairs = [
        (example.gold_text, known[example.id])
        for example in examples
        if example.has_one_label and known.get(example.id) and example.gold_text
    ]
    ours, theirs = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    equal = sum(ours[label] * theirs[label] for label in ours) / max(len(pairs), 1)
    return Agreement(len(pairs), sum(first != second for first, second in pairs), len(pairs) - equal)


def _key(example: Example) -> tuple[str, ...]:
    return tuple(text.strip() for text in example.texts.values())
