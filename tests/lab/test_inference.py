"""Labels of inference pairs are right by a second opinion, balanced, and not given away by half of the pair."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from functools import cache

import pytest

from lab.solver import solve
from stepstone.lab.files.nli import draw_pairs, tell_pair
from stepstone.lab.grammar import grammar
from stepstone.lab.inference import LABELS, Pair


@cache
def drawn() -> list[Pair]:
    return draw_pairs(("tests", 1), 3000)


def test_an_independent_solver_finds_every_label() -> None:
    wrong = [pair for pair in drawn() if solve(pair.premise, pair.hypothesis) != pair.label]
    assert not wrong, wrong[:2]


def test_labels_are_balanced() -> None:
    assert Counter(pair.label for pair in drawn()) == dict.fromkeys(LABELS, 1000)


def test_every_label_has_pairs_that_need_each_kind_of_reasoning() -> None:
    """No single feature of the form decides: each occurs under at least two labels, often."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in drawn():
        seen["denied hypothesis"][pair.label] += pair.hypothesis.negated
        seen["denied premise"][pair.label] += any(fact.negated for fact in pair.premise)
        seen["several facts"][pair.label] += len(pair.premise) > 1
        verbs = {fact.action for fact in pair.premise}
        seen["another verb"][pair.label] += pair.hypothesis.action not in verbs
    for feature, by_label in seen.items():
        assert sorted(by_label.values())[1] > 60, (feature, by_label)


def guesses(train: list[tuple[list[str], str]], test: list[tuple[list[str], str]]) -> float:
    """Accuracy of naive Bayes over words."""
    words: dict[str, Counter[str]] = defaultdict(Counter)
    for text, label in train:
        words[label].update(set(text))
    sizes = Counter(label for _, label in train)

    def score(text: list[str], label: str) -> float:
        return sum(math.log((words[label][word] + 1) / (sizes[label] + 2)) for word in set(text))

    return sum(max(LABELS, key=lambda label: score(text, label)) == gold for text, gold in test) / len(test)


@pytest.mark.parametrize(("part", "most"), [("hypothesis", 0.40), ("premise", 0.45)])
def test_half_a_pair_says_little_of_its_label(part: str, most: float) -> None:
    told = [tell_pair(grammar("en"), pair) for pair in drawn()]
    rows = [(getattr(pair, part).split(), pair.label) for pair in told]
    assert guesses(rows[:2000], rows[2000:]) < most


def test_word_overlap_says_little_of_the_label() -> None:
    """The best two thresholds on the share of the hypothesis's words that the premise has."""
    told = [tell_pair(grammar("en"), pair) for pair in drawn()]
    rows = [(len({*p.split()} & {*h.split()}) / len({*h.split()}), label) for p, h, label in told]
    by_bucket: dict[int, Counter[str]] = defaultdict(Counter)
    for share, label in rows:
        by_bucket[int(share * 8)][label] += 1
    assert sum(max(counts.values()) for counts in by_bucket.values()) / len(rows) < 0.55


def test_pairs_are_the_same_in_every_language() -> None:
    pair = drawn()[0]
    assert tell_pair(grammar("ja"), pair).label == tell_pair(grammar("en"), pair).label == pair.label
