"""Premises of somebody's deed and of somebody else's like it that was not done, and what may be said of the two."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.changes import other_than, unnamed
from stepstone.lab.concepts import ACTIONS, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.judging import consistent
from stepstone.lab.world import Fact, Phrase, draw_fact, leaves

FIRST = 0.95  # share of hypotheses that are about the first of the two deeds
SINGLE = 0.06  # share of premises that tell of one deed alone: from these the rest is learned
_VERBS = tuple(name for name, action in ACTIONS.items() if action.agent == "person" and action.patient)


def draw_denied(draw: Draw) -> tuple[Fact, ...]:
    """One deed that was done and one that was not: one verb, two doers, two things done to, perhaps one time.

    Every word of what may be said of either stands in the premise, and the verb stands there done and denied.
    """
    while True:
        doer, other, *spare = draw.sample(NAMES, 4)
        bare = {"quality": 0.0, "count": 0.0, "partner": 0.0, "place": 0.0}
        done = draw_fact(draw, actions=_VERBS, agent=Phrase(doer), time=0.1, **bare)
        assert done.patient
        is_name, kind = done.patient.head in NAMES, ACTIONS[done.action].patient or "thing"
        # Both things are names, or neither is: what is said of either has one shape.
        options = spare if is_name else [name for name in leaves(kind) if name not in NAMES]
        thing = Phrase(other_than(draw, options, done.patient.head))
        denied = done._replace(agent=Phrase(other), patient=thing, negated=True)
        if done.patient.head != other and consistent([done, denied]):
            told = draw.shuffled([done, denied])
            return tuple(told[:1] if draw.chance(SINGLE) else told)


def _is_denied(premise: Sequence[Fact]) -> bool:
    """Whether the premise is one that `draw_denied` draws."""
    if len(premise) > 2 or not all(map(_is_bare, premise)):
        return False
    one, *others = sorted(premise, key=lambda fact: fact.negated)
    return all(one._replace(agent=other.agent, patient=other.patient, negated=True) == other for other in others)


def _is_bare(fact: Fact) -> bool:
    """Whether nothing but a name did something to something, perhaps at some time."""
    if fact.agent is None or fact.patient is None or fact.agent.head not in NAMES:
        return False
    bare = Fact(fact.action, Phrase(fact.agent.head), Phrase(fact.patient.head), time=fact.time, negated=fact.negated)
    return fact == bare


def draw_said(draw: Draw, premise: Sequence[Fact]) -> dict[str, Fact] | None:
    """By label what may be said of such a premise, denied or not, or None for another premise.

    Mostly of its first deed, as a text's first sentence is mostly what is spoken of: that it was as told, or was not.
    It is left open whether who did not do the one did the other.
    """
    if not _is_denied(premise):
        return None
    told = premise[0] if draw.chance(FIRST) else premise[-1]
    done, denied = min(premise, key=_denial), max(premise, key=_denial)
    open_ = denied._replace(patient=done.patient) if done != denied else _other_doer(draw, told)
    return {
        "entailment": told,
        "contradiction": told._replace(negated=not told.negated),
        "neutral": open_._replace(negated=draw.chance(0.5)),
    }


def _denial(fact: Fact) -> bool:
    return fact.negated


def _other_doer(draw: Draw, fact: Fact) -> Fact:
    """The same of somebody whom the premise does not name."""
    return fact._replace(agent=Phrase(draw.pick(unnamed(fact))))
