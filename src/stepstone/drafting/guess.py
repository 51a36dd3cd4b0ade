"""A guess at what task some files hold: family, columns and labels, each with the reason for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.language import LANGUAGES
from stepstone.drafting.peek import Peek

# Names that people give to columns, likelier ones first.
# fmt: off
LABEL = (
    "label", "labels", "gold_label", "gold", "class", "category", "target", "intent", "sentiment", "team", "topic",
    "relation", "answerkey", "answer_key", "correct", "answer", "score", "rating", "stars", "similarity", "y",
)
# fmt: on
_GRADES = ("score", "rating", "similarity", "stars")
_QUESTION = ("question", "query", "q", "stem", "prompt")
_CONTEXT = ("context", "passage", "paragraph", "ctx", "story", "premise")
_WORDS = ("words", "tokens", "sentence", "text")
_IGNORED = re.compile(r"^(|#|.*\bids?|.*_id|idx|index|uid|guid|number|nr|no|url|source|date|split)$", re.IGNORECASE)
_LANGUAGE = ("language", "lang", "locale")
# More different labels than these are texts; more of one column than this share are no labels.
MAX_LABELS, MAX_SHARE = 1000, 0.5


@dataclass(frozen=True)
class Guess:
    """What the files hold. `why` gives reasons by field of the table; `spare` names columns that are not read."""

    family: str
    columns: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    unanswerable: bool = False
    scale: tuple[float, float] | None = None
    why: dict[str, str] = field(default_factory=dict)
    spare: tuple[str, ...] = ()


def guess(peeks: Sequence[Peek]) -> Guess:
    """What the files hold together; the first is the one whose columns decide.

    Raises:
        UserError: the columns speak for no family, or a file lacks a column that the others have.
    """
    rows = [row for peek in peeks for row in peek.rows]
    first = peeks[0]
    found = _by_layout(first, rows) or _by_lists(rows, first.columns) or _by_columns(first, rows)
    _check_same(peeks, found)
    return found


def language_column(peeks: Sequence[Peek]) -> str | None:
    """The column with a row's language, where there is one.

    Raises:
        UserError: only some of the files have it.
    """
    for name in dict.fromkeys(name for peek in peeks for name in peek.columns if name.lower() in _LANGUAGE):
        having = [peek for peek in peeks if name in peek.columns]
        if {str(row.get(name)) for peek in having for row in peek.rows} <= set(LANGUAGES):
            lacking = next((peek for peek in peeks if peek not in having), None)
            if lacking is not None:
                message = f'has no column "{name}" for the language, which {having[0].path} has'
                raise UserError(message, where=str(lacking.path), remedy="put it into all files, or into none")
            return name
    return None


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
        why = {"family": "a word a line, sentences parted by blank lines", "labels": _counted(tags, "words")}
        return Guess("tagging", labels=sort_tags(tags), why=why)
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
            why = {"family": f'"{words}" and "{tags}" hold lists of one length', "labels": _counted(found, "words")}
            return Guess("tagging", {"words": words, "tags": tags}, sort_tags(found), why=why)
    names = {name.lower(): name for name in columns}
    question, context = (_first(names, known) for known in (_QUESTION, _CONTEXT))
    if "answers" in names and question and context:
        return _span(rows, {"question": question, "context": context, "answers": names["answers"]})
    start = _first(names, ("answer_start", "start", "offset"))
    answer = _first(names, ("answer", "answer_text", "answers"))
    if start and answer and question and context:
        return _span(rows, {"question": question, "context": context, "answer": answer, "start": start})
    return _choice(rows, columns, lists)


def _span(rows: list[dict[str, Any]], columns: dict[str, str | tuple[str, ...]]) -> Guess:
    cells = [row.get(str(columns.get("answers", columns.get("answer")))) for row in rows]
    bare = sum(not (cell.get("text") if isinstance(cell, dict) else cell) for cell in cells)
    why = {"family": "a question, a context and answers with their offsets"}
    why["unanswerable"] = f"{bare:,} of {len(rows):,} questions have no answer"
    return Guess("span", columns, unanswerable=bool(bare), why=why)


def _choice(rows: list[dict[str, Any]], columns: list[str], lists: list[str]) -> Guess | None:
    """Options in a list or in columns that are named alike, and a label that names one of them."""
    label = _label_named(columns)
    options: str | tuple[str, ...] | None = next(
        (n for n in lists if all(len(row[n]) > 1 and all(isinstance(o, str) for o in row[n]) for row in rows[:100])),
        None,
    )
    options = options or _numbered(columns)
    if label is None or options is None:
        return None
    num = len(options) if isinstance(options, tuple) else min(len(row[options]) for row in rows)
    labels = _names_of_options({str(row.get(label)).strip() for row in rows if row.get(label) not in (None, "")}, num)
    names = {n.lower(): n for n in columns}
    found: dict[str, str | tuple[str, ...]] = {"options": options, "label": label}
    for known, name in (("context", _first(names, _CONTEXT)), ("question", _first(names, _QUESTION))):
        if name is not None:
            found[known] = name
    if len(found) == 2:
        texts = [n for n in columns if n != label and n not in options and _is_text(rows, n)]
        if not texts:
            return None
        found["question"] = texts[0]
    listed = ", ".join(options) if isinstance(options, tuple) else f'the list in "{options}"'
    why = {"family": f'options ({listed}) of which "{label}" names one'}
    return Guess("choice", found, labels, why=why, spare=_spare(columns, found))


def _numbered(columns: list[str]) -> tuple[str, ...] | None:
    """Columns that differ in one last number or letter only, such as choice0, choice1 or A, B, C."""
    stems: dict[str, list[str]] = {}
    for name in columns:
        found = re.fullmatch(r"(.*?)[_ ]?(\d+|[A-Ea-e])", name)
        if found and found[1].lower().rstrip("_ ") in ("", "option", "choice", "answer", "ending", "opt", "solution"):
            stems.setdefault(found[1], []).append(name)
    best = max(stems.values(), key=len, default=[])
    return tuple(best) if len(best) > 1 else None


def _names_of_options(values: set[str], num: int) -> tuple[str, ...]:
    """How labels name options: letters, or numbers from 1; numbers from 0 and the options' own texts need no names."""
    for first in ("A", "a"):
        letters = tuple(chr(ord(first) + place) for place in range(num))
        if values and values <= set(letters):
            return letters
    from_one = tuple(str(number) for number in range(1, num + 1))
    return from_one if values <= set(from_one) and str(num) in values else ()


