"""Average precision, reciprocal ranks and LAReQA's pool."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.driver import macro_reciprocal_rank, mean_reciprocal_rank
from scoring.lareqa import build_pool, mean_average_precision
from stepstone.core.errors import UserError
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.ranking import (
    average_precision,
    rank_candidates,
    reciprocal_rank,
)

IDS = st.sampled_from("abcdefgh")


@given(st.lists(IDS, min_size=1, unique=True), st.lists(IDS), st.integers(0, 5))
def test_average_precision_is_bounded_and_full_only_with_golds_on_top(golds, ranking, k):
    value = average_precision(golds, ranking, k)
    depth = min(len(golds), k) if k else len(golds)
    assert 0 <= value <= 1 + 1e-9
    assert (value > 1 - 1e-9) == (len(set(ranking[:depth]) & set(golds)) == depth == len(ranking[:depth]))


@given(st.lists(IDS, min_size=1, unique=True), st.permutations("abcdefgh"))
def test_the_order_of_golds_does_not_matter(golds, ranking):
    assert average_precision(golds, ranking) == average_precision(golds[::-1], ranking)


def test_a_repeated_candidate_counts_once_but_takes_up_its_rank():
    assert average_precision(["a", "b"], ["a", "a", "b"]) == pytest.approx((1 + 2 / 3) / 2)


def test_golds_outside_the_cut_stay_in_the_divisor_up_to_k():
    assert average_precision(["a", "b", "c"], ["a", "x", "b"], 2) == pytest.approx(1 / 2)
    assert average_precision(["a"], ["x"] * 20 + ["a"]) == 0
    assert average_precision(["a"], ["x"] * 20 + ["a"], None) == pytest.approx(1 / 21)


def test_a_question_without_golds_is_a_named_error():
    with pytest.raises(OfficialFailure) as failure:
        average_precision([], ["a"])
    assert failure.value.official == "ZeroDivisionError"
    with pytest.raises(UserError, match="0 rankings for 1 questions"):
        mean_average_precision([["a"]], [])


def test_of_equal_products_the_higher_index_comes_first():
    candidates = [[1.0, 0.0], [1.0, 0.0], [2.0, 0.0]]
    assert rank_candidates([[1.0, 0.0]], candidates).tolist() == [[2, 1, 0]]
    assert rank_candidates([[1.0, 0.0]], candidates, 2).tolist() == [[2, 1]]
    with pytest.raises(UserError, match="width"):
        rank_candidates([[1.0]], candidates)


def test_only_the_first_gold_counts_and_is_stripped():
    assert reciprocal_rank([" Q7 ", "Q1"], ["Q1", "Q7"]) == 0.5
    assert reciprocal_rank(["Q7"], ["Q7 "]) == 0
    assert reciprocal_rank(["Q7"], ["Q1", "Q7"], 1) == 0
    with pytest.raises(OfficialFailure, match="no gold"):
        reciprocal_rank([], ["Q1"])


def test_missing_examples_count_0_and_unexpected_ones_are_ignored():
    found = mean_reciprocal_rank({"m1": ["Q1"], "m2": ["Q2"]}, {"m1": ["Q1"], "m9": ["Q9"]})
    assert found == (0.5, 1, 1)
    assert mean_reciprocal_rank({}, {"m1": ["Q1"]}).mean == 0
    assert macro_reciprocal_rank({"ja": {"m": ["Q1"]}, "ta": {"m": ["Q1"]}}, {"ja": {"m": ["Q1"]}}) == 0.5
    with pytest.raises(UserError, match="no language"):
        macro_reciprocal_rank({}, {})


def paragraph(sentences, **questions):
    """A paragraph whose questions are answered by the sentence with the given number."""
    starts = [sum(map(len, sentences[:number])) for number in range(len(sentences) + 1)]
    return {
        "context": "".join(sentences),
        "sentence_breaks": [list(pair) for pair in itertools.pairwise(starts)],
        "qas": [
            {"id": key, "question": f"{key}?", "answers": [{"answer_start": starts[number], "text": ""}]}
            for key, number in questions.items()
        ],
    }


def document(*paragraphs):
    return {"data": [{"paragraphs": list(paragraphs)}]}


def test_golds_are_the_answers_sentences_of_that_question_in_all_languages():
    pool = build_pool(
        {
            "en": document(paragraph(["The buoy is red. ", "It floats. "], q1=0), paragraph(["It floats. "], q2=0)),
            "de": document(paragraph(["Die Boje ist rot. ", "Sie schwimmt. ", "Die Boje ist rot. "], q1=2)),
        }
    )
    golds = {question.id: question.golds for question in pool.questions}
    assert golds["q1_en"] == golds["q1_de"] == ("en_1_0", "de_1_0", "de_1_2")
    assert golds["q2_en"] == ("en_2_0",)  # equal text in another paragraph is no gold
    assert [candidate.id for candidate in pool.candidates][:3] == ["en_1_0", "en_1_1", "en_2_0"]
    assert pool.candidates[0].text == "The buoy is red. "


def test_a_question_outside_all_sentences_is_dropped_and_named():
    lost = paragraph(["It floats. "], q1=1, q2=0)
    pool = build_pool({"en": document(lost)})
    assert pool.dropped == ("q1_en",)
    assert [question.id for question in pool.questions] == ["q2_en"]
    with pytest.raises(UserError, match="no question"):
        build_pool({"en": document(paragraph(["It floats. "], q1=1))})


def test_a_question_id_twice_in_a_language_is_refused():
    twice = paragraph(["It floats. "], q1=0)
    with pytest.raises(UserError, match="twice"):
        build_pool({"en": document(twice, twice)})
