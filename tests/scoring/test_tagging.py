"""Chunks and tokens, compared with the library whose rules they follow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval import metrics
from seqeval.metrics.sequence_labeling import get_entities

from stepstone.core.errors import UserError
from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.tagging import chunk_counts, chunk_f1, find_chunks, token_counts

ENTITY_TAGS = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER", "E-LOC", "S-PER", "L-PER", "B-a-b", "B-", "I", "."]
WORD_TAGS = ["NOUN", "VERB", "SYM", "SCONJ", "CCONJ", "INTJ", "X", "_", "ADP", "O"]
TAGS = st.sampled_from(ENTITY_TAGS + WORD_TAGS)


@st.composite
def tagged(draw, tags=TAGS):
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=5))
    gold = [draw(st.lists(tags, min_size=length, max_size=length)) for length in lengths]
    prediction = [[draw(tags) if draw(st.booleans()) else tag for tag in sentence] for sentence in gold]
    return gold, prediction


def accuracy_of(gold, prediction, definition="xtreme-2020"):
    right, total = token_counts(gold, prediction, definition).sum(axis=0)
    return right / total


@given(tagged())
@pytest.mark.filterwarnings("ignore")
def test_chunks_and_scores_are_those_of_the_library(sides):
    gold, prediction = sides
    assert find_chunks(gold) == [tuple(chunk) for chunk in get_entities(gold)]
    ours = chunk_f1(gold, prediction)
    if find_chunks(gold) or find_chunks(prediction):
        assert ours.f1 == pytest.approx(100 * metrics.f1_score(gold, prediction, zero_division=0))
        assert ours.precision == pytest.approx(100 * metrics.precision_score(gold, prediction, zero_division=0))
        assert ours.recall == pytest.approx(100 * metrics.recall_score(gold, prediction, zero_division=0))
    if any(gold):
        assert accuracy_of(gold, prediction) == pytest.approx(metrics.accuracy_score(gold, prediction))


@given(tagged(), st.sampled_from(["seqeval-1.2.2", "seqeval-0.0.12", "corrected"]))
def test_a_perfect_prediction_scores_100_unless_there_is_no_chunk(sides, rule):
    gold, _ = sides
    assert chunk_f1(gold, gold, rule).f1 == (100 if find_chunks(gold, rule) else 0)


@given(tagged(), st.sampled_from(["seqeval-1.2.2", "seqeval-0.0.12", "corrected"]))
def test_exchanging_the_sides_exchanges_precision_and_recall(sides, rule):
    gold, prediction = sides
    there, back = chunk_f1(gold, prediction, rule), chunk_f1(prediction, gold, rule)
    assert (there.f1, there.precision, there.recall) == pytest.approx((back.f1, back.recall, back.precision))


@given(tagged(st.sampled_from(["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])))
def test_well_formed_tags_score_alike_in_both_releases_and_corrected(sides):
    assert chunk_f1(*sides) == chunk_f1(*sides, "seqeval-0.0.12") == chunk_f1(*sides, "corrected")


@given(tagged(st.sampled_from(["NOUN", "VERB", "ADP", "DET"])))
def test_ordinary_pos_tags_score_alike_corrected(sides):
    assert chunk_f1(*sides, "seqeval-0.0.12") == chunk_f1(*sides, "corrected")


@given(tagged(st.sampled_from([*ENTITY_TAGS[:8], *WORD_TAGS[:4]])))
def test_corrected_chunks_do_not_depend_on_the_other_sentences(sides):
    gold, prediction = sides
    whole = chunk_counts(gold, prediction, "corrected")
    single = [chunk_counts([g], [p], "corrected")[0] for g, p in zip(gold, prediction, strict=True)]
    assert (whole == single).all()


def test_a_stale_begin_reaches_back_over_a_sentence_end_in_the_official_rule():
    assert find_chunks([["NOUN"], ["X", "NOUN"]])[1].begin == 0  # X started no chunk, NOUN's start is left over
    assert find_chunks([["NOUN"], ["X", "NOUN"]], "corrected")[1] == ("X", 2, 2)


def test_confused_conjunctions_count_as_right_officially_and_wrong_when_mended():
    gold, prediction = [["CCONJ", "NOUN"]], [["SCONJ", "NOUN"]]
    assert chunk_f1(gold, prediction).f1 == 100
    assert chunk_f1(gold, prediction, "corrected").f1 == 50
    assert accuracy_of(gold, prediction) == accuracy_of(gold, prediction, "corrected") == 0.5


def test_unequal_lengths_are_refused_or_shift_or_are_never_noticed():
    gold, prediction = [["B-LOC", "O"], ["B-PER"]], [["B-LOC"], ["B-PER"]]
    with pytest.raises(OfficialFailure, match="sentence 1: 1 predicted tags for 2") as failure:
        chunk_f1(gold, prediction)
    assert failure.value.official == "ValueError"
    assert chunk_f1(gold, prediction, "seqeval-0.0.12").f1 == 50
    with pytest.raises(UserError, match="sentence 1"):
        chunk_f1(gold, prediction, "corrected")
    with pytest.raises(OfficialFailure) as failure:
        chunk_f1(gold, prediction[:1])
    assert failure.value.official == "AssertionError"


def test_token_accuracy_zips_flattened_tags_officially_and_refuses_when_mended():
    gold, prediction = [["NOUN", "VERB"], ["ADP"]], [["NOUN"], ["ADP"]]
    assert accuracy_of(gold, prediction) == pytest.approx(1 / 3)
    with pytest.raises(UserError, match="sentence 1"):
        token_counts(gold, prediction, "corrected")
    with pytest.raises(OfficialFailure, match="no gold tag"):
        token_counts([[]], [[]])


def test_an_empty_tag_is_refused():
    with pytest.raises(UserError, match="empty"):
        find_chunks([["O", ""]])
