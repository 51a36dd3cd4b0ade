"""The primary comparison is tested by itself, however much else is looked at."""

from __future__ import annotations

from types import ModuleType

import pandas as pd
import pytest

from stepstone.core.analysis import Primary
from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect

pytestmark = pytest.mark.slow

ASKED = Primary(intermediate="mnli", language="ja", target="xnli", part="far")


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> tuple[pd.DataFrame, Study]:
    world = synthetic.World(models={"small": 1, "large": 2}, control=True, seeds=(1, 2), num_examples=40)
    plan, store = synthetic.make(tmp_path_factory.mktemp("primary"), world)
    return collect(plan, store), plan.study


@pytest.fixture(scope="module")
def plain(gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType) -> Comparison:
    """The study without a primary comparison."""
    return compare(*gathered, synthetic.QUICK)


def asked(gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType, **changes: str) -> Comparison:
    frame, study = gathered
    primary = ASKED.model_copy(update=changes)
    return compare(frame, study.model_copy(update={"primary": primary}), synthetic.QUICK)


def test_without_one_there_is_none(plain: Comparison) -> None:
    assert plain.primary.empty


def test_the_tables_tests_do_not_count_against_it(gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType) -> None:
    comparison = asked(gathered, synthetic, model="large")
    (row,) = comparison.primary.to_dict("records")
    shown = synthetic.pick(comparison.gains, model="large", condition="mnli.ja", part="far")
    assert (row["value"], row["low"], row["p"]) == (shown["value"], shown["low"], shown["p"])
    assert row["family_size"] == 1 and row["p_holm"] == row["p"]
    assert shown["family_size"] > 1 and shown["p_holm"] >= shown["p"]


def test_it_does_not_count_against_the_table(
    gathered: tuple[pd.DataFrame, Study], plain: Comparison, synthetic: ModuleType
) -> None:
    pd.testing.assert_frame_equal(asked(gathered, synthetic).gains, plain.gains)


def test_asked_of_every_model_it_is_as_many_tests(gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType) -> None:
    primary = asked(gathered, synthetic).primary
    assert primary["model"].tolist() == ["small", "large"]
    assert set(primary["family_size"]) == {2} and set(primary["comparison"]) == {"primary"}
    smaller, larger = sorted(primary["p"])
    assert sorted(primary["p_holm"]) == pytest.approx(sorted([min(1, 2 * smaller), max(larger, min(1, 2 * smaller))]))


@pytest.mark.parametrize(("against", "reference"), [("none", "none"), ("en", "mnli.en"), ("control", "mnli.control")])
def test_it_is_against_no_intermediate_another_language_or_the_control(
    gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType, against: str, reference: str
) -> None:
    row = asked(gathered, synthetic, model="small", against=against).primary.iloc[0]
    shown = "" if against == "none" else against
    assert (row["condition"], row["reference"], row["reference_arm"]) == ("mnli.ja", reference, shown)


@pytest.mark.parametrize("part", ["all", "near", "ko"])
def test_it_is_of_all_languages_a_group_or_one_language(
    gathered: tuple[pd.DataFrame, Study], plain: Comparison, synthetic: ModuleType, part: str
) -> None:
    comparison = asked(gathered, synthetic, model="small", part=part)
    shown = synthetic.pick(plain.gains, model="small", condition="mnli.ja", part=part)
    assert comparison.primary.iloc[0]["value"] == shown["value"]


def test_a_part_that_the_target_lacks_is_named_with_the_nearest(
    gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType
) -> None:
    with pytest.raises(UserError, match=r'primary\.part: xnli has no part "fra"(.|\n)*"far"'):
        asked(gathered, synthetic, part="fra")


def test_a_condition_that_was_not_planned_is_named_with_the_nearest(
    gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType
) -> None:
    with pytest.raises(UserError, match=r'primary: small has no condition "mnli\.jp"(.|\n)*"mnli\.ja"'):
        asked(gathered, synthetic, language="jp")


def test_where_nothing_was_computed_it_is_a_gap_with_its_reason(
    gathered: tuple[pd.DataFrame, Study], synthetic: ModuleType
) -> None:
    frame, study = gathered
    empty = frame.assign(value=float("nan"), predictions=None, status="missing")
    primary = compare(empty, study.model_copy(update={"primary": ASKED}), synthetic.QUICK).primary
    assert set(primary["verdict"]) == {"gap"} and set(primary["reason"]) == {"2 of 2 missing"}
    assert set(primary["family_size"]) == {0}
