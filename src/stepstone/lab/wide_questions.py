"""Passages about few persons, and questions in wider words, so that spelling finds the person and not the sentence."""

from __future__ import annotations

from functools import cache

from stepstone.lab.changes import phrases
from stepstone.lab.concepts import ACTIONS, CITIES, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.questions import QuestionPassage, RoleQuestion, matching, open_role
from stepstone.lab.world import PARENT, Fact, Phrase, draw_fact, implies, leaves, with_phrases

NUM_FACTS, NUM_ASKED = 4, 2  # of a passage
_ACTIONS = tuple(name for name, action in ACTIONS.items() if action.wider and action.patient)
_ASKED = ("patient", "place", "time", "count")


@cache
def draw_biographies(key: tuple[str | int, ...], num_passages: int) -> tuple[QuestionPassage, ...]:
    """Passages of facts that one person each did; those of one person are asked what only one sentence answers."""
    people = Draw("biographies", *key).shuffled(NAMES)
    told: dict[str, list[QuestionPassage]] = {name: [] for name in people}
    found: list[QuestionPassage] = []
    for i in range(num_passages):
        name = people[i % len(people)]
        found.append(_draw_passage(Draw("biography", *key, i), name, told[name]))
        told[name].append(found[-1])
    return tuple(found)


def _draw_passage(draw: Draw, name: str, others: list[QuestionPassage]) -> QuestionPassage:
    """A passage beside others of the same person: none answers another's questions."""
    known = tuple(fact for passage in others for fact in passage.facts)
    asked = [question.fact for passage in others for question in passage.questions]
    while True:
        facts: tuple[Fact, ...] = ()
        while len(facts) < NUM_FACTS:
            fact = _draw_fact(draw, name)
            if not any(implies(fact, other) for other in asked) and all(fact.action != told.action for told in facts):
                facts = (*facts, fact)
        found = [_ask(draw, fact, i) for i, fact in enumerate(facts)]
        alone = [question for question in found if question and len(matching(question.fact, (*known, *facts))) == 1]
        if len(alone) >= NUM_ASKED:
            return QuestionPassage(facts, tuple(alone[:NUM_ASKED]))


def _draw_fact(draw: Draw, name: str) -> Fact:
    """Something that the person did, at a spot without a name, and with nobody who could be told to have done it."""
    fact = draw_fact(
        draw, actions=_ACTIONS, agent=Phrase(name), quality=0.35, count=0.3, partner=0.0, place=0.0, time=0.5
    )
    partner = ACTIONS[fact.action].partner and draw.chance(0.3)
    with_whom = Phrase(draw.pick(leaves("person"))) if partner else None
    return fact._replace(place=Phrase(draw.pick(leaves("spot"))), partner=with_whom)


def _ask(draw: Draw, fact: Fact, where: int) -> RoleQuestion | None:
    """A question in words of which the sentence has none but the person's name; None for a patient who has a name."""
    assert fact.patient and fact.place
    if fact.patient.head in (*NAMES, *CITIES):
        return None
    values = {**phrases(fact), "time": fact.time, "count": fact.patient.count}
    role = draw.pick([role for role in _ASKED if values.get(role) is not None])
    wide = with_phrases(
        fact._replace(action=ACTIONS[fact.action].wider or fact.action, time=None),
        {"patient": Phrase(PARENT[fact.patient.head]), "place": Phrase(PARENT[fact.place.head]), "partner": None},
    )
    asked = wide if role in ("time", "count") else open_role(wide, role)
    return RoleQuestion(asked, role, where, role)
