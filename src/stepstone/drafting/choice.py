"""A guess at options and which of them is right."""

from __future__ import annotations

import re
from typing import Any

from stepstone.drafting.columns import CONTEXT, QUESTION, first_named, is_text, label_named
from stepstone.drafting.guessed import Guess


def guess_choice(rows: list[dict[str, Any]], columns: list[str], lists: list[str]) -> Guess | None:
    """Options in a list or in columns that are named alike, and a label that names one of them."""
    label = label_named(columns)
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
    for known, name in (("context", first_named(names, CONTEXT)), ("question", first_named(names, QUESTION))):
        if name is not None:
            found[known] = name
    if len(found) == 2:
        texts = [n for n in columns if n != label and n not in options and is_text(rows, n)]
        if not texts:
            return None
        found["question"] = texts[0]
    listed = ", ".join(options) if isinstance(options, tuple) else f'the list in "{options}"'
    why = {"family": f'options ({listed}) of which "{label}" names one'}
    return Guess("choice", found, labels, why=why)


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
