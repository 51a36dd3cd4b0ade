"""Slopes per doubling of size: the arithmetic, the encoder as replicate, what has no slope, and what is said of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from size_worlds import PRIMARY, Ladder, measured, slopes
from stepstone.evidence.bootstrap import Floats
from stepstone.evidence.design import Arm, Unit, alone, over_encoders
from stepstone.evidence.encoders import between_encoders, shared_with_encoders
from stepstone.evidence.size.columns import AT_SIZE, JOINT, OF_DISTANCE, OF_EXAMPLES, OF_SPREAD, SLOPE, TWO_SIZES
from stepstone.evidence.size.ladder import ALL, WITHOUT_EMBEDDINGS, sized_ladders, unlike
from stepstone.evidence.size.table import slope_table

RATES = {"en": 0.5, "ja": 2.5}
EXACT = Ladder(sd_run=0.0, sd_examples=0.0)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def row(table: pd.DataFrame, **wanted: str) -> pd.Series:
    found = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(found) == 1, found
    return found.iloc[0]


def test_a_slope_is_the_change_per_doubling_and_its_difference_between_languages_the_difference_of_slopes() -> None:
    table = slopes(replace(EXACT, slopes={"nli.en": 0.5, "nli.ja": 2.0}, gains={"nli.en": 3.0}), rng())
    assert row(table, comparison=SLOPE, condition="nli.en").value == pytest.approx(0.5)
    assert row(table, comparison=SLOPE, condition="nli.ja", of="gain").value == pytest.approx(2.0)
    across = row(table, comparison=SLOPE, of="language")
    assert across.value == pytest.approx(1.5) and across.reference == "nli.en" and across.reference_arm == "en"
    assert across.by_size == pytest.approx({"m0": -3.0, "m1": -1.5, "m2": 0.0, "m3": 1.5})
    assert (across.num_sizes, across.num_encoders, across.doublings) == (4, 4, 3.0)
    assert (across.smallest_value, across.largest_value) == pytest.approx((-3.0, 1.5))


def test_uneven_sizes_are_weighted_as_least_squares_weighs_them() -> None:
    world = Ladder(sizes=(1_000_000, 3_000_000, 40_000_000))
    table = slopes(world, rng())
    found = row(table, comparison=SLOPE, of="language")
    x, values = np.log2(world.sizes), list(found.by_size.values())
    assert found.value == pytest.approx(np.polyfit(x, values, 1)[0])
    assert found.smallest_value == pytest.approx(np.polyval(np.polyfit(x, values, 1), x[0]))


def test_size_is_counted_without_embeddings_where_that_is_known_of_all() -> None:
    _, tables = measured(EXACT, rng())
    assert sized_ladders(tables.rows)[0].measure == WITHOUT_EMBEDDINGS
    rows = [{**one, "num_layer_parameters": pd.NA if one["model"] == "m0" else 1} for one in tables.rows]
    assert sized_ladders(rows)[0].measure == ALL
    assert sized_ladders(rows)[0].doublings["m1"] - sized_ladders(rows)[0].doublings["m0"] == pytest.approx(
        math.log2(4 / 3)
    )


def test_two_sizes_have_a_difference_and_no_slope() -> None:
    table = slopes(replace(EXACT, sizes=(1_000_000, 8_000_000), slopes={"nli.en": 0.0, "nli.ja": 2.0}), rng())
    assert SLOPE not in set(table.comparison)
    found = row(table, comparison=TWO_SIZES, of="language")
    assert found.value == pytest.approx(6.0) and found["size"] == "m1" and not found.trend


def test_sizes_of_no_ladder_or_of_two_or_one_have_no_row_and_a_sentence_why() -> None:
    world = replace(EXACT, ladder="")
    _, tables = measured(world, rng())
    assert slopes(world, rng()).empty
    (said,) = unlike(tables.rows)
    assert "m0, m1, m2 and m3: in no ladder with another model of the study" in said
    one = [row for row in tables.rows if row["model"] == "m0"]
    assert list(unlike(one)) == ["The study has one size, m0, so it says nothing of what size changes."]
    mixed = [{**row, "ladder": "a" if row["model"] in ("m0", "m1") else "b"} for row in tables.rows]
    assert [(one.name, one.sizes) for one in sized_ladders(mixed)] == [("a", ("m0", "m1")), ("b", ("m2", "m3"))]
    assert not list(unlike(mixed))


def test_an_encoder_of_unknown_size_is_in_no_slope_and_named() -> None:
    _, tables = measured(EXACT, rng())
    rows = [{**one, "num_parameters": None if one["model"] == "m3" else one["num_parameters"]} for one in tables.rows]
    assert sized_ladders(rows)[0].sizes == ("m0", "m1", "m2")
    assert "number of parameters of m3 is not known" in " ".join(unlike(rows))


def test_a_missing_cell_of_any_size_makes_the_slope_a_gap() -> None:
    evidence, tables = measured(EXACT, rng())
    place = next(place for place in evidence.cells if place[0] == Arm("m2", "nli.ja"))
    cells = {
        **evidence.cells,
        place: {seed: {**one, "predictions": None} for seed, one in evidence.cells[place].items()},
    }
    table = slope_table(replace(evidence, cells=cells, _scores={}, _runs={}, _drawn={}), tables)
    gap = row(table, comparison=SLOPE, of="language")
    assert gap.verdict == "gap" and math.isnan(gap.value) and gap.reason == "1 of 1 missing"
    assert row(table, comparison=SLOPE, condition="nli.en").verdict != "gap"


def units(sizes: str, weights: list[float]) -> tuple[Unit, ...]:
    return tuple(
        Unit(size, alone(Arm(str(place), "c")), w) for place, (size, w) in enumerate(zip(sizes, weights, strict=True))
    )


def test_what_encoders_of_one_size_differ_by_is_moderated_by_what_those_of_all_sizes_do() -> None:
    # Deviations -1, 1 and -2, 0, 2: sums of squares 2 and 8 on 1 + 2 degrees of freedom, 10 / 3 pooled, which counts
    # for two more: (2 + 20 / 3) / 3 and (8 + 20 / 3) / 4.
    found = between_encoders(units("aabbb", [0.5, -0.5, 0.1, 0.2, 0.2]), [4.0, 6.0, 10.0, 12.0, 14.0])
    assert found.variance == pytest.approx(26 / 9 * (0.25 + 0.25) + 44 / 12 * (0.01 + 0.04 + 0.04))
    assert 1 <= found.df <= 3


def test_where_one_size_alone_has_several_encoders_their_variance_is_that_of_all() -> None:
    found = between_encoders(units("aaab", [0.1, 0.1, 0.1, -0.3]), [4.0, 6.0, 8.0, 10.0])
    assert (found.variance, found.df) == (pytest.approx(4.0 * 0.12), pytest.approx(2.0))


def test_encoders_that_vary_more_at_one_size_are_not_judged_by_those_of_the_others() -> None:
    own, num, held = rng(3), 600, {"at the size": 0, "slope": 0}
    weights = {"at the size": [1 / 3] * 3 + [0.0] * 9, "slope": np.repeat([-0.1, -0.1 / 3, 0.1 / 3, 0.1], 3).tolist()}
    for _ in range(num):
        values = own.normal(0, np.repeat([3.0, 1.0, 1.0, 1.0], 3))
        for name, weight in weights.items():
            found = between_encoders(units("aaabbbcccddd", weight), values.tolist())
            held[name] += abs(values @ weight) < stats.t.ppf(0.975, found.df) * math.sqrt(found.variance)
    # Pooled over sizes the variance held 75 and 87 of 100; equal variances are known from more sizes.
    assert held["at the size"] > 0.84 * num and held["slope"] > 0.88 * num


def test_examples_that_move_all_encoders_of_a_size_alike_are_no_part_of_their_differences() -> None:
    common = rng().normal(0, 1, (5000, 1))
    assert shared_with_encoders(units("aab", [1, 1, 1]), np.tile(common, 3)) == pytest.approx(0.0)
    own: Floats = rng(2).normal(0, 1, (5000, 3))
    assert shared_with_encoders(units("aab", [1, 1, 1]), own) == pytest.approx(3.0, rel=0.1)


def test_pretraining_anew_is_in_the_interval_where_a_size_has_several_encoders() -> None:
    world = Ladder(num_pretrained=3, sd_encoder=3.0, sd_run=0.1, sd_examples=0.1)
    table = slopes(world, rng())
    found = row(table, comparison=SLOPE, of="language")
    assert found.basis == "encoders, seeds and examples" and (found.num_sizes, found.num_encoders) == (4, 12)
    # Two arms of sd 3 in each encoder, weights of 12 encoders at -1.5, -0.5, 0.5 and 1.5 doublings.
    assert found.var_seeds == pytest.approx(2 * 9 / 15, rel=0.8) and 2 <= found.df_seeds <= 8
    assert found.var_encoders > 0.9 * found.var_seeds
    at = table[(table.comparison == AT_SIZE) & (table.of == "language")]
    assert list(at["size"]) == ["m0", "m1", "m2", "m3"] and set(at.num_encoders) == {3}
    assert at.df_seeds.between(2, 8).all()
    single = row(slopes(replace(world, num_pretrained=1), rng()), comparison=SLOPE, of="language")
    assert single.basis == "seeds and examples" and math.isnan(single.var_encoders)
    assert single.high - single.low < (found.high - found.low) / 2


@pytest.mark.slow
def test_sizes_off_the_line_are_seen_where_runs_and_examples_do_not_explain_them() -> None:
    world = Ladder(sizes=(1, 2, 4, 8, 16), sd_run=0.3, sd_examples=0.1, num_seeds=5)
    fits = [row(slopes(world, rng(seed)), comparison=SLOPE, of="language") for seed in range(8)]
    assert np.mean([one.p_lack_of_fit for one in fits]) > 0.25
    bent = row(slopes(replace(world, sd_encoder=4.0), rng()), comparison=SLOPE, of="language")
    assert bent.lack_of_fit > 20 and bent.p_lack_of_fit < 0.01


def test_slopes_are_a_family_of_their_own_and_the_primary_comparison_is_another() -> None:
    table = slopes(Ladder(asked={"primary": PRIMARY}), rng())
    sizes = table.groupby("family").family_size.max().to_dict()
    assert sizes == {
        "slopes within lab": 3,
        "primary comparison over sizes": 1,
        "spread over seeds within lab": 1,
    }
    first = row(table, family="primary comparison over sizes")
    assert first.p_holm == first.p and first.of == "language"


def test_one_seed_and_one_encoder_a_size_give_a_slope_without_a_test() -> None:
    table = slopes(Ladder(num_seeds=1), rng())
    assert set(table.verdict) == {"not tested"}
    anew = slopes(Ladder(num_seeds=1, num_pretrained=2), rng())
    assert row(anew, comparison=SLOPE, of="language").p > 0


def test_near_languages_minus_far_ones_leave_out_the_source_and_what_is_not_known() -> None:
    world = replace(EXACT, slopes={"nli.en": 0.0, "nli.ja": 2.0}, languages=("en", "de", "ja", "tlh"))
    world = replace(world, by_language={"de": 1.0, "ja": 3.0, "en": 9.0, "tlh": 9.0})
    _, tables = measured(world, rng())
    table = slopes(world, rng())
    found = row(table, comparison=OF_DISTANCE, of="language", part="the same family")
    assert found.value == pytest.approx(2.0 * (1 + 1.0) - 2.0 * (1 + 3.0)) and found.reference_part == "another family"
    assert any("family of tlh" in line for line in tables.unlike)


def distances(**changes: Any) -> tuple[pd.Series, tuple[str, ...]]:
    """The slope of Japanese minus English training in some languages minus others, by how the former are called."""
    world = replace(EXACT, slopes={"nli.en": 0.0, "nli.ja": 1.0}, languages=("en", "fr", "hi", "de", "kk"))
    world = replace(world, by_language={"en": 90.0, "fr": 1.0, "hi": 2.0, "de": 4.0, "kk": 8.0}, asked=changes)
    table = slopes(world, rng())
    own = table[(table.comparison == OF_DISTANCE) & (table.of == "language")].set_index("part").value
    return own, measured(world, rng())[1].unlike


def test_orders_of_words_are_compared_and_a_language_that_wals_lacks_is_named_and_can_be_stated() -> None:
    found, lines = distances()
    assert found["the same word order"] == pytest.approx(1.0 - (2.0 + 4.0) / 2)
    assert [line for line in lines if "word order of kk" in line and "[language.kk]" not in line]
    stated, lines = distances(language={"kk": {"word_order": "SOV"}})
    assert stated["the same word order"] == pytest.approx(1.0 - (2.0 + 4.0 + 8.0) / 3)
    assert not [line for line in lines if "word order" in line]


def test_in_the_lab_the_order_of_words_is_that_of_the_lab_s_languages() -> None:
    found, _ = distances(lab={"seed": 1})  # where the German-like language is SVO, and the Kazakh-like one SOV
    assert found["the same word order"] == pytest.approx((1.0 + 4.0) / 2 - (2.0 + 8.0) / 2)


def test_languages_with_more_pretraining_text_are_compared_with_those_with_less() -> None:
    found, lines = distances()
    assert "more pretraining text" not in found
    assert [line for line in lines if "text of each language all models of lab" in line]
    text = {"en": 90.0, "fr": 4.0, "de": 2.0, "hi": 1.0}  # and of Kazakh nothing: a share of 0 is known
    models = {f"m{place}": {"folder": f"m{place}", "pretraining_text": text} for place in range(4)}
    found, lines = distances(model=models)
    assert found["more pretraining text"] == pytest.approx((1.0 + 4.0) / 2 - (2.0 + 8.0) / 2)
    assert not [line for line in lines if "text of each language" in line]
    unlike = {**models, "m3": {"folder": "m3", "pretraining_text": text | {"hi": 9.0}}}
    assert "more pretraining text" not in distances(model=unlike)[0]


def test_languages_without_pretraining_text_are_apart_from_the_few_or_many_that_have_some() -> None:
    for codes, value in ((("fr",), 1.0 - (2.0 + 4.0 + 8.0) / 3), (("fr", "hi", "de"), (1.0 + 2.0 + 4.0) / 3 - 8.0)):
        models = {f"m{n}": {"folder": f"m{n}", "pretraining_text": dict.fromkeys(codes, 5.0)} for n in range(4)}
        assert distances(model=models)[0]["more pretraining text"] == pytest.approx(value)
    every = {
        f"m{n}": {"folder": f"m{n}", "pretraining_text": dict.fromkeys(("fr", "hi", "de", "kk"), 5.0)} for n in range(4)
    }
    assert "more pretraining text" not in distances(model=every)[0]


def test_the_spread_over_seeds_is_told_by_size() -> None:
    table = slopes(Ladder(num_seeds=5), rng())
    found = row(table, comparison=OF_SPREAD)
    assert found.low < 0 < found.high and found.verdict == "undecided"
    assert set(found.by_size) == {"m0", "m1", "m2", "m3"} and all(0.3 < sd < 2 for sd in found.by_size.values())


def test_a_sum_over_encoders_is_of_the_first_arm() -> None:
    one = over_encoders(units("ab", [2.0, -1.0]))
    assert one.arm == Arm("0", "c") and one.weights == ((Arm("0", "c"), 2.0), (Arm("1", "c"), -1.0))
    assert not one.is_over_encoders


def test_size_and_number_of_examples_have_a_joint_form_for_each_language() -> None:
    # Per doubling of examples 1 at the smallest size; half a point more per doubling of size, in Japanese two more.
    nums = (500, 1000, 2000)
    gains = {f"nli{num}.{code}": float(place) for place, num in enumerate(nums) for code in ("en", "ja")}
    growing = {f"nli{num}.{code}": place * rate for place, num in enumerate(nums) for code, rate in RATES.items()}
    table = slopes(replace(EXACT, gains=gains, slopes=growing), rng())
    mean = table[(table.comparison == OF_EXAMPLES) & (table.of == "gain")].set_index("arm").value
    joint = table[(table.comparison == JOINT) & (table.of == "gain")].set_index("arm").value
    # Four sizes, so that the mean size is one and a half doublings above the smallest.
    assert mean.to_dict() == pytest.approx({code: 1 + 1.5 * rate for code, rate in RATES.items()})
    assert joint.to_dict() == pytest.approx(RATES)
    across = row(table, comparison=JOINT, of="language")
    assert across.value == pytest.approx(2.0) and across.intermediate == "nli" and across.reference_arm == "en"
    two = slopes(replace(EXACT, sizes=(1_000_000, 2_000_000), gains=gains, slopes=growing), rng())
    assert OF_EXAMPLES in set(two.comparison) and JOINT not in set(two.comparison)
    # One encoder has no size to speak of, and a number of examples all the same.
    one = slopes(replace(EXACT, sizes=(1_000_000,), gains=gains, slopes=growing), rng())
    assert set(one.comparison) == {OF_EXAMPLES} and set(one.num_encoders) == {1}
    assert one[one.of == "gain"].set_index("arm").value.to_dict() == pytest.approx(dict.fromkeys(RATES, 1.0))


def test_where_examples_do_not_vary_there_is_no_joint_form() -> None:
    assert not set(slopes(EXACT, rng()).comparison) & {JOINT, OF_EXAMPLES}
