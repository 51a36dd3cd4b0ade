"""SQuAD 2.0: thresholds, parts, best thresholds and precision-recall numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepstone.scoring.errors import OfficialFailure
from stepstone.scoring.spans import GoldQuestion
from stepstone.scoring.squad2 import evaluate_squad2

ANSWERS = st.sampled_from(["", "the", "mast", "oar", "mast oar", "..."])
ROWS = st.lists(
    st.tuples(st.lists(ANSWERS, max_size=2), ANSWERS, st.sampled_from([0.0, 0.2, 0.5, 0.5, 1.0])),
    min_size=1,
    max_size=8,
)


def parts(rows):
    questions = [GoldQuestion(str(index), tuple(golds)) for index, (golds, _, _) in enumerate(rows)]
    predictions = {str(index): text for index, (_, text, _) in enumerate(rows)}
    return questions, predictions, {str(index): chance for index, (_, _, chance) in enumerate(rows)}


@given(ROWS)
def test_the_corrected_best_threshold_can_be_realised(rows):
    questions, predictions, no_answer = parts(rows)
    found = evaluate_squad2(questions, predictions, no_answer=no_answer, definition="corrected")
    for name in ("exact", "f1"):
        again = evaluate_squad2(
            questions, predictions, no_answer=no_answer, threshold=found[f"best_{name}_thresh"], definition="corrected"
        )
        assert again[name] == pytest.approx(found[f"best_{name}"])
        assert found[f"best_{name}"] >= found[name] - 1e-9


@given(ROWS, st.randoms())
def test_the_corrected_best_threshold_does_not_depend_on_the_order(rows, random):
    questions, predictions, no_answer = parts(rows)
    shuffled = list(no_answer.items())
    random.shuffle(shuffled)
    ours = evaluate_squad2(questions, predictions, no_answer=no_answer, definition="corrected")
    again = evaluate_squad2(questions, predictions, no_answer=dict(shuffled), definition="corrected")
    assert again == pytest.approx(ours)


@given(ROWS)
def test_the_whole_lies_between_its_parts(rows):
    result = evaluate_squad2(*parts(rows)[:2])
    values = [result[key] for key in ("HasAns_f1", "NoAns_f1") if key in result]
    assert min(values) - 1e-9 <= result["f1"] <= max(values) + 1e-9
    assert result.get("HasAns_total", 0) + result.get("NoAns_total", 0) == result["total"] == len(rows)


@given(ROWS)
def test_precision_recall_stays_within_bounds_and_below_the_oracle(rows):
    questions, predictions, no_answer = parts(rows)
    result = evaluate_squad2(questions, predictions, no_answer=no_answer, with_precision_recall=True)
    if any(golds for golds, _, _ in rows):
        assert 0 <= result["pr_exact_ap"] <= result["pr_f1_ap"] + 1e-9 <= result["pr_oracle_ap"] + 2e-9 <= 100 + 3e-9
    else:
        assert "pr_f1_ap" not in result


def test_a_threshold_rejects_only_what_lies_strictly_above_it():
    questions, predictions = [GoldQuestion("q", ("mast",))], {"q": "mast"}
    at = evaluate_squad2(questions, predictions, no_answer={"q": 0.5}, threshold=0.5)
    above = evaluate_squad2(questions, predictions, no_answer={"q": 0.5}, threshold=0.49)
    assert (at["f1"], above["f1"]) == (100, 0)


def test_a_rejected_unanswerable_question_is_right_whatever_was_said():
    result = evaluate_squad2([GoldQuestion("q", ())], {"q": "mast"}, no_answer={"q": 0.9}, threshold=0.5)
    assert result["NoAns_exact"] == result["exact"] == 100
    assert "HasAns_exact" not in result


def test_the_official_search_splits_ties_and_looks_at_the_raw_string():
    questions = [GoldQuestion("a", ("mast",)), GoldQuestion("b", ())]
    predictions, no_answer = {"a": "mast", "b": "the"}, {"a": 0.3, "b": 0.3}
    official = evaluate_squad2(questions, predictions, no_answer=no_answer)
    mended = evaluate_squad2(questions, predictions, no_answer=no_answer, definition="corrected")
    assert official["exact"] == mended["exact"] == 100
    assert (official["best_exact"], official["best_exact_thresh"]) == (100, 0.3)
    assert (mended["best_exact"], mended["best_exact_thresh"]) == (100, 0.3)
    reversed_order = dict(reversed(no_answer.items()))
    other = evaluate_squad2(questions, predictions, no_answer=reversed_order)
    assert other["best_exact"] == 50  # "the" cost 1 first, so the sum never rose above its start


@pytest.mark.parametrize(("missing", "official"), [(["b"], "KeyError"), (["a", "b"], "ZeroDivisionError")])
def test_a_missing_prediction_stops_the_official_script_and_counts_0_when_mended(missing, official):
    questions = [GoldQuestion("a", ("mast",)), GoldQuestion("b", ("oar",))]
    predictions = {key: text for key, text in {"a": "mast", "b": "oar"}.items() if key not in missing}
    with pytest.raises(OfficialFailure) as failure:
        evaluate_squad2(questions, predictions)
    assert failure.value.official == official
    assert evaluate_squad2(questions, predictions, definition="corrected")["exact"] == 50 * (2 - len(missing))


def test_a_missing_probability_and_no_question_are_named_errors():
    with pytest.raises(OfficialFailure, match="probability"):
        evaluate_squad2([GoldQuestion("q", ())], {"q": ""}, no_answer={})
    with pytest.raises(OfficialFailure, match="no question"):
        evaluate_squad2([], {})
    with pytest.raises(OfficialFailure, match="has no question"):
        evaluate_squad2(
            [GoldQuestion("q", ("mast",))], {"q": ""}, no_answer={"q": 0.1, "z": 0.2}, with_precision_recall=True
        )


def test_average_precision_counts_a_group_of_equal_probabilities_at_its_end():
    questions = [GoldQuestion("a", ("mast",)), GoldQuestion("b", ("oar",)), GoldQuestion("c", ())]
    predictions = {"a": "mast", "b": "no", "c": ""}
    tied = {"a": 0.2, "b": 0.2, "c": 0.7}
    result = evaluate_squad2(questions, predictions, no_answer=tied, with_precision_recall=True)
    # after the group: precision 1/2, recall 1/2; after c: precision 1/3, recall still 1/2
    assert result["pr_exact_ap"] == pytest.approx(25)
    apart = {"a": 0.2, "b": 0.3, "c": 0.7}
    result = evaluate_squad2(questions, predictions, no_answer=apart, with_precision_recall=True)
    assert result["pr_exact_ap"] == pytest.approx(50)


def test_without_probabilities_all_are_0():
    questions, predictions = [GoldQuestion("q", ("mast",))], {"q": "mast"}
    assert evaluate_squad2(questions, predictions, threshold=0.0)["f1"] == 100
    assert evaluate_squad2(questions, predictions, threshold=-0.1)["f1"] == 0
