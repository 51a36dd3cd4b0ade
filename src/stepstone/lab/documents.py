"""Documents for pretraining: a few facts, then sentences that restate, widen, deny or ask for them."""

from __future__ import annotations

from dataclasses import dataclass

from stepstone.lab.changes import clash, next_fact, phrases, retell, widen
from stepstone.lab.draw import Draw
from stepstone.lab.grammar import Grammar, Word
from stepstone.lab.openness import draw_open_fact
from stepstone.lab.questions import RoleQuestion, answer_of, draw_passage, draw_question
from stepstone.lab.world import PARENT, Fact, Phrase

RETOLD = {"asked": 0.35, "wider": 0.2, "denied": 0.1, "yes or no": 0.2, "kind": 0.08, "next": 0.07}


@dataclass(frozen=True)
class Statement:
    """A fact is told."""

    fact: Fact

    def tell(self, grammar: Grammar) -> list[list[Word]]:
        """The sentences of this line."""
        return [grammar.statement(self.fact)]


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question with its answer."""

    question: RoleQuestion
    answer: Phrase | int

    def tell(self, grammar: Grammar) -> list[list[Word]]:
        """The sentences of this line."""
        return [grammar.question(self.question.fact, self.question.asked), grammar.answer(self.answer)]


@dataclass(frozen=True)
class YesOrNo:
    """Whether a fact is so."""

    fact: Fact
    truth: bool

    def tell(self, grammar: Grammar) -> list[list[Word]]:
        """The sentences of this line."""
        return [grammar.question(self.fact, None), grammar.particle("yes" if self.truth else "no")]


@dataclass(frozen=True)
class KindStatement:
    """Something is of a kind."""

    subject: Phrase
    kind: Phrase

    def tell(self, grammar: Grammar) -> list[list[Word]]:
        """The sentences of this line."""
        return [grammar.is_a(self.subject, self.kind)]


@dataclass(frozen=True)
class Aside:
    """Something else is told, in words that the facts of documents have not: rare, derived or of two classes."""

    fact: Fact

    def tell(self, grammar: Grammar) -> list[list[Word]]:
        """The sentences of this line."""
        return [grammar.statement(self.fact)]


# Lines of a document.
NUM_FACTS, NUM_RETOLD, NUM_ASIDES = 3, 6, 2
DocumentLine = Statement | AnsweredQuestion | YesOrNo | KindStatement | Aside


def draw_document(draw: Draw) -> list[DocumentLine]:
    """The lines of one document: its facts first, then those that follow from them, then what has to do with none."""
    facts = draw_passage(draw, 1, NUM_FACTS).facts
    retold = [_retold(draw, facts) for _ in range(NUM_RETOLD)]
    return [*map(Statement, facts), *retold, *(Aside(draw_open_fact(draw)) for _ in range(NUM_ASIDES))]


def _retold(draw: Draw, facts: tuple[Fact, ...]) -> DocumentLine:
    fact = draw.pick(facts)
    kind = draw.weighted(RETOLD)
    if kind == "wider":
        return Statement(retell(draw, widen(draw, fact, 0.35)))
    if kind == "kind":
        return _kind(draw, fact)
    if kind == "asked":
        question = draw_question(draw, facts)
        return (
            AnsweredQuestion(question, answer_of(facts[question.where], question.role))
            if question
            else _retold(draw, facts)
        )
    if kind == "next":
        after = next_fact(fact)
        return Statement(after) if after else _retold(draw, facts)
    other = clash(draw, fact)
    if kind == "denied" and other is not None:
        return Statement(other._replace(negated=True))
    truth = other is None or draw.chance(0.5)
    return YesOrNo(retell(draw, widen(draw, fact, 0.35)) if truth or other is None else other, truth)


def _kind(draw: Draw, fact: Fact) -> DocumentLine:
    head = draw.pick([phrase.head for phrase in phrases(fact).values() if PARENT.get(phrase.head, "spot") != "spot"])
    return KindStatement(Phrase(head), Phrase(PARENT[head]))
