"""What follows from facts, what cannot be true beside them, and what they leave open."""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.concepts import MEMBERS
from stepstone.lab.world import QUALITY_GROUP, TIME_GROUP, Fact, Phrase, covers, disjoint, implies, sides

LABELS = ("entailment", "neutral", "contradiction")
OPPOSITE = {"entailment": "contradiction", "neutral": "neutral", "contradiction": "entailment"}


def infer_label(premise: Sequence[Fact], hypothesis: Fact) -> str | None:
    """The label of a hypothesis; None where the premise both tells and excludes it."""
    event = hypothesis._replace(negated=False)
    true = any(_tells(fact, event) for fact in premise if not fact.negated)
    false = any(_tells(event, fact) if fact.negated else excludes(fact, event) for fact in premise)
    if true and false:
        return None
    label = "entailment" if true else "contradiction" if false else "neutral"
    return OPPOSITE[label] if hypothesis.negated else label


def consistent(premise: Sequence[Fact]) -> bool:
    """Whether the facts can be true together."""
    rest = ([*premise[:i], *premise[i + 1 :]] for i in range(len(premise)))
    return not any(
        infer_label(others, fact) in (None, "contradiction") for others, fact in zip(rest, premise, strict=True)
    )


def excludes(fact: Fact, event: Fact) -> bool:
    """Whether the event's agent did this very action, but not so: nobody does one thing twice in a text."""
    return any(
        side.action == event.action
        and _same_doer(side.agent, event.agent)
        and (_differ(side.patient, event.patient) or _differ(side.place, event.place) or _other_time(side, event))
        for side in sides(fact, event.action)
    )


def _tells(fact: Fact, event: Fact) -> bool:
    return any(implies(side, event) for side in sides(fact, event.action))


def _same_doer(one: Phrase | None, other: Phrase | None) -> bool:
    return one is not None and other is not None and other.head not in MEMBERS and covers(other, one)


def _differ(one: Phrase | None, other: Phrase | None) -> bool:
    if one is None or other is None:
        return False
    shades = [QUALITY_GROUP[phrase.quality] for phrase in (one, other) if phrase.quality]
    shaded = len(shades) == 2 and shades[0] == shades[1] and one.quality != other.quality
    counted = one.count is not None and other.count is not None and one.count != other.count
    return disjoint(one.head, other.head) or shaded or counted


def _other_time(one: Fact, other: Fact) -> bool:
    if one.time is None or other.time is None:
        return False
    return one.time != other.time and TIME_GROUP[one.time] == TIME_GROUP[other.time]
