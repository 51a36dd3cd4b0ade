"""What examples say, as texts: duplicates within a set, overlap between two, fields that are empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from stepstone.core.example import (
    ChoiceExample,
    Example,
    MiningExample,
    PairExample,
    RankingExample,
    SentenceExample,
    SpanExample,
    TaggingExample,
    TextExample,
)


def texts(example: Example) -> dict[str, str]:
    """The texts of an example by field, without its label."""
    match example:
        case TextExample(text=text, pair=pair):
            return {"text": text} if pair is None else {"text": text, "pair": pair}
        case SpanExample(question=question, context=context):
            return {"question": question, "context": context}
        case TaggingExample(words=words):
            return {"words": " ".join(words)}
        case ChoiceExample(context=context, question=question, options=options):
            # A choice may have no context or no question, but not neither.
            named = {f"option {number}": option for number, option in enumerate(options)}
            return {"context and question": f"{context} {question}".strip()} | named
        case PairExample(source=source, target=target):
            return {"source": source, "target": target}
        case MiningExample(text=text) | RankingExample(text=text) | SentenceExample(text=text):
            return {"text": text}


def gold(example: Example) -> str:
    """The label, answers or tags as one text, for comparing; empty where the example has none."""
    match example:
        case TextExample(label=label) | ChoiceExample(label=label):
            return "" if label is None else str(label)
        case SpanExample(answers=answers):
            return "" if answers is None else " | ".join(answer.text for answer in answers)
        case TaggingExample(tags=tags):
            return "" if tags is None else " ".join(tags)
        case _:
            return ""


def label_counts(examples: Iterable[Example]) -> dict[str, int]:
    """How often each label stands, or each tag, or (spans) whether there is an answer; most frequent first."""
    counts: Counter[str] = Counter()
    for example in examples:
        match example:
            case TextExample(label=label) | ChoiceExample(label=label):
                counts["(none)" if label is None else str(label)] += 1
            case SpanExample(answers=answers):
                counts["(none)" if answers is None else "answered" if answers else "unanswerable"] += 1
            case TaggingExample(tags=tags):
                counts.update(["(none)"] if tags is None else tags)
            case MiningExample(side=side) | RankingExample(side=side):
                counts[side] += 1
            case _:
                pass
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def num_duplicates(examples: Sequence[Example]) -> tuple[int, int]:
    """How many examples repeat the texts of an earlier one, and how many of these with another label."""
    seen: dict[tuple[str, ...], set[str]] = {}
    repeated = contradicting = 0
    for example in examples:
        golds = seen.setdefault(_key(example), set())
        repeated += bool(golds)
        contradicting += bool(golds) and gold(example) not in golds
        golds.add(gold(example))
    return repeated, contradicting


def empty_fields(examples: Iterable[Example]) -> dict[str, int]:
    """How many examples have nothing but blanks in a field."""
    return dict(Counter(name for example in examples for name, text in texts(example).items() if not text.strip()))


def num_shared(examples: Sequence[Example], others: Sequence[Example]) -> int:
    """How many examples have the texts of one of the others."""
    known = {_key(example) for example in others}
    return sum(_key(example) in known for example in examples)


def num_shared_passages(examples: Sequence[Example], others: Sequence[Example]) -> int:
    """How many examples ask about a passage that one of the others asks about too (spans only)."""
    known = {example.context.strip() for example in others if isinstance(example, SpanExample)}
    return sum(isinstance(example, SpanExample) and example.context.strip() in known for example in examples)


def told_key(text: str) -> int:
    """What stands for a text when it is looked for in running text: its characters, however they are spaced.

    Words of tagged sentences are joined by blanks, also where the language writes none.
    """
    return hash("".join(text.split()))


def num_told(examples: Sequence[Example], told: Container[int]) -> int:
    """How many examples have a passage, or a sentence to be found, that is a line of running text."""
    passages = (_passage(example) for example in examples)
    return sum(told_key(passage) in told for passage in passages if passage.strip())


def _passage(example: Example) -> str:
    match example:
        case SpanExample(context=context):
            return context
        case PairExample(source=source):
            return source
        case _:
            return " ".join(texts(example).values())


class Agreement(NamedTuple):
    """Rows that two languages label otherwise, and how many these would be by chance."""

    num_compared: int
    num_different: int
    num_by_chance: float


def label_agreement(examples: Sequence[Example], others: Sequence[Example]) -> Agreement:
    """Labels of the examples against those of equal ids in another language (classification and choice)."""
    known = {example.id: gold(example) for example in others if isinstance(example, TextExample | ChoiceExample)}
    pairs = [
        (gold(example), known[example.id])
        for example in examples
        if isinstance(example, TextExample | ChoiceExample) and known.get(example.id) and gold(example)
    ]
    ours, theirs = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    equal = sum(ours[label] * theirs[label] for label in ours) / max(len(pairs), 1)
    return Agreement(len(pairs), sum(first != second for first, second in pairs), len(pairs) - equal)


def _key(example: Example) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts(example).values())
