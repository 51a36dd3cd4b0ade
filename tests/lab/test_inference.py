"""Labels of inference pairs are right by a second opinion, balanced, and not given away by half of the pair."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

import pytest

from lab.solver import solve
from stepstone.lab.changes import phrases
from stepstone.lab.concepts import MEMBERS, NAMES
from stepstone.lab.files.nli import draw_pairs, tell_pair
from stepstone.lab.grammar import grammar
from stepstone.lab.inference import InferencePair
from stepstone.lab.judging import LABELS
from stepstone.lab.world import Fact


@cache
def drawn() -> list[InferencePair]:
    return draw_pairs(("tests", 1), "train", 3000)


@pytest.mark.slow
def test_an_independent_solver_finds_every_label() -> None:
    wrong = [pair for pair in drawn() if solve(pair.premise, pair.hypothesis) != pair.label]
    assert not wrong, wrong[:2]


def test_labels_are_balanced() -> None:
    assert Counter(pair.label for pair in drawn()) == dict.fromkeys(LABELS, 1000)


def test_every_label_has_pairs_that_need_each_kind_of_reasoning() -> None:
    """No single feature of the form decides: each occurs under at least two labels; other verbs are for the few."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in drawn():
        seen["denied hypothesis"][pair.label] += pair.hypothesis.negated
        seen["denied premise"][pair.label] += any(fact.negated for fact in pair.premise)
        seen["several facts"][pair.label] += len(pair.premise) > 1
        verbs = {fact.action for fact in pair.premise}
        seen["another verb"][pair.label] += pair.hypothesis.action not in verbs
    for feature, by_label in seen.items():
        assert sorted(by_label.values())[1] > (5 if feature == "another verb" else 60), (feature, by_label)


def test_the_three_hypotheses_of_a_premise_have_one_shape() -> None:
    triples: dict[tuple[Fact, ...], list[InferencePair]] = defaultdict(list)
    for pair in drawn():
        triples[pair.premise].append(pair)
    for triple in triples.values():
        assert {pair.label for pair in triple} == set(LABELS)
        assert len({shape(pair.hypothesis) for pair in triple}) == 1


def test_no_label_is_denied_more_often_than_another() -> None:
    denied = Counter(pair.label for pair in drawn() if pair.hypothesis.negated)
    # 1,000 pairs of each: a standard error of 16.
    assert all(abs(denied[label] - 500) < 65 for label in LABELS), denied


def shape(fact: Fact) -> tuple[object, ...]:
    """What is told of, and how, without the words."""
    sorts = {role: (phrase.head in NAMES, phrase.head in MEMBERS) for role, phrase in phrases(fact).items()}
    details = [(phrase.quality is None, phrase.count is None) for phrase in phrases(fact).values()]
    return (fact.passive, fact.time is None, *sorts.items(), *details)


def test_a_hypothesis_names_nothing_but_its_premises_words_and_wider_kinds() -> None:
    several = [pair for pair in drawn() if len(pair.premise) > 1]
    # What is told of one deed alone, from which the rest is learned, is a small part: its overlap tells something.
    assert len(several) > 0.9 * len(drawn())
    for pair in several:
        told = {phrase.head for fact in pair.premise for phrase in phrases(fact).values()}
        new = {phrase.head for phrase in phrases(pair.hypothesis).values()} - told
        assert new <= set(MEMBERS)


def test_pairs_are_the_same_in_every_language() -> None:
    pair = drawn()[0]
    assert tell_pair(grammar("ja"), pair).label == tell_pair(grammar("en"), pair).label == pair.label
