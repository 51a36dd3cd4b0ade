"""Statements of one shape about one premise: words of what follows exchanged for others that stand in the premise too.

What is said, not which or how many words say it, tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from stepstone.lab.changes import NARROWER, phrases, retell, unnamed, widen
from stepstone.lab.concepts import ACTIONS, CITIES, MEMBERS, NAMES
from stepstone.lab.draw import Draw
from stepstone.lab.judging import consistent
from stepstone.lab.world import PARENT, Fact, Phrase, converse, draw_fact, draw_phrase, is_a, with_phrases

SlotValue = str | int


def draw_premise(draw: Draw) -> tuple[Fact, ...]:
    """Two or three facts about different beings that share verbs, things or their kinds; the first is no denial."""
    while True:
        facts = [_rich(draw, tuple(ACTIONS))]
        facts += [_related(draw, facts[0]) for _ in range(1 + draw.chance(0.25))]
        facts[1] = facts[1]._replace(negated=draw.chance(0.25))
        if len({fact.agent for fact in facts}) == len(facts) and consistent(facts):
            return tuple(draw.shuffled([retell(draw, fact) for fact in facts]))


def _rich(draw: Draw, actions: Sequence[str], agent: Phrase | None = None) -> Fact:
    return draw_fact(draw, actions=actions, agent=agent, quality=0.4, count=0.35, partner=0.5, place=0.5, time=0.45)


def _related(draw: Draw, fact: Fact) -> Fact:
    """Somebody else's fact, often of the same verb or one like it and of things like these."""
    frame = ACTIONS[fact.action]
    like = [name for name, other in ACTIONS.items() if (other.patient, other.partner) == (frame.patient, frame.partner)]
    family = [fact.action, *(name for name in (frame.wider, *NARROWER.get(fact.action, ())) if name)]
    verb = draw.weighted({fact.action: 0.5, draw.pick(family): 0.2, draw.pick(like): 0.3})
    other = _rich(draw, [verb], Phrase(draw.pick(unnamed(fact))))
    if fact.patient and other.patient and draw.chance(0.35):
        head = draw.pick([fact.patient.head, PARENT.get(fact.patient.head, fact.patient.head)])
        if _fits(other, "patient", head) and other.agent != Phrase(head):
            quality = other.patient.quality if _alike(head, other.patient.head) else None
            other = other._replace(patient=other.patient._replace(head=head, quality=quality))
    return other


def _alike(one: str, other: str) -> bool:
    """Whether qualities of the one can be had by the other."""
    return one not in NAMES and is_a(one, "being") == is_a(other, "being")


def draw_following(draw: Draw, premise: Sequence[Fact]) -> Fact:
    """An event that one of the premise's facts tells of, perhaps from the other side and in wider words."""
    told = draw.pick([fact for fact in premise if not fact.negated])
    side = converse(told) if draw.chance(0.25) else None
    wide = widen(draw, side or told, 0.3)
    named = draw.chance(0.7)  # nothing but a denial excludes what some person or other did
    return wide._replace(agent=(side or told).agent if named else wide.agent, passive=False)


def slots(event: Fact) -> list[str]:
    """The parts of an event that can be exchanged: roles, what is said of the patient, the verb and the time."""
    found = ["action", *phrases(event)]
    if event.patient:
        found += [part for part in ("quality", "count") if getattr(event.patient, part)]
    return [*found, "time"] if event.time else found


def exchange(draw: Draw, premise: Sequence[Fact], event: Fact, slot: str) -> Fact | None:
    """The event with another word in the slot, of the same sort and as new to the premise, or None if there is none."""
    options = [other for value in _values(draw, premise, event, slot) if (other := _put(event, slot, value))]
    return draw.pick(options) if options else None


def swap_roles(event: Fact) -> Fact | None:
    """The event with its agent and another being of the same sort in each other's place, or None if none can be."""
    for role in ("partner", "patient"):
        one, other = event.agent, getattr(event, role)
        if one and other and _sort(one.head) == _sort(other.head) and (one.quality is None) == (other.quality is None):
            return with_phrases(event, {"agent": other, role: one}) if _can_swap(event, role) else None
    return None


