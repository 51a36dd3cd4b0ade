"""Reads a told sentence back into what it says: the only meaning that, told again, gives the same letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import permutations, product
from typing import NamedTuple

from stepstone.lab.concepts import ACTIONS
from stepstone.lab.derivation import CONVERTED_NOUNS
from stepstone.lab.grammar import Grammar, Word, grammar
from stepstone.lab.nouns import Nouns, find_nouns
from stepstone.lab.telling import sentence_text
from stepstone.lab.words import Concept, spell
from stepstone.lab.world import TIME_GROUP, Fact, Phrase, with_phrases

_ROLES = ("agent", "patient", "partner", "place")
_ASKED = {"who": ("agent", "patient", "partner"), "what": ("patient",), "where": ("place",), "when": ("time",)}
_STOOD_FOR = {"who": "person", "what": "thing", "where": "spot"}  # what a question word asks for, so that it is told
_UNKNOWN = ("give", "buy")  # actions whose frames are those of all verbs that tell no action of their own


class Meaning(NamedTuple):
    """What a sentence says: the way of the grammar that tells it, and what is told; an option has no stop."""

    how: str
    said: tuple[Fact | Phrase | int | str | None, ...]
    stopped: bool = True

    def tell(self, told: Grammar) -> list[Word]:
        """Its words in a language."""
        words: list[Word] = getattr(told, self.how)(*self.said)
        return words if self.stopped else words[:-1]


def split_sentences(text: str, language: str) -> list[str]:
    """The text cut behind every mark that ends a sentence."""
    told = grammar(language)
    return [
        part.strip() for part in re.split(f"(?<=[{re.escape(told.stop + told.question_mark)}])", text) if part.strip()
    ]


@cache
def parse_sentence(sentence: str, language: str) -> Meaning | None:
    """What a sentence, or a phrase without a stop, says; None where the language does not tell it so."""
    told = grammar(language)
    body = sentence.rstrip(told.stop + told.question_mark)
    is_question, stopped = sentence.endswith(told.question_mark), body != sentence
    for concepts in spell(body, told):
        for meaning in _meanings(concepts, told, is_question, stopped):
            if sentence_text(told, meaning.tell(told)) == sentence:
                return meaning
    return None


def _meanings(words: Sequence[Concept], told: Grammar, is_question: bool, stopped: bool) -> Iterator[Meaning]:
    """What these words may say; most of it is not told by them, for any phrase is tried in any role."""
    if len(words) == 1 and words[0] in ("yes", "no"):
        yield Meaning("particle", (words[0],), stopped)
    elif len(words) == 1 and isinstance(words[0], int):
        yield Meaning("answer", (words[0],), stopped)
    else:
        if stopped:
            yield from _events(words, told, is_question)
        yield from _kinds(words, told, is_question, stopped)


def _kinds(words: Sequence[Concept], told: Grammar, is_question: bool, stopped: bool) -> Iterator[Meaning]:
    for nouns in find_nouns([word for word in words if word != "is"], told.profile):
        if len(nouns.phrases) == 2:
            yield Meaning("is_a", nouns.phrases, stopped)
        elif len(nouns.phrases) == 1:
            yield Meaning("what_is" if is_question else "answer", nouns.phrases, stopped)


def _events(words: Sequence[Concept], told: Grammar, is_question: bool) -> Iterator[Meaning]:
    for place, verb in enumerate(words):
        if not isinstance(verb, str) or not (verb.endswith(("_v", "+using")) or verb in CONVERTED_NOUNS):
            continue
        # A gap, so that names on both sides of the verb are not taken for one.
        rest = [*words[:place], "is", *words[place + 1 :]]
        actions, own = ((verb[:-2],), None) if verb.endswith("_v") else (_UNKNOWN, verb)
        for nouns, action in product(find_nouns(rest, told.profile), actions):
            for fact, asked in _facts(action, nouns):
                fact = fact._replace(negated="not" in words, passive="passive" in words, verb=own)
                yield Meaning("question", (fact, asked)) if is_question else Meaning("statement", (fact,))


def _facts(action: str, nouns: Nouns) -> Iterator[tuple[Fact, str | None]]:
    """The phrases in all the roles that the action has."""
    times = [phrase.head for phrase in nouns.phrases if phrase.head in TIME_GROUP]
    phrases = [phrase for phrase in nouns.phrases if phrase.head not in TIME_GROUP]
    frame = ACTIONS[action]
    had = [role for role in _ROLES if role in ("agent", "place") or getattr(frame, role) is not None]
    asking: tuple[str | None, ...] = ("count",) if nouns.counted else (None,)
    for asked in _ASKED.get(nouns.asked or "", asking):
        stood = {asked: Phrase(_STOOD_FOR[nouns.asked])} if asked and nouns.asked in _STOOD_FOR else {}
        free = [role for role in had if role != asked]
        if len(phrases) > len(free) or len(times) > 1:
            continue
        for roles in permutations(free, len(phrases)):
            filled = {**dict(zip(roles, phrases, strict=True)), **stood}
            # Only a question may leave out what was done something to.
            if "agent" in filled and ("patient" in filled or frame.patient is None or asked is not None):
                yield with_phrases(Fact(action, None, time=times[0] if times else None), filled), asked
