"""Joins told words into text, and keeps where in the text each role of a fact stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stepstone.lab.grammar import Grammar, Word
from stepstone.lab.world import Fact


class SpannedText(NamedTuple):
    """A text of one or more sentences, and per sentence where each role's phrase stands: role to (start, end)."""

    text: str
    spans: list[dict[str, tuple[int, int]]]


def join_sentences(grammar: Grammar, sentences: Sequence[Sequence[Word]]) -> SpannedText:
    """Write sentences one after the other; spans are in characters, end excluded, without markers and articles."""
    space = " " if grammar.profile.spaced else ""
    between = "" if grammar.stop == "。" else " "
    text, spans = "", []
    for words in sentences:
        text += between if text else ""
        found: dict[str, tuple[int, int]] = {}
        first = True
        for word in words:
            text += "" if first or word.glued else space
            first = False
            start = len(text)
            text += word.text
            if word.role and not word.marker:
                for role in ("count", "patient") if word.role == "count" else (word.role,):
                    found[role] = (min(start, found.get(role, (start, 0))[0]), len(text))
        spans.append(found)
    return SpannedText(text, spans)


def sentence_text(grammar: Grammar, words: Sequence[Word]) -> str:
    """One sentence as text."""
    return join_sentences(grammar, [words]).text


def facts_text(grammar: Grammar, facts: Sequence[Fact]) -> str:
    """The facts as one text, a sentence each."""
    return join_sentences(grammar, [grammar.statement(fact) for fact in facts]).text
