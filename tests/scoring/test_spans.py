"""Answers over a data set in the arithmetic of SQuAD 1.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.spans import GoldQuestion, evaluate_spans, score_answer, token_f1

WORDS = st.lists(st.sampled_from(["oar", "mast", "rope", "buoy"]), max_size=5)
TEXTS = st.text(alphabet="the oar,. 灯", max_size=12)


@given(WORDS, WORDS)
def test_token_f1_is_symmetric_and_bounded(left, right):
    assert 0 <= token_f1(left, right) <= 1
    assert token_f1(left, right) == pytest.approx(token_f1(right, left))


@given(WORDS, st.randoms())
def test_the_order_of_tokens_does_not_matter(words, random):
    shuffled = random.sample(words, len(words))
    assert token_f1(words, shuffled) == (1 if words else 0)


@given(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
def test_the_corrected_answer_differs_only_where_both_sides_are_empty(prediction, golds):
    official, mended = score_answer(prediction, golds), score_answer(prediction, golds, definition="corrected")
    both_empty = score_answer(prediction, [""]).exact_match and any(
        score_answer(gold, [""]).exact_match for gold in golds
    )
    assert official.exact_match == mended.exact_match
    assert mended.f1 == (1 if both_empty else official.f1)
    assert not both_empty or official.f1 == 0


def test_a_question_listed_twice_counts_twice_and_unknown_ids_are_ignored():
    questions = [GoldQuestion("q", ("oar",)), GoldQuestion("q", ("mast",))]
    assert evaluate_spans(questions, {"q": "oar", "z": "mast"}) == (50, 50)


def test_no_question_no_gold_and_a_null_prediction_are_named_errors():
    for questions, predictions, official in [
        ([], {}, "ZeroDivisionError"),
        ([GoldQuestion("q", ())], {"q": "oar"}, "ValueError"),
        ([GoldQuestion("q", ("oar",))], {"q": None}, "AttributeError"),
    ]:
        with pytest.raises(OfficialFailure) as failure:
            evaluate_spans(questions, predictions)
        assert failure.value.official == official


def test_a_null_prediction_is_a_missing_one_when_mended():
    assert evaluate_spans([GoldQuestion("q", ("oar",))], {"q": None}, definition="corrected") == (0, 0)
