"""A guess at what task some files hold: family, columns and labels, each with the reason for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepstone.catalogue.spelling import spelling
from stepstone.core.errors import UserError
from stepstone.drafting.choice import guess_choice
from stepstone.drafting.columns import (
    CONTEXT,
    IGNORED,
    LANGUAGE,
    MAX_LABELS,
    QUESTION,
    first_named,
    is_free,
    is_text,
    label_by_values,
    label_named,
    label_summary,
    numbers_in,
    sort_tags,
    spare_of,
    undecidable,
    unlabelled,
)
from stepstone.drafting.guessed import Guess
from stepstone.drafting.peek import Peek

_GRADES = ("score", "rating", "similarity", "stars")
_WORDS = ("words", "tokens", "sentence", "text")


Columns = dict[str, str | tuple[str, ...]]


def guess(peeks: Sequence[Peek], given: Mapping[str, str | tuple[str, ...]]) -> Guess:
    """What the files hold together; the first is the one whose columns decide.

    `given` is field -> column where that is known: these are not guessed.

    Raises:
        UserError: the columns speak for no family, or a file lacks a column that the others have.
    """
    rows = [row for peek in peeks for row in peek.rows]
    first = peeks[0]
    found = _by_layout(first, rows)
    if found is None:
        found = _by_lists(rows, first.columns) or _by_columns(first, rows, given)
        known = found.columns | {field: column for field, column in given.items() if field != "language"}
        found = replace(found, columns=known, spare=spare_of(first.columns, {**known, **given}))
        _check_same(peeks, found)
    return found


def _by_layout(first: Peek, rows: list[dict[str, Any]]) -> Guess | None:
    if first.layout == "squad":
        bare = sum(not row.get("answers") for row in rows)
        why = {"family": "JSON laid out as SQuAD is: articles, paragraphs, questions"}
        why["unanswerable"] = f"{bare:,} of {len(rows):,} questions have no answer"
        return Guess("span", unanswerable=bool(bare), why=why)
    if first.layout in ("conll", "conllu"):
        tags = [tag for row in rows for tag in row["tags"] or ()]
        if not tags:
            raise UserError("holds words without tags", where=str(first.path), remedy="give a file with a tag per word")
        why = {"family": "a word a line, sentences parted by blank lines", "labels": label_summary(tags, "words")}
        columns: Columns = {field: str(first.options[field]) for field in ("words", "tags") if field in first.options}
        return Guess("tagging", columns, sort_tags(tags), why=why, spare=first.spare)
    return None


def _by_lists(rows: list[dict[str, Any]], columns: list[str]) -> Guess | None:
    """Families whose rows hold lists: words with tags, answers with offsets, options."""
    lists = [name for name in columns if all(isinstance(row.get(name), list) for row in rows[:100])]
    if len(lists) >= 2:
        words = next((name for name in lists if name.lower() in _WORDS), lists[0])
        tags = next(
            (n for n in lists if n != words and all(len(row[n]) == len(row[words]) for row in rows[:100])), None
        )
        if tags is not None:
            found = [str(tag) for row in rows for tag in row[tags]]
            why = {
                "family": f'"{words}" and "{tags}" hold lists of one length',
                "labels": label_summary(found, "words"),
            }
            return Guess("tagging", {"words": words, "tags": tags}, sort_tags(found), why=why)
    names = {name.lower(): name for name in columns}
    question, context = (first_named(names, known) for known in (QUESTION, CONTEXT))
    if "answers" in names and question and context:
        return _span(rows, {"question": question, "context": context, "answers": names["answers"]})
    start = first_named(names, ("answer_start", "start", "offset"))
    answer = first_named(names, ("answer", "answer_text", "answers"))
    if start and answer and question and context:
        return _span(rows, {"question": question, "context": context, "answer": answer, "start": start})
    return guess_choice(rows, columns, lists)


def _span(rows: list[dict[str, Any]], columns: dict[str, str | tuple[str, ...]]) -> Guess:
    cells = [row.get(str(columns.get("answers", columns.get("answer")))) for row in rows]
    bare = sum(not (cell.get("text") if isinstance(cell, dict) else cell) for cell in cells)
    why = {"family": "a question, a context and answers with their offsets"}
    why["unanswerable"] = f"{bare:,} of {len(rows):,} questions have no answer"
    return Guess("span", columns, unanswerable=bool(bare), why=why)


def _by_columns(first: Peek, rows: list[dict[str, Any]], given: Mapping[str, str | tuple[str, ...]]) -> Guess:
    columns = [name for name in first.columns if name.lower() not in LANGUAGE and name != given.get("language")]
    if {"source", "target"} <= set(columns) and "label" not in given:
        return _pairs(["source", "target"])
    texts = [name for name in columns if is_text(rows, name) and not IGNORED.match(name)]
    # In one file alone: the same English sentences may stand beside every language.
    label = given.get("label") or label_named([name for name in columns if not is_free(first.rows, name)])
    label = label or label_by_values(first.rows, columns)
    texts = [name for name in texts if name != label]
    if label is None and len(texts) == 2:
        return _pairs(texts)
    if label is None or not (texts or "text" in given):
        undecidable(first, columns)
    named = [str(given[field]) for field in ("text", "pair") if field in given]
    pair = named if "text" in given else _two([*named, *(name for name in texts if name not in named)])
    found: Columns = dict(zip(("text", "label", "pair"), (pair[0], str(label), *pair[1:]), strict=False))
    return _labelled(first, rows, found)


def _labelled(first: Peek, rows: list[dict[str, Any]], found: Columns) -> Guess:
    """Texts with numbers or with labels."""
    label = str(found["label"])
    values = [row.get(label) for row in rows if row.get(label) not in (None, "")]
    numbers = numbers_in(values)
    graded = label.lower() in _GRADES and len(set(numbers)) > 2
    if numbers and (graded or any(not number.is_integer() for number in numbers)):
        low, high = min(numbers), max(numbers)
        why = {"family": f'"{label}" holds numbers', "scale": f"they lie between {low:g} and {high:g}"}
        return Guess("regression", found, scale=(low, high), why=why)
    names = _alike([str(value).strip() for value in values])
    if not 2 <= len(set(names)) <= MAX_LABELS:
        unlabelled(label, names)
    summary = label_summary(names, "rows") + _two_ways(names)
    why = {"family": f'"{label}" holds {len(set(names))} different values', "labels": summary}
    return Guess("classification", found, tuple(sorted(set(names))), why=why)


def _alike(names: list[str]) -> list[str]:
    """Each by one name where several spell what the readers take for one label: 1 and 1.0, true and True."""
    known: list[str] = []
    for name in sorted(set(names), key=lambda name: (len(name), name)):
        # 01 beside 1 may be a label of its own.
        if spelling(name, known) == name or name.isdecimal():
            known.append(name)
    return [spelling(name, known) for name in names]


def _two_ways(names: list[str]) -> str:
    """What is said where some labels are true and false and others 0 and 1, as splits of one release may have them."""
    truths = {name for name in names if name.lower() in ("true", "false")}
    digits = {name for name in names if name in ("0", "1")}
    if not (truths and digits and truths | digits == set(names)):
        return ""
    return f", but {' and '.join(sorted(truths))} may be {' and '.join(sorted(digits))}: write labels in one way"


def _pairs(texts: list[str]) -> Guess:
    english = next(
        (name for name in texts if name.lower() in ("target", "en", "eng", "english", "translation")), texts[1]
    )
    other = next(name for name in texts if name != english)
    why = {"family": "two texts in each row and nothing that could be a label"}
    return Guess("retrieval", {"source": other, "target": english}, why=why)


def _two(texts: list[str]) -> list[str]:
    """The text, or the two that belong together, where more are there by their names."""
    if len(texts) <= 2:
        return texts
    named = [n for n in texts if re.search(r"(text|sentence|question|premise|hypothesis|message)", n, re.IGNORECASE)]
    return (named or texts)[:2]


def _check_same(peeks: Sequence[Peek], found: Guess) -> None:
    wanted = [
        name for column in found.columns.values() for name in (column if isinstance(column, tuple) else (column,))
    ]
    for peek in peeks:
        absent = next((name for name in wanted if name not in peek.columns), None)
        if absent is not None:
            having = next((other.path for other in peeks if absent in other.columns), None)
            raise UserError(
                f'has no column "{absent}"' + (f", which {having} has" if having else ""),
                where=str(peek.path),
                remedy=f"columns of this file: {', '.join(peek.columns)}; give files of one task at a time",
            )