def _by_columns(first: Peek, rows: list[dict[str, Any]]) -> Guess:
    columns = [name for name in first.columns if name.lower() not in _LANGUAGE]
    if {"source", "target"} <= set(columns):
        return _pairs(["source", "target"])
    texts = [name for name in columns if _is_text(rows, name) and not _IGNORED.match(name)]
    # In one file alone: the same English sentences may stand beside every language.
    label = _label_named([name for name in columns if not _is_free(first.rows, name)])
    label = label or _label_by_values(first.rows, columns)
    texts = [name for name in texts if name != label]
    if label is None and len(texts) == 2:
        return _pairs(texts)
    if label is None or not texts:
        _undecidable(first, columns)
    assert label is not None
    pair = _two(texts)
    found: dict[str, str | tuple[str, ...]] = {"text": pair[0], "label": label}
    if len(pair) == 2:
        found["pair"] = pair[1]
    spare = _spare(columns, found)
    values = [row.get(label) for row in rows if row.get(label) not in (None, "")]
    numbers = _numbers(values)
    graded = label.lower() in _GRADES and len(set(numbers)) > 2
    if numbers and (graded or any(not number.is_integer() for number in numbers)):
        low, high = min(numbers), max(numbers)
        why = {"family": f'"{label}" holds numbers', "scale": f"they lie between {low:g} and {high:g}"}
        return Guess("regression", found, scale=(low, high), why=why, spare=spare)
    names = [str(value).strip() for value in values]
    if len(set(names)) > MAX_LABELS or len(set(names)) < 2:
        _undecidable(first, columns)
    why = {"family": f'"{label}" holds {len(set(names))} different values', "labels": _counted(names, "rows")}
    return Guess("classification", found, tuple(sorted(set(names))), why=why, spare=spare)


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


def _undecidable(first: Peek, columns: list[str]) -> None:
    raise UserError(
        f"its columns ({', '.join(columns) or 'none'}) speak for no kind of task",
        where=str(first.path),
        remedy="name the label's column label, or write the [task.NAME] table by hand (docs/own_tasks.md)",
    )


def _label_named(columns: list[str]) -> str | None:
    names = {name.lower(): name for name in columns}
    return _first(names, LABEL)


def _is_free(rows: list[dict[str, Any]], name: str) -> bool:
    """Whether a column holds another text in every row, as translations called target do."""
    values = [row.get(name) for row in rows]
    return len({str(value) for value in values}) == len(values) and _is_text(rows, name) and _mean_length(values) > 12


def _mean_length(values: Sequence[Any]) -> float:
    return sum(len(str(value)) for value in values) / len(values)


def _label_by_values(rows: list[dict[str, Any]], columns: list[str]) -> str | None:
    """The column with the fewest different values, where these come again and again."""
    counts = {}
    for name in columns:
        values = [row.get(name) for row in rows]
        if _IGNORED.match(name) or any(isinstance(value, list | dict) for value in values[:100]):
            continue
        num = len({str(value) for value in values})
        if 2 <= num <= min(MAX_LABELS, MAX_SHARE * len(rows)):
            counts[name] = num
    return min(counts, key=lambda name: counts[name], default=None)


def _is_text(rows: list[dict[str, Any]], name: str) -> bool:
    values = [row.get(name) for row in rows[:1000]]
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    return len(texts) > 0.5 * len(values) and len(_numbers(texts)) < 0.5 * len(texts)


def _numbers(values: Sequence[Any]) -> list[float]:
    """The values as numbers, or none where one of them is no number."""
    try:
        return [float(value) for value in values if not isinstance(value, bool)]
    except (TypeError, ValueError):
        return []


def _first(names: dict[str, str], known: Sequence[str]) -> str | None:
    return next((names[name] for name in known if name in names), None)


def _spare(columns: list[str], found: dict[str, str | tuple[str, ...]]) -> tuple[str, ...]:
    read = {name for column in found.values() for name in (column if isinstance(column, tuple) else (column,))}
    return tuple(name for name in columns if name not in read)


def _counted(values: Sequence[str], unit: str) -> str:
    return f"{len(set(values)):,} different ones in {len(values):,} {unit}"


def sort_tags(tags: Sequence[str]) -> tuple[str, ...]:
    """Tags with O first and the beginning of an entity before its inside."""
    return tuple(sorted(set(tags), key=lambda tag: (tag != "O", tag.partition("-")[2] or tag, tag)))


def _check_same(peeks: Sequence[Peek], found: Guess) -> None:
    wanted = [
        name for column in found.columns.values() for name in (column if isinstance(column, tuple) else (column,))
    ]
    for peek in peeks[1:]:
        absent = [name for name in wanted if name not in peek.columns]
        if absent:
            raise UserError(
                f'has no column "{absent[0]}", which {peeks[0].path} has',
                where=str(peek.path),
                remedy=f"columns of this file: {', '.join(peek.columns)}; give files of one task at a time",
            )
