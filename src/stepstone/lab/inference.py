"""Pairs of premise and hypothesis: one premise with three hypotheses of one shape, whose words tell no label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepstone.lab.denials import draw_denied, draw_said
from stepstone.lab.draw import Draw
from stepstone.lab.judging import LABELS, OPPOSITE, infer_label
from stepstone.lab.rivals import draw_following, draw_premise, exchange, num_told, slots, swap_roles
from stepstone.lab.world import Fact

DENIED = 0.7  # share of the drawn premises, most of those kept, that tell of one deed done and one not done
_TRIES = 24
Triple = tuple["InferencePair", "InferencePair", "InferencePair"]


@dataclass(frozen=True)
class InferencePair:
    """A premise of two to four facts, one fact as hypothesis, and how they are related."""

    premise: tuple[Fact, ...]
    hypothesis: Fact
    label: str


def draw_told(draw: Draw) -> tuple[Fact, ...]:
    """A premise, of either sort."""
    return draw_denied(draw) if draw.chance(DENIED) else draw_premise(draw)


def draw_triple(draw: Draw, premise: tuple[Fact, ...]) -> Triple | None:
    """A pair of each label, in their order, if there is one: of one shape, and none denied more often than another."""
    said = draw_said(draw, premise) or _of_one_polarity(draw, premise)
    if len(said) < len(LABELS):
        return None
    passive = said["neutral"].patient is not None and draw.chance(0.1)
    one, two, three = (InferencePair(premise, said[label]._replace(passive=passive), label) for label in LABELS)
    return one, two, three


def _of_one_polarity(draw: Draw, premise: Sequence[Fact]) -> dict[str, Fact]:
    """Events by label, all of them told or all of them denied."""
    events = _exchanged(draw, premise)
    if len(events) < len(LABELS) or draw.chance(0.5):
        return events
    return {OPPOSITE[label]: event._replace(negated=True) for label, event in events.items()}


def _exchanged(draw: Draw, premise: Sequence[Fact]) -> dict[str, Fact]:
    """An event that follows, and with one or two words exchanged one that is left open and one that is excluded."""
    event = draw_following(draw, premise)
    wanted = num_told(premise, event)
    found: dict[str, Fact] = {}
    tries = (_changed(draw, premise, event) if i else event for i in range(_TRIES))
    for other in tries:
        label = infer_label(premise, other) if other and num_told(premise, other) == wanted else None
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
