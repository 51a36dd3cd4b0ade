"""Claims proposed from a paper, as a file for a person to edit: what is uncertain stands in comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.papers.passages import PaperPassage, passages
from stepstone.papers.terms import HIGHER, LOWER, NEGATED, ON, POINTS, SIZED, THAN, Mention, Vocabulary

_COLUMNS = re.compile(r"\S {3,}\S")
UNNAMED = "UNNAMED"  # stands where a passage names no arm or target; no study has it, so that plan refuses it


@dataclass(frozen=True)
class Proposal:
    """A test made of a passage, and what of it a person has to decide."""

    passage: PaperPassage
    test: dict[str, Any]
    doubts: list[str] = field(default_factory=list)


def propose(text: str, name: str, catalogue: Catalogue) -> str:
    """A file of claims, as text: one for each passage that compares and names a task or languages.

    Raises:
        UserError: no passage does.
    """
    known = Vocabulary(catalogue)
    found = [one for passage in passages(text) if (one := _propose(passage, known))]
    for one in found:
        if _COLUMNS.search(text[one.passage.start : one.passage.end]):
            one.doubts.append(
                "passage: wide gaps within its lines; two columns may be mixed (pdftotext without -layout)"
            )
    if not found:
        remedy = "write claims by hand (docs/claims.md), or give another text of the paper"
        raise UserError("no passage compares anything that the catalogue names", where=name, remedy=remedy)
    return (
        "\n".join([*_head(name, len(found)), *(line for n, one in enumerate(found, 1) for line in _claim(n, one))])
        + "\n"
    )


def _propose(passage: PaperPassage, known: Vocabulary) -> Proposal | None:
    """A test of the passage; None where it compares nothing, or names nothing."""
    text = passage.text
    up, down = HIGHER.search(text), LOWER.search(text)
    named, languages = known.tasks_in(text), known.languages_in(text)
    is_signed = any(one["sign"] for one in POINTS.finditer(text))
    if not (up or down or is_signed) or not (named or len(languages) > 1 or SIZED.search(text)):
        return None
    doubts: list[str] = []
    targets, arms = _split(text, named, known)
    test = {**_sides(text, arms, languages, doubts), "target": targets or UNNAMED}
    if not targets:
        doubts.append("target: the passage names none")
    if up and down:
        doubts.append("expect: words for higher and for lower stand there")
    if negated := NEGATED.search(text):
        doubts.append(f'expect: "{negated.group()}" may turn it round')
    direction = "higher" if up or not down else "lower"
    return Proposal(passage, {**_kind(text, direction, doubts), **test}, doubts)


def _kind(text: str, direction: str, doubts: list[str]) -> dict[str, Any]:
    points = list(POINTS.finditer(text))
    if SIZED.search(text):
        doubts.append("kind: a slope over sizes; the passage may mean a single pair of models")
        return {"kind": "slope", "expect": direction}
    if points:
        others = f"; also named: {', '.join(one.group() for one in points[1:])}" if len(points) > 1 else ""
        doubts.append(f"effect, tolerance: points of a gain, or a score? the tolerance is a guess{others}")
        return {"kind": "size", **_size(points[0], direction)}
    return {"kind": "comparison", "expect": direction}


def _size(points: re.Match[str], direction: str) -> dict[str, float]:
    """A number with a sign keeps it; of two ends the middle, and half of what lies between."""
    low, high = (float(one.replace(",", "")) for one in (points["value"], points["end"] or points["value"]))
    is_negative = points["sign"] in ("-", "\N{MINUS SIGN}") or (not points["sign"] and direction == "lower")
    effect = round((low + high) / 2, 6)
    tolerance = round(abs(high - low) / 2, 6) or 1.0
    return {"effect": -effect if is_negative else effect, "tolerance": tolerance}


def _split(text: str, named: Sequence[Mention], known: Vocabulary) -> tuple[list[str], list[str]]:
    """Targets and arms: behind the last "on" or "for" stand targets; else benchmarks and multilingual tasks are."""
    places = [found.start() for found in ON.finditer(text)]
    on = max((place for place in places if any(one.start > place for one in named)), default=None)
    if on is not None:
        return [one.name for one in named if one.start > on], [one.name for one in named if one.start < on]
    targets = [one.name for one in named if _is_multilingual(one.name, known)]
    return targets, [one.name for one in named if one.name not in targets]


def _is_multilingual(name: str, known: Vocabulary) -> bool:
    if name in known.catalogue.benchmarks():
        return True
    return len(known.catalogue.task(name).languages.get("test", ())) > 1


def _sides(text: str, arms: Sequence[str], languages: Sequence[Mention], doubts: list[str]) -> dict[str, Any]:
    """Arms are tasks in English; without a task, languages are those that targets are trained in."""
    if arms:
        doubts.append("arm: tasks are taken as intermediate tasks in English; rename them as the study does")
        return {"arm": [f"{name}.en" for name in arms]}
    if len(languages) > 1:
        doubts.append("arm, against: languages are taken as those that targets are trained in")
        than = next((found.start() for found in THAN.finditer(text)), len(text))
        here = [one.name for one in languages if one.start < than] or [languages[0].name]
        there = [one.name for one in languages if one.name not in here]
        if not there:
            doubts.append("against: what they are compared with is not named")
        sides = {"arm": here, "against": there or ["en"] * ("en" not in here)}
        return {key: [{"source_language": code} for code in codes] for key, codes in sides.items()}
    doubts.append("arm: the passage names none")
    return {"arm": UNNAMED}


def _head(name: str, num: int) -> Iterator[str]:
    yield f"# {num} claims proposed from {_text(name)}, found by words alone: read each passage, then edit its claim."
    yield f'# "{UNNAMED}" stands where a passage names no arm or target.'
    yield f"title = {_text(name)}"


def _claim(number: int, one: Proposal) -> Iterator[str]:
    yield ""
    yield f"# {one.passage.place}: {_text(one.passage.text)}"
    yield from (f"# uncertain: {doubt}" for doubt in one.doubts)
    yield "[[claim]]"
    yield f'id = "claim-{number}"'
    yield f"statement = {_text(one.passage.text)}"
    yield f"place = {_text(one.passage.place)}"
    yield "[claim.test]"
    yield from (f"{key} = {_value(value)}" for key, value in one.test.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value) if isinstance(value, float) else _text(value)


def _text(value: str) -> str:
    """A basic string of TOML: JSON's, but for one character that TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
