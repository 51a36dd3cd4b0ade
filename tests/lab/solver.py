"""A second opinion on labels: kinds as sets of what they contain, told apart from how the lab draws its pairs."""

from __future__ import annotations

from itertools import product

from stepstone.lab.concepts import ACTIONS, CITIES, MEMBERS, NAMES, QUALITIES, TIMES
from stepstone.lab.world import Fact, Phrase

ROLES = ("agent", "patient", "partner", "place")


def extension(head: str) -> frozenset[str]:
    """Everything that the word may name."""
    extra = {"person": NAMES, "spot": CITIES}.get(head, ())
    inner = [extension(word) for word in MEMBERS.get(head, ())]
    return frozenset().union(extra, *inner) if head in MEMBERS else frozenset([head])


def within(narrow: Phrase | None, wide: Phrase | None) -> bool:
    if wide is None:
        return True
    if narrow is None or not extension(narrow.head) <= extension(wide.head):
        return False
    return wide.quality in (None, narrow.quality) and wide.count in (None, narrow.count)


def sides(fact: Fact) -> list[tuple[str, dict[str, Phrase | None], str | None]]:
    """The event from each side that it can be told from: verb, roles, time."""
    roles = {role: getattr(fact, role) for role in ROLES}
    told = [(fact.action, roles, fact.time)]
    other, second = ACTIONS[fact.action].converse, "partner" if ACTIONS[fact.action].partner else "patient"
    if other and roles[second] is not None:
        told.append((other, {**roles, "agent": roles[second], second: roles["agent"]}, fact.time))
    return told


def follows(premise: Fact, hypothesis: Fact) -> bool:
    """Whether the hypothesis's event took place if the premise's did."""
    for (verb, roles, time), (wide, wanted, when) in product(sides(premise), sides(hypothesis)[:1]):
        fits = wide in (verb, ACTIONS[verb].wider) and when in (None, time)
        if fits and all(within(roles[role], wanted[role]) for role in ROLES):
            return True
    return False


def excluded(premise: Fact, hypothesis: Fact) -> bool:
    """Whether the agent did this very action, but not so: nobody does one thing twice in a text."""
    for (verb, roles, time), (wide, wanted, when) in product(sides(premise), sides(hypothesis)[:1]):
        agent, doer = roles["agent"], wanted["agent"]
        if verb != wide or agent is None or doer is None or doer.head in MEMBERS or not within(agent, doer):
            continue
        if any(differ(roles[role], wanted[role]) for role in ("patient", "place")) or times_differ(time, when):
            return True
    return False


def differ(one: Phrase | None, other: Phrase | None) -> bool:
    if one is None or other is None:
        return False
    apart = not extension(one.head) & extension(other.head)
    for names, holder in ((NAMES, "person"), (CITIES, "spot")):  # a baker may have any name, a city any mill
        if (one.head in names) != (other.head in names) and (extension(one.head) | extension(other.head)) <= extension(
            holder
        ):
            apart = False
    shades = any(one.quality in group and other.quality in group for group in QUALITIES.values())
    counted = one.count is not None and other.count is not None and one.count != other.count
    return apart or (shades and one.quality != other.quality) or counted


def times_differ(one: str | None, other: str | None) -> bool:
    return one != other and any(one in group and other in group for group in TIMES.values())


def solve(premise: tuple[Fact, ...], hypothesis: Fact) -> str:
    """The label; asserts that the premise does not both entail and contradict."""
    true = any(follows(fact, hypothesis) for fact in premise if not fact.negated)
    false = any(excluded(fact, hypothesis) for fact in premise if not fact.negated)
    false = false or any(follows(hypothesis, fact) for fact in premise if fact.negated)
    assert not (true and false), (premise, hypothesis)
    if hypothesis.negated:
        true, false = false, true
    return "entailment" if true else "contradiction" if false else "neutral"
