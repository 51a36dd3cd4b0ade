"""From candidates to pairs of ids, thresholds and F1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.core.errors import UserError
from stepstone.scoring.bitext import (
    best_pair_threshold,
    evaluate_pairs,
    expand_pairs,
    extract_pairs,
    mining_rows,
    pair_f1,
    pair_scores,
    sentence_ids,
)
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.mining import Candidate, lines_of, unify

SCORES = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["x", "y", "z"])),
    st.sampled_from([-0.5, 0.1, 0.1, 0.4, 0.9]),
)
GOLD = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["x", "y", "z"])), min_size=1, max_size=5
)


def brute_force(scores, gold):
    """The best F1 of any threshold."""
    return max((pair_f1(gold, extract_pairs(scores, cut)).f1 for cut in scores.values()), default=0.0)


@pytest.mark.slow
@given(SCORES, GOLD)
def test_the_corrected_threshold_reaches_the_best_f1_there_is(scores, gold):
    found = evaluate_pairs(scores, gold, definition="corrected")
    assert found.f1 == pytest.approx(brute_force(scores, gold))


@given(SCORES, GOLD)
def test_the_official_threshold_equals_the_corrected_one_without_ties_and_before_the_end(scores, gold):
    distinct = {pair: score + index * 1e-3 for index, (pair, score) in enumerate(scores.items())}
    mended = best_pair_threshold(distinct, gold, "corrected")
    try:
        assert best_pair_threshold(distinct, gold) == mended
    except OfficialFailure as failure:
        assert failure.official == "IndexError"


@given(SCORES, GOLD, st.randoms())
def test_the_corrected_threshold_does_not_depend_on_the_order(scores, gold, random):
    shuffled = list(scores.items())
    random.shuffle(shuffled)
    assert best_pair_threshold(dict(shuffled), gold, "corrected") == best_pair_threshold(scores, gold, "corrected")


def test_the_last_candidate_ends_the_official_search_and_is_the_threshold_when_mended():
    scores, gold = {("a", "x"): 0.9, ("b", "y"): 0.4}, [("a", "x"), ("b", "y")]
    with pytest.raises(OfficialFailure, match="last candidate") as failure:
        best_pair_threshold(scores, gold)
    assert failure.value.official == "IndexError"
    assert best_pair_threshold(scores, gold, "corrected") == 0.4


def test_no_right_candidate_gives_the_threshold_0():
    scores = {("a", "x"): 0.9, ("b", "y"): -0.4}
    assert best_pair_threshold(scores, [("c", "z")]) == best_pair_threshold(scores, [], "corrected") == 0
    assert extract_pairs(scores, 0) == [("a", "x")]
    assert best_pair_threshold({}, [("c", "z")]) == 0


def test_a_tie_is_cut_officially_and_kept_together_when_mended():
    scores, gold = {("a", "x"): 0.9, ("b", "z"): 0.9, ("c", "y"): 0.8, ("d", "z"): 0.1}, [("a", "x"), ("c", "y")]
    official, mended = evaluate_pairs(scores, gold), evaluate_pairs(scores, gold, definition="corrected")
    assert (official.threshold, mended.threshold) == pytest.approx((0.45, 0.45))
    gold = [("a", "x")]
    assert evaluate_pairs(scores, gold).threshold == 0.9  # the mean of two equal scores
    assert evaluate_pairs(scores, gold, definition="corrected").threshold == pytest.approx(0.85)


def test_neighbouring_floats_do_not_let_the_next_pair_in():
    high = 1.0
    low = 1.0 - 2**-53
    scores, gold = {("a", "x"): high, ("b", "y"): low}, [("a", "x")]
    assert evaluate_pairs(scores, gold, definition="corrected").f1 == 100


def test_jiant_counts_a_repeated_gold_pair_in_the_search_and_once_in_the_score():
    scores = {("a", "x"): 0.9, ("b", "y"): 0.8, ("c", "z"): 0.7, ("d", "x"): 0.1}
    gold = [("a", "x")] * 6 + [("c", "z")]
    # P, R over 7: 1, 1/7 -> 0.25; after c: 2/3, 2/7 -> 0.4. Over 2 as a set: 2/3 and 0.8
    assert best_pair_threshold(scores, gold, "jiant") == pytest.approx(0.4)
    assert evaluate_pairs(scores, gold, definition="jiant").recall == 100


def test_a_given_threshold_is_ignored_by_xtreme_as_soon_as_there_is_a_gold():
    scores, gold = {("a", "x"): 0.9, ("b", "y"): 0.4}, [("a", "x")]
    assert evaluate_pairs(scores, gold, 0.1).threshold == pytest.approx(0.65)
    assert evaluate_pairs(scores, gold, 0.1, "jiant").threshold == 0.1
    assert evaluate_pairs(scores, gold, 0.1, "corrected").precision == 50


def test_repeated_sentences_are_dropped_altogether_and_differ_not_by_outer_blanks():
    assert sentence_ids(["oar", " oar", "mast"], ["1", "2", "3\n"]) == {"mast": "3"}
    with pytest.raises(UserError, match="1 ids for 2 sentences"):
        sentence_ids(["oar", "mast"], ["1"])


def test_a_pair_seen_twice_keeps_its_higher_score_and_unknown_sentences_go():
    candidates = [(0.2, "oar", "rame"), (0.7, " oar", "rame "), (0.9, "oar", "voile")]
    assert pair_scores(candidates, {"oar": "e1"}, {"rame": "f1"}) == {("e1", "f1"): 0.7}


def test_a_tab_in_a_sentence_is_a_named_error():
    with pytest.raises(OfficialFailure, match="tab") as failure:
        pair_scores([(0.2, "oar\tx", "rame")], {}, {})
    assert failure.value.official == "ValueError"


def test_jiant_expands_repeated_sentences_to_all_their_ids():
    source = unify(lines_of(["oar", "oar"], "jiant"), [[1.0], [1.0]])
    target = unify(lines_of(["rame"], "jiant"), [[1.0]])
    pairs = expand_pairs([Candidate(0.5, 0, 0)], source, target, ["e1", "e2"], ["f1"])
    assert pairs == {("e1", "f1"): 0.5, ("e2", "f1"): 0.5}


@given(GOLD, GOLD)
def test_pair_f1_is_symmetric_bounded_and_counts_repeats_once(gold, prediction):
    score = pair_f1(gold, prediction)
    assert score.f1 == pytest.approx(pair_f1(prediction * 2, gold).f1)
    assert 0 <= score.f1 <= 100 + 1e-9


@given(GOLD, GOLD)
def test_rows_hold_each_pair_once(gold, prediction):
    rows = mining_rows(gold, prediction)
    assert len({row["id"] for row in rows}) == len(rows) == len(set(gold) | set(prediction))
    assert sum(row["gold"] for row in rows) == len(set(gold))
