"""Columns of tables by their names and values: labels, texts, numbers, and what is none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NoReturn

from stepstone.core.errors import UserError
from stepstone.drafting.peek import Peek

# Names that people give to columns, likelier ones first.
# fmt: off
LABEL = (
    "label", "labels", "gold_label", "gold", "class", "category", "target", "intent", "sentiment", "team", "topic",
    "relation", "answerkey", "answer_key", "correct", "answer", "score", "rating", "stars", "similarity", "y",
)
# fmt: on
LANGUAGE = ("language", "lang", "locale", "language_code", "lang_code")
QUESTION = ("question", "query", "q", "stem", "prompt")
CONTEXT = ("context", "passage", "paragraph", "ctx", "story", "premise")
IGNORED = re.compile(r"^(|#|.*\bids?|.*_id|idx|index|uid|guid|number|nr|no|url|source|date|split)$", re.IGNORECASE)
_INFERENCE = {"entailment", "neutral", "contradiction"}
# More different labels than these are texts; more of one column than this share are no labels.
MAX_LABELS, MAX_SHARE = 1000, 0.5


def undecidable(first: Peek, columns: list[str]) -> NoReturn:
    """Raise UserError: the columns of a file say of no kind of task."""
    raise UserError(
        f"its columns ({', '.join(columns) or 'none'}) speak for no kind of task",
        where=str(first.path),
        remedy="say which columns hold text and label: --column text=NAME --column label=NAME; or write the "
        "[task.NAME] table by hand (docs/own_tasks.md)",
    )


def unlabelled(label: str, names: Sequence[str]) -> NoReturn:
    """Raise UserError: what was taken for a column of labels holds one value, or as many as texts would."""
    num = len(set(names))
    held = f"{num:,} different values" if num > 1 else f'nothing but "{names[0]}"' if names else "nothing"
    raise UserError(
        f'the column "{label}" is taken for labels and holds {held} in {len(names):,} rows',
        remedy=f"labels are 2 to {MAX_LABELS:,}: give more rows, or say which column holds them: --column label=NAME",
    )


def label_named(columns: list[str]) -> str | None:
    """The column that is called as labels are."""
    names = {name.lower(): name for name in columns}
    return first_named(names, LABEL)


def is_free(rows: list[dict[str, Any]], name: str) -> bool:
    """Whether a column holds another text in every row, as translations called target do."""
    values = [row.get(name) for row in rows]
    return len({str(value) for value in values}) == len(values) and is_text(rows, name) and _mean_length(values) > 12


def _mean_length(values: Sequence[Any]) -> float:
    return sum(len(str(value)) for value in values) / len(values)


def label_by_values(rows: list[dict[str, Any]], columns: list[str]) -> str | None:
    """The column with the fewest different values, where these come again and again."""
    counts = {}
    for name in columns:
        values = [row.get(name) for row in rows]
        if IGNORED.match(name) or any(isinstance(value, list | dict) for value in values[:100]):
            continue
        different = {str(value).strip() for value in values}
        num = len(different)
        if num > 1 and different <= _INFERENCE:
            return name
        # Words that come again are labels also where rows are few.
        most = len(rows) - 1 if all(_is_word(str(value)) for value in values) else MAX_SHARE * len(rows)
        if 2 <= num <= min(MAX_LABELS, most):
            counts[name] = num
    return min(counts, key=lambda name: counts[name], default=None)


def _is_word(value: str) -> bool:
    return len(value.split()) == 1 and len(value) < 20


def is_text(rows: list[dict[str, Any]], name: str) -> bool:
    """Whether most of a column is text that is no number."""
    values = [row.get(name) for row in rows[:1000]]
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    return len(texts) > 0.5 * len(values) and len(numbers_in(texts)) < 0.5 * len(texts)


def numbers_in(values: Sequence[Any]) -> list[float]:
    """The values as numbers, or none where one of them is no number."""
    try:
        return [float(value) for value in values if not isinstance(value, bool)]
    except (TypeError, ValueError, OverflowError):
        return []


def first_named(names: dict[str, str], known: Sequence[str]) -> str | None:
    """The first of some known names that a column has."""
    return next((names[name] for name in known if name in names), None)


def spare_of(columns: list[str], found: dict[str, str | tuple[str, ...]]) -> tuple[str, ...]:
    """The columns that nothing is read from."""
    read = {name for column in found.values() for name in (column if isinstance(column, tuple) else (column,))}
    return tuple(name for name in columns if name not in read)


def label_summary(values: Sequence[str], unit: str) -> str:
    """How many different labels were seen, in words, and which of them may be one.

    >>> label_summary(["pos", "neg", "Pos"], "rows")
    '3 different ones in 3 rows, but Pos and pos differ in capitals or blanks alone: write labels in one way'
    """
    alike: dict[str, list[str]] = {}
    for name in sorted(set(values)):
        alike.setdefault("".join(name.split()).casefold(), []).append(name)
    twice = [" and ".join(names) for names in alike.values() if len(names) > 1]
    said = f"{len(set(values)):,} different ones in {len(values):,} {unit}"
    return (
        f"{said}, but {', '.join(twice)} differ in capitals or blanks alone: write labels in one way" if twice else said
    )


def sort_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Tags with O first and the beginning of an entity before its inside."""
    return tuple(sorted(set(tags), key=lambda tag: (tag != "O", tag.partition("-")[2] or tag, tag)))
