"""Pairs of premise and hypothesis: one premise with three hypotheses of one shape, whose words tell no label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stepstone.lab.draw import Draw
from stepstone.lab.judging import LABELS, OPPOSITE, judge
from stepstone.lab.mirrors import draw_mirror, draw_mirrored, mirrored
from stepstone.lab.rivals import draw_following, draw_premise, exchange, num_told, slots, swap_roles
from stepstone.lab.world import Fact

MIRRORED = 0.3  # share of the drawn premises, about half of those kept, whose triples stay within one sentence each
_TRIES = 24
Triple = tuple["Pair", "Pair", "Pair"]


@dataclass(frozen=True)
class Pair:
    """A premise of two to four facts, one fact as hypothesis, and how they are related."""

    premise: tuple[Fact, ...]
    hypothesis: Fact
    label: str


def draw_told(draw: Draw) -> tuple[Fact, ...]:
    """A premise, of either sort."""
    return draw_mirrored(draw) if draw.chance(MIRRORED) else draw_premise(draw)


def draw_triple(draw: Draw, premise: tuple[Fact, ...]) -> Triple | None:
    """A pair of each label, in their order, if there is one: shape, negation and voice are those of the others."""
    events = _events(draw, premise)
    if len(events) < len(LABELS):
        return None
    negated = draw.chance(0.35)
    passive = events["neutral"].patient is not None and draw.chance(0.1)
    one, two, three = (
        Pair(premise, replace(events[OPPOSITE[label] if negated else label], negated=negated, passive=passive), label)
        for label in LABELS
    )
    return one, two, three


def _events(draw: Draw, premise: Sequence[Fact]) -> dict[str, Fact]:
    """An event that follows, one that is left open and one that is excluded."""
    pair = mirrored(premise)
    if pair is None:
        return _exchanged(draw, premise)
    done, denied, *swapped = draw_mirror(draw, *pair)
    events = {"entailment": done, "contradiction": denied, "neutral": draw.pick(swapped)}
    return {label: event for label, event in events.items() if judge(premise, event) == label}


def _exchanged(draw: Draw, premise: Sequence[Fact]) -> dict[str, Fact]:
    """An event that follows, and with one or two words exchanged one that is left open and one that is excluded."""
    event = draw_following(draw, premise)
    wanted = num_told(premise, event)
    found: dict[str, Fact] = {}
    tries = (_changed(draw, premise, event) if i else event for i in range(_TRIES))
    for other in tries:
        label = judge(premise, other) if other and num_told(premise, other) == wanted else None
        if other and label:
            found.setdefault(label, other)
        if len(found) == len(LABELS):
            break
    return found


def _changed(draw: Draw, premise: Sequence[Fact], event: Fact) -> Fact | None:
    if draw.chance(0.2):
        return swap_roles(event)
    parts = slots(event)
    changed: Fact | None = event
    for slot in draw.sample(parts, min(len(parts), draw.weighted({1: 0.65, 2: 0.35}))):
        changed = changed and exchange(draw, premise, changed, slot)
    return changed