def _can_swap(event: Fact, role: str) -> bool:
    one, other = event.agent, getattr(event, role)
    return _fits(event, "agent", other.head) and one is not None and _fits(event, role, one.head)


def num_told(premise: Sequence[Fact], event: Fact) -> int:
    """How many of the event's nouns and verbs the premise has in the same form: roles and denials may be endings."""
    told = {form for fact in premise for form in _forms(fact)}
    return len(told & _forms(event))


def _forms(fact: Fact) -> set[tuple[str, str]]:
    voice = {"agent": "by", "patient": "agent"} if fact.passive else {}
    nouns = {(voice.get(role, role), phrase.head) for role, phrase in phrases(fact).items()}
    return {*nouns, ("not" if fact.negated else "verb", fact.action)}


def _value(event: Fact, slot: str) -> SlotValue | None:
    if slot == "action":
        return event.action
    if slot == "time":
        return event.time
    if slot in ("quality", "count"):
        assert event.patient
        return event.patient.quality if slot == "quality" else event.patient.count
    return phrases(event)[slot].head


def _values(draw: Draw, premise: Sequence[Fact], event: Fact, slot: str) -> list[SlotValue]:
    """What may stand in the slot instead."""
    mine = _value(event, slot)
    found: list[SlotValue | None]
    if slot == "time":
        found = [fact.time for fact in premise]
    elif slot in ("quality", "count"):
        assert event.patient
        things = [fact.patient for fact in premise if fact.patient and _alike(fact.patient.head, event.patient.head)]
        found = [getattr(thing, slot) for thing in things]
    elif slot == "action":
        found = [*_verbs(premise, event.action)]
    else:
        found = [*_heads(draw, premise, str(mine))]
    return [value for value in dict.fromkeys(found) if value not in (None, mine)]


def _verbs(premise: Sequence[Fact], mine: str) -> list[str]:
    """Verbs of the premise or of its events' other sides, or those wider ones, as new and as wide as this one."""
    told = [fact.action for fact in premise]
    sides = [*told, *(verb for name in told if (verb := ACTIONS[name].converse))]
    wider = [verb for name in sides if (verb := ACTIONS[name].wider)]
    return [verb for verb in (*sides, *wider) if (verb in told, verb in NARROWER) == (mine in told, mine in NARROWER)]


def _heads(draw: Draw, premise: Sequence[Fact], mine: str) -> list[str]:
    """Nouns of the premise of the same sort, or such kinds as it does not name, if this one is not named."""
    told = [phrase.head for fact in premise for phrase in phrases(fact).values()]
    if mine in told:
        return [head for head in told if _sort(head) == _sort(mine)]
    other = draw_phrase(draw, draw.pick(("thing", "being", "spot"))).head
    kinds = [PARENT[head] for head in (*told, other) if head in PARENT]
    return [kind for kind in kinds if kind not in told]


def _sort(head: str) -> str:
    if head in NAMES or head in CITIES:
        return "name"
    return "kind" if head in MEMBERS else "noun"


def _fits(event: Fact, role: str, head: str) -> bool:
    frame = ACTIONS[event.action]
    kind = {"agent": frame.agent, "patient": frame.patient, "partner": "person", "place": "spot"}[role]
    return kind is not None and is_a(head, kind)


def _put(event: Fact, slot: str, value: SlotValue) -> Fact | None:
    """The event with this in the slot; None where that is no event."""
    if slot == "time":
        return event._replace(time=str(value))
    if slot in ("quality", "count"):
        assert event.patient
        return event._replace(patient=event.patient._replace(**{slot: value}))  # type: ignore[arg-type]
    if slot == "action":
        other = event._replace(action=str(value))
        same = ACTIONS[event.action].partner == ACTIONS[other.action].partner or event.partner is None
        lives = "live" in (event.action, other.action)
        fits = all(_fits(other, role, phrase.head) for role, phrase in phrases(event).items())
        whole = (ACTIONS[other.action].patient is None) == (event.patient is None)
        return other if same and fits and whole and not lives else None
    phrase = getattr(event, slot)
    taken = [other.head for role, other in phrases(event).items() if role != slot]
    if value in taken or not _fits(event, slot, str(value)) or (phrase.quality and not _alike(str(value), phrase.head)):
        return None
    return with_phrases(event, {slot: phrase._replace(head=str(value))})
