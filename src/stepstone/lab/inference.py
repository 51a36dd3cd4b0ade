"""Pairs of premise and hypothesis. The hypothesis is drawn before the label, so that alone it says nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stepstone.lab.changes import clash, narrow, phrases, retell, unnamed, widen
from stepstone.lab.concepts import ACTIONS, MEMBERS, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.world import PARENT, Fact, Phrase, disjoint, draw_fact, implies, is_a, with_phrases

LABELS = ("entailment", "neutral", "contradiction")
_PLAIN = ("carry", "hide", "throw", "draw", "eat", "call", "help")  # imply no other verb and are implied by none


@dataclass(frozen=True)
class Pair:
    """A premise of one or more facts, one fact as hypothesis, and how they are related."""

    premise: tuple[Fact, ...]
    hypothesis: Fact
    label: str


def draw_pair(draw: Draw, label: str) -> Pair:
    """A pair with this label."""
    hypothesis = _hypothesis(draw)
    event = replace(hypothesis, negated=False)
    if label == "neutral":
        core = _unrelated(draw, event)
    elif (label == "entailment") == hypothesis.negated:
        core = _denying(draw, event)
    else:
        core = narrow(draw, event, 0.25)
    premise = [retell(draw, core)]
    for _ in range(draw.weighted({0: 0.5, 1: 0.5})):
        premise.append(_distractor(draw, event, core))
    return Pair(tuple(draw.shuffled(premise)), retell(draw, hypothesis, other_side=0.0, passive=0.1), label)


def balanced_labels(draw: Draw, num: int) -> Iterator[str]:
    """Labels in random order, each as often as the others give or take one."""
    yield from draw.shuffled([LABELS[i % 3] for i in range(num)])


def _hypothesis(draw: Draw) -> Fact:
    fact = draw_fact(draw, quality=0.5, count=0.35, partner=0.4, place=0.45, time=0.4)
    if fact.patient is None and fact.place is None and fact.time is None:
        return _hypothesis(draw)
    parts: dict[str, Phrase | None] = {
        role: replace(phrase, head=PARENT[phrase.head])
        for role, phrase in phrases(fact).items()
        if role != "partner" and draw.chance(0.2) and phrase.head in PARENT and PARENT[phrase.head] not in ("spot",)
    }
    wider = ACTIONS[fact.action].wider
    action = wider if wider and draw.chance(0.3) else fact.action
    if ACTIONS[action].partner is None:
        parts["partner"] = None
    return with_phrases(replace(fact, action=action, negated=draw.chance(0.3)), parts)


def _denying(draw: Draw, event: Fact) -> Fact:
    """A fact that excludes the event: something else took place instead, or a wider event did not."""
    other = clash(draw, event) if draw.chance(0.7) else None
    if other is not None:
        return narrow(draw, other, 0.25, same_action=True)
    return replace(widen(draw, event, 0.3), negated=True)


def _unrelated(draw: Draw, event: Fact) -> Fact:
    """A fact that leaves the event open."""
    kind = draw.weighted({"vaguer": 0.45, "swapped": 0.25, "agent": 0.15, "denied": 0.15})
    fact = {"vaguer": _vaguer, "swapped": _swapped, "agent": _other_agent, "denied": _denied_detail}[kind](draw, event)
    return fact if fact is not None else _unrelated(draw, event)


def _vaguer(draw: Draw, event: Fact) -> Fact | None:
    """The event with something that it says left out."""
    wide = widen(draw, event, 0.3)
    if implies(wide, event):
        return None
    told = narrow(draw, wide, 0.15, same_action=True)
    return None if implies(told, event) or _excludes(told, event) else told


def _excludes(fact: Fact, event: Fact) -> bool:
    """Whether narrowing put in another value where the event has its own."""
    pairs = [(getattr(fact, role), getattr(event, role)) for role in ("patient", "partner", "place", "time")]
    return any(mine is not None and its is not None and not _meet(mine, its) for mine, its in pairs)


def _meet(one: Phrase | str, other: Phrase | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    qualities, counts = {one.quality, other.quality} - {None}, {one.count, other.count} - {None}
    return not disjoint(one.head, other.head) and len(qualities) < 2 and len(counts) < 2


def _swapped(draw: Draw, event: Fact) -> Fact | None:
    """The event with two of its beings in each other's place."""
    for role in ("partner", "patient"):
        other = getattr(event, role)
        if isinstance(other, Phrase) and event.agent and _swappable(event.action, role, event.agent, other):
            return narrow(draw, with_phrases(event, {"agent": other, role: event.agent}), 0.2)
    return None


def _swappable(action: str, role: str, agent: Phrase, other: Phrase) -> bool:
    frame = ACTIONS[action]
    others_kind = "person" if role == "partner" else frame.patient
    return (
        others_kind is not None
        and is_a(other.head, frame.agent)
        and is_a(agent.head, others_kind)
        and disjoint(agent.head, other.head)
    )


def _other_agent(draw: Draw, event: Fact) -> Fact | None:
    if event.agent is None or event.agent.head in MEMBERS:
        return None
    return narrow(draw, replace(event, agent=Phrase(draw.pick(unnamed(event)))), 0.25)


def _denied_detail(draw: Draw, event: Fact) -> Fact | None:
    """The denial of something more special than the event."""
    special = narrow(draw, event, 0.4)
    return None if implies(event, special) else replace(special, negated=True)


def _distractor(draw: Draw, event: Fact, core: Fact) -> Fact:
    """A fact about somebody else that shares words with the pair and decides nothing."""
    taken = {phrase.head for fact in (event, core) for phrase in phrases(fact).values() if is_a(phrase.head, "being")}
    agent = Phrase(draw.pick([name for name in NAMES if name not in taken]))
    vague = event.agent is None or event.agent.head in MEMBERS
    plain = tuple(name for name in _PLAIN if name != event.action)
    fact = None
    while fact is None or {phrase.head for phrase in phrases(fact).values()} & taken:
        fact = draw_fact(draw, actions=plain if vague or draw.chance(0.5) else (event.action,), agent=agent)
    place = event.place if event.place and draw.chance(0.5) else fact.place
    return replace(fact, place=place, time=event.time if draw.chance(0.4) else fact.time)
