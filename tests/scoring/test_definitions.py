"""The one front: rows in, percent out, and sums that give the same score again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepstone.core.errors import UserError
from stepstone.scoring import definitions, scorer
from stepstone.scoring.bitext import mining_rows
from stepstone.scoring.definitions import MEASURES
from stepstone.scoring.errors import LabelsMissing, NotAdditive, OfficialFailure

NAMES = [(metric, definition) for metric in MEASURES for definition in definitions(metric)]
ADDITIVE = [name for name in NAMES if name[0] != "spearman"]
ANSWERS = st.sampled_from(["oar", "the", "mast oar", "", "灯塔", "。", "Oar!"])
TAGS = st.sampled_from(["O", "B-LOC", "I-LOC", "B-PER", "NOUN", "SCONJ", "CCONJ", "X", "_"])
IDS = st.sampled_from("abcdef")
NUMBERS = st.integers(0, 50).map(lambda number: number / 10)


def rows_of(predictions, golds):
    return st.lists(st.builds(dict, prediction=predictions, gold=golds), min_size=1, max_size=12).map(
        lambda rows: [{"id": str(index), **row} for index, row in enumerate(rows)]
    )


def tagged_rows():
    sentence = st.integers(1, 5).flatmap(
        lambda length: st.tuples(*[st.lists(TAGS, min_size=length, max_size=length)] * 2)
    )
    return st.lists(sentence, min_size=1, max_size=6).map(
        lambda sides: [{"id": str(i), "prediction": p, "gold": g} for i, (p, g) in enumerate(sides)]
    )


LABELS = rows_of(st.sampled_from(["yes", "no", 1]), st.sampled_from(["yes", "no", 1]))
ROWS = {
    "accuracy": LABELS,
    "acc_and_f1": LABELS,
    "macro_f1": LABELS,
    "mcc": LABELS,
    "pearson": rows_of(NUMBERS, NUMBERS).filter(lambda rows: len(rows) > 1),
    "spearman": rows_of(NUMBERS, NUMBERS).filter(lambda rows: len(rows) > 1),
    "squad": rows_of(ANSWERS, st.lists(ANSWERS, min_size=1, max_size=3)),
    "chunk_f1": tagged_rows(),
    "pos": tagged_rows(),
    "token_accuracy": tagged_rows(),
    "nearest_neighbour": rows_of(st.integers(0, 3), st.integers(0, 3)),
    "mining_f1": rows_of(st.booleans(), st.booleans()).filter(lambda rows: any(row["gold"] for row in rows)),
    "map@20": rows_of(st.lists(IDS), st.lists(IDS, min_size=1, unique=True)),
    "mrr@20": rows_of(st.lists(IDS), st.lists(IDS, min_size=1)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "definition"), ADDITIVE)
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_sums_of_units_give_the_score_again(metric, definition, data):
    rows = data.draw(ROWS[metric])
    measure = scorer(metric, definition)
    units = measure.units(rows, "zh")
    assert units.ndim == 2 and len(units) == len(rows)
    again = measure.combine(units.sum(axis=0), np.asarray(len(units)))
    assert float(again) == pytest.approx(measure.score(rows, "zh")[measure.main], abs=1e-7, nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "definition"), NAMES)
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_scores_are_percent_and_ignore_the_order_of_rows(metric, definition, data):
    rows = data.draw(ROWS[metric])
    measure = scorer(metric, definition)
    score = measure.score(rows, "zh")
    low = -100 if metric in ("mcc", "pearson", "spearman") else 0
    assert all(math.isnan(value) or low - 1e-6 <= value <= 100 + 1e-6 for value in score.values())
    if (metric, definition) not in ORDERED:
        shuffled = data.draw(st.permutations(rows))
        assert measure.score(shuffled, "zh") == pytest.approx(score, nan_ok=True)


# seqeval 1.2.2 reaches back over sentence ends with tags of one letter.
ORDERED = {(metric, name) for metric in ("chunk_f1", "pos") for name in ("xtreme-2020", "seqeval-1.2.2")}


@pytest.mark.parametrize("metric", [metric for metric in MEASURES if metric != "spearman"])
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_combine_takes_many_samples_at_once(metric, data):
    rows = data.draw(ROWS[metric])
    measure = scorer(metric, definitions(metric)[0])
    units = measure.units(rows, "en")
    counts = np.random.default_rng(7).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=(2, 3))
    scores = measure.combine(counts @ units, counts.sum(axis=-1))
    assert scores.shape == (2, 3)
    single = measure.combine(counts[1, 2] @ units, np.asarray(len(rows)))
    assert float(scores[1, 2]) == pytest.approx(float(single), nan_ok=True)


@pytest.mark.parametrize(("metric", "definition"), NAMES)
def test_no_row_and_a_missing_gold_are_refused(metric, definition):
    measure = scorer(metric, definition)
    with pytest.raises(UserError, match="no prediction to score"):
        measure.score([], "ja")
    for row in ({"id": "r7", "prediction": "yes"}, {"id": "r7", "prediction": "yes", "gold": None}):
        with pytest.raises(LabelsMissing, match=r"language ja, row r7.*labels stripped"):
            measure.score([row], "ja")


@pytest.mark.parametrize("gold", ["", -1])
def test_a_set_of_placeholders_is_no_gold(gold):
    rows = [{"id": "1", "prediction": "yes", "gold": gold}, {"id": "2", "prediction": "no", "gold": gold}]
    with pytest.raises(LabelsMissing, match="every gold is"):
        scorer("accuracy", "xtreme-2020").score(rows, "ja")
    rows[0]["gold"] = "yes"
    assert scorer("accuracy", "xtreme-2020").score(rows, "ja") == {"accuracy": 50}


@pytest.mark.parametrize(("metric", "gold"), [("mrr@20", [""]), ("mrr@20", []), ("map@20", []), ("squad", [])])
def test_an_empty_list_of_golds_is_a_stripped_label(metric, gold):
    with pytest.raises(LabelsMissing):
        scorer(metric, "xtreme-2020").score(
            [{"id": "1", "prediction": [] if "@" in metric else "", "gold": gold}], "en"
        )


def test_mined_pairs_without_a_gold_pair_are_refused():
    with pytest.raises(LabelsMissing):
        scorer("mining_f1", "corrected").score(mining_rows([], [("a", "x")]), "de")


@pytest.mark.parametrize(
    ("metric", "definition", "gold", "official"),
    [
        ("accuracy", "xtreme-2020", "yes", "AssertionError"),
        ("chunk_f1", "xtreme-2020", ["B-LOC", "O"], "AssertionError"),
        ("nearest_neighbour", "jiant", 3, "AssertionError"),
        ("squad", "squad-2.0", ["oar"], "KeyError"),
        ("squad", "jsquad", ["灯"], "KeyError"),
        ("squad", "jiant", ["oar"], "KeyError"),
    ],
)
def test_a_missing_prediction_stops_where_the_official_script_stops(metric, definition, gold, official):
    with pytest.raises(OfficialFailure, match="row r7") as failure:
        scorer(metric, definition).score([{"id": "r7", "prediction": None, "gold": gold}], "en")
    assert failure.value.official == official


@pytest.mark.parametrize(
    ("metric", "definition", "gold"),
    [
        ("accuracy", "corrected", "yes"),
        ("macro_f1", "corrected", "yes"),
        ("chunk_f1", "corrected", ["B-LOC", "O"]),
        ("token_accuracy", "corrected", ["O", "O"]),
        ("nearest_neighbour", "corrected", 3),
        ("squad", "squad-1.1", ["oar"]),
        ("squad", "corrected", ["the"]),
        ("squad", "mlqa", ["oar"]),
        ("squad", "squad-2.0-corrected", ["oar"]),
        ("squad", "jsquad-corrected", ["灯"]),
        ("map@20", "corrected", ["a"]),
        ("mrr@20", "mewsli-x", ["a"]),
    ],
)
def test_a_missing_prediction_counts_0_where_the_definition_says_so(metric, definition, gold):
    measure = scorer(metric, definition)
    assert measure.score([{"id": "1", "prediction": None, "gold": gold}], "en")[measure.main] == 0


def test_a_missing_label_is_never_a_label_of_its_own():
    rows = [{"id": "1", "prediction": "yes", "gold": "yes"}, {"id": "2", "prediction": None, "gold": "yes"}]
    assert scorer("macro_f1", "corrected").score(rows, "en")["macro_f1"] == pytest.approx(200 / 3)
    assert scorer("mcc", "corrected").score(rows, "en")["mcc"] == 0


def test_values_are_compared_exactly():
    rows = [{"id": "1", "prediction": "1", "gold": 1}, {"id": "2", "prediction": 1.0, "gold": 1}]
    assert scorer("accuracy", "corrected").score(rows, "en") == {"accuracy": 50}


@pytest.mark.parametrize(
    ("metric", "prediction", "gold"),
    [
        ("nearest_neighbour", "[12]", 12),
        ("nearest_neighbour", True, 1),
        ("pearson", "4.2", 4.0),
        ("pearson", None, 4.0),
        ("squad", 7, ["oar"]),
        ("squad", "oar", "oar"),
        ("chunk_f1", "O", ["O"]),
        ("chunk_f1", [1], ["O"]),
        ("mining_f1", 1, True),
        ("map@20", "abc", ["a"]),
    ],
)
def test_what_a_metric_cannot_read_is_refused_with_its_row(metric, prediction, gold):
    measure = scorer(metric, "corrected")
    with pytest.raises(UserError, match="row r7"):
        measure.score([{"id": "r7", "prediction": prediction, "gold": gold}] * 2, "en")


def test_spearman_says_that_it_is_no_sum():
    rows = [{"id": str(number), "prediction": number**3, "gold": number} for number in range(4)]
    assert scorer("spearman", "jsts").score(rows, "ja")["spearman"] == pytest.approx(100)
    with pytest.raises(NotAdditive, match="resample"):
        scorer("spearman", "jsts").units(rows, "ja")


def test_a_constant_sample_has_no_correlation_also_from_sums():
    rows = [{"id": str(number), "prediction": 0.1 * number, "gold": 0.3 * number**2} for number in range(6)]
    measure = scorer("pearson", "jsts")
    units = measure.units(rows, "ja")
    assert math.isnan(float(measure.combine(5 * units[2], np.asarray(5))))
    assert math.isnan(scorer("pearson", "jsts").score([{**row, "gold": 2.5} for row in rows], "ja")["pearson"])


def test_squad_2_shows_its_parts_and_its_best_threshold():
    rows = [
        {"id": "1", "prediction": "oar", "gold": ["oar"], "no_answer": 0.1},
        {"id": "2", "prediction": "mast", "gold": [], "no_answer": 0.8},
    ]
    score = scorer("squad", "squad-2.0").score(rows, "en")
    assert (score["HasAns_f1"], score["NoAns_f1"], score["f1_em_mean"]) == (100, 0, 50)
    assert score["best_exact"] == score["best_f1"] == 100
    assert "best_f1" not in scorer("squad", "squad-2.0").score([{**rows[0], "no_answer": None}], "en")


def test_unequal_numbers_of_tags_are_refused_with_language_and_row():
    row = {"id": "s3", "prediction": ["O"], "gold": ["O", "B-LOC"]}
    for metric, definition in [("chunk_f1", "xtreme-2020"), ("chunk_f1", "corrected"), ("token_accuracy", "corrected")]:
        with pytest.raises(UserError, match="language tl, row s3: 1 predicted tags for 2"):
            scorer(metric, definition).score([row], "tl")
    assert scorer("chunk_f1", "jiant").score([row], "tl")["f1"] == 0
    assert scorer("token_accuracy", "xtreme-2020").score([row], "tl")["accuracy"] == 50


def test_mlqa_takes_the_language_of_the_answers():
    row = {"id": "1", "prediction": "die Boje", "gold": ["Boje"]}
    assert scorer("squad", "mlqa").score([row], "de")["exact_match"] == 100
    assert scorer("squad", "mlqa").score([row], "en")["exact_match"] == 0
    with pytest.raises(OfficialFailure, match="'fi'"):
        scorer("squad", "mlqa").score([row], "fi")


def test_unknown_names_come_with_the_nearest():
    with pytest.raises(UserError, match='did you mean "accuracy"'):
        scorer("acuracy", "corrected")
    with pytest.raises(UserError, match='did you mean "corrected"'):
        scorer("accuracy", "correct")
