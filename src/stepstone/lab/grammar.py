"""Tells a fact in a language: words in the order of its profile, each with its part of speech and the role it fills."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from stepstone.lab.concepts import ACTIONS
from stepstone.lab.derivation import open_words
from stepstone.lab.lexicon import lexicon
from stepstone.lab.profiles import profile_of
from stepstone.lab.scripts import stops
from stepstone.lab.world import PARENT, QUALITY_GROUP, Fact, Phrase, is_a

_QUESTION_WORDS = {"agent": "who", "partner": "who", "place": "where", "time": "when"}
_NAMED = ("name", "city", "rare")


class Word(NamedTuple):
    """A written word, its part of speech (UPOS) and the role of its phrase; a glued one has no space before it."""

    text: str
    tag: str
    role: str = ""
    marker: bool = False  # an adposition or particle: part of no answer
    glued: bool = False
    entity: str = ""  # of a word of a name: B- or I- and PER, ORG or LOC
    part: int = 0  # which word of its name it is, whatever comes first here


class Grammar:
    """How one language tells facts. A role named as `asked` becomes a question word."""

    def __init__(self, language: str) -> None:
        self.profile = profile_of(language)
        self.words = lexicon(language) | open_words(language)
        self.flags = self.profile.flags
        self.stop, self.question_mark = stops(self.profile.script)
        self._told: dict[tuple[Phrase, str, str, str | None], list[Word]] = {}

    def statement(self, fact: Fact) -> list[Word]:
        """The fact as a sentence; a passive one needs a patient."""
        return [*self._clause(fact, None), Word(self.stop, "PUNCT", glued=True)]

    def question(self, fact: Fact, asked: str | None) -> list[Word]:
        """A question for one role of the fact, or whether it is so (`asked` is None)."""
        words = self._clause(fact, asked)
        if asked is None or "ask" in self.flags:
            particle = Word(self.words["ask"], "PART")
            words = [*words, particle] if self.profile.order == "SOV" or "ask" in self.flags else [particle, *words]
        return [*words, Word(self.question_mark, "PUNCT", glued=True)]

    def is_a(self, subject: Phrase, kind: Phrase) -> list[Word]:
        """The sentence that the subject is of this kind."""
        first, second = self._phrase(subject, "agent", "nom", None), self._phrase(kind, "patient", "", None)
        link = [Word(self.words["is"], "AUX")] if "copula" in self.flags else []
        order = (first, second, link) if self.profile.order == "SOV" else (first, link, second)
        return [*(word for part in order for word in part), Word(self.stop, "PUNCT", glued=True)]

    def what_is(self, subject: Phrase) -> list[Word]:
        """The question what kind the subject is, or what is of the kind that it names."""
        asked = [Word(self.words["what"], "PRON")]
        named = self._phrase(subject, "agent", "nom", None)
        link = [Word(self.words["is"], "AUX")] if "copula" in self.flags else []
        ask = [Word(self.words["ask"], "PART")] if "ask" in self.flags else []
        order = (named, asked, link, ask) if self.profile.order == "SOV" else (asked, link, named, ask)
        return [*(word for part in order for word in part), Word(self.question_mark, "PUNCT", glued=True)]

    def answer(self, phrase: Phrase | int) -> list[Word]:
        """A phrase or a number as an answer of its own."""
        words = [Word(str(phrase), "NUM")] if isinstance(phrase, int) else self._noun_phrase(phrase, "answer", None)
        return [*words, Word(self.stop, "PUNCT", glued=True)]

    def particle(self, name: str) -> list[Word]:
        """A one-word sentence: yes or no."""
        return [Word(self.words[name], "INTJ"), Word(self.stop, "PUNCT", glued=True)]

    def _clause(self, fact: Fact, asked: str | None) -> list[Word]:
        """Subject, verb, object and modifiers in the language's order; an asked phrase goes first where it must."""
        subject, object_, rest = self._parts(fact, asked)
        verb = self._verb(fact)
        if self.profile.order == "SOV":
            order = [subject, *rest, object_, verb]
        elif self.profile.order == "VSO":
            order = [verb, subject, object_, *rest]
        elif "early" in self.flags:
            order = [subject, *rest, verb, object_]
        else:
            order = [subject, verb, object_, *rest]
        if asked and "front" in self.flags:
            role = "patient" if asked == "count" else asked
            order.sort(key=lambda part: not any(word.role in (role, asked) for word in part))
        return [word for part in order for word in part]

    def _parts(self, fact: Fact, asked: str | None) -> tuple[list[Word], list[Word], list[list[Word]]]:
        modifiers = []
        if fact.passive:
            subject = self._role(fact.patient, "patient", "nom", asked)
            object_: list[Word] = []
            modifiers.append(self._role(fact.agent, "agent", "by", asked))
        else:
            subject = self._role(fact.agent, "agent", "nom", asked)
            object_ = self._role(fact.patient, "patient", "acc", asked)
        direction = ACTIONS[fact.action].partner or "to"
        modifiers.append(self._role(fact.partner, "partner", direction, asked))
        modifiers.append(self._role(fact.place, "place", "at", asked))
        when = Phrase(fact.time or "day") if fact.time or asked == "time" else None  # asked for, it is not told
        modifiers.append(self._role(when, "time", "on", asked))
        return subject, object_, modifiers

    def _role(self, phrase: Phrase | None, role: str, marker: str, asked: str | None) -> list[Word]:
        return self._phrase(phrase, role, marker, asked) if phrase else []

    def _phrase(self, phrase: Phrase, role: str, marker: str, asked: str | None) -> list[Word]:
        """A noun phrase with its adposition, particle or ending; few are told, and those often."""
        told = phrase, role, marker, asked
        if told not in self._told:
            self._told[told] = self._marked(*told)
        return self._told[told]

    def _marked(self, phrase: Phrase, role: str, marker: str, asked: str | None) -> list[Word]:
        words = self._noun_phrase(phrase, role, asked)
        core = marker in ("nom", "acc", "")
        if not marker or (core and marker not in self.flags):
            return words
        sign = self.words[marker]
        if self.profile.marking == "suffix" or (self.profile.marking == "pre" and core):
            return [*words, Word(sign, words[-1].tag, role, glued=True)]
        if self.profile.marking == "pre":
            return [Word(sign, "ADP", role, marker=True), *words]
        return [*words, Word(sign, "ADP", role, marker=True, glued=self.profile.marking == "clitic")]

    def _noun_phrase(self, phrase: Phrase, role: str, asked: str | None) -> list[Word]:
        if asked == role and role != "count":
            return [Word(self.words[self._question_word(phrase, role)], "PRON", role)]
        nouns = self._nouns(phrase.head, role)
        count = self._count(phrase, role, asked)
        quality = self._quality(phrase, role)
        article = "article" in self.flags and nouns[0].tag == "NOUN" and not count and role not in ("answer", "time")
        start = [Word(self.words["the"], "DET", role, marker=True)] if article else []
        before, after = (quality, []) if self.profile.qualities == "before" else ([], quality)
        early, late = ([], count) if "postcount" in self.flags else (count, [])
        return [*start, *early, *before, *nouns, *after, *late]

    def _nouns(self, head: str, role: str) -> list[Word]:
        """A noun or the words of a name: in "Ann Lee" the first comes first, in "Ann school" it stands as a quality."""
        first, *rest = head.split()
        if _tag(first) != "PROPN":
            return [Word(self.words[head], _tag(head), role)]
        parts = list(enumerate((first, *rest)))
        last = parts[-1][1]
        kind = _kind(last, role)
        if self.profile.qualities == "after" and _tag(last) != "PROPN":
            parts.reverse()
        marks = ("B", *"I" * len(rest))
        return [
            Word(self.words[part], "PROPN", role, entity=f"{mark}-{kind}", part=number)
            for (number, part), mark in zip(parts, marks, strict=True)
        ]

    def _question_word(self, phrase: Phrase, role: str) -> str:
        if role == "patient":
            return "who" if _is_being(phrase.head) else "what"
        return _QUESTION_WORDS[role]

    def _count(self, phrase: Phrase, role: str, asked: str | None) -> list[Word]:
        asked_for = asked == "count" and role == "patient"
        if phrase.count is None and not asked_for:
            return []
        text = self.words["many"] if asked_for else str(phrase.count)
        number = Word(text, "ADV" if asked_for else "NUM", "count" if role == "patient" else role)
        unit = [Word(self.words["unit"], "NOUN", role, marker=True)] if "classifier" in self.flags else []
        return [number, *unit]

    def _quality(self, phrase: Phrase, role: str) -> list[Word]:
        if phrase.quality is None:
            return []
        quality = Word(self.words[phrase.quality], "ADJ", role)
        if "agree" not in self.flags:
            return [quality]
        ending = self.words[f"class{len(self.words[phrase.head]) % 2}"]
        return [quality, Word(ending, "ADJ", role, glued=True)]

    def _verb(self, fact: Fact) -> list[Word]:
        verb = [Word(self.words[fact.verb or f"{fact.action}_v"], "VERB")]
        if fact.passive:
            mark = Word(self.words["passive"], "AUX")
            verb = [*verb, mark] if self.profile.order == "SOV" else [mark, *verb]
        if not fact.negated:
            return verb
        no = Word(self.words["not"], "PART")
        if self.profile.negation == "suffix":
            return [*verb, Word(no.text, "VERB", glued=True)]
        if self.profile.negation == "after":
            return [*verb, no]
        return [no, *verb, Word(self.words["not2"], "PART")] if self.profile.negation == "around" else [no, *verb]


def _is_being(head: str) -> bool:
    while head in PARENT:
        head = PARENT[head]
    return head == "being"


@cache
def _tag(head: str) -> str:
    if head in QUALITY_GROUP:
        return "ADJ"
    return "PROPN" if head.startswith(_NAMED) else "NOUN"


def _kind(last: str, role: str) -> str:
    """What a name that ends in this word names: buildings are organisations; who is at a place, or is one, differ."""
    if is_a(last, "building"):
        return "ORG"
    return "LOC" if is_a(last, "nature") or role == "place" else "PER"


@cache
def grammar(language: str) -> Grammar:
    """The grammar of a language, built once."""
    return Grammar(language)
