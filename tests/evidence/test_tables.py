"""Contrasts of contrasts are tested as such, and a study's tables have the rows that it planned."""

from __future__ import annotations

import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect

pytestmark = pytest.mark.slow

KEYS = ["condition", "reference", "target", "part"]


def effects(model: str, condition: str, target: str, language: str) -> float:
    """Effects that differ by everything."""
    size = {"none": 0.0, "mnli.en": 0.05, "mnli.ja": 0.11}[condition]
    return size * (2 if model == "large" else 1) * (1.5 if language in ("ja", "ko") else 1)


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Comparison:
    """Two models, two languages of the intermediate task, two groups; the larger model comes first."""
    world = synthetic.World(models={"large": 2, "small": 1}, effect=effects, num_examples=100)
    return synthetic.compared(tmp_path_factory.mktemp("crossed"), world)


def differences(comparison: Comparison, model: str) -> pd.DataFrame:
    """Gains and contrasts of a model, by what they compare."""
    both = pd.concat([comparison.gains, comparison.contrasts])
    return both[both["model"] == model].set_index(KEYS)


def of_kind(comparison: Comparison, kind: str) -> pd.DataFrame:
    own = comparison.interactions[comparison.interactions["comparison"] == kind]
    assert len(own) and set(own["unit"]) == {"points"}
    return own


# Between models


def test_a_difference_between_models_is_that_of_their_contrasts(crossed: Comparison) -> None:
    found = of_kind(crossed, "between models")
    large, small = (differences(crossed, model).loc[[tuple(row) for row in found[KEYS].values]] for model in MODELS)
    assert found["value"].to_numpy() == pytest.approx(large["value"].to_numpy() - small["value"].to_numpy())
    for row in found.itertuples():
        one, other = (differences(crossed, model).loc[tuple(getattr(row, key) for key in KEYS)] for model in MODELS)
        assert row.by_seed == pytest.approx({seed: one["by_seed"][seed] - other["by_seed"][seed] for seed in (1, 2, 3)})


MODELS = ("large", "small")


def test_models_are_compared_with_the_smallest(crossed: Comparison) -> None:
    found = of_kind(crossed, "between models")
    assert set(found["model"]) == {"large"} and set(found["reference_model"]) == {"small"}
    assert set(found["level"]) == {"group", "all"}
    assert set(found["condition"] + " " + found["reference"]) == {"mnli.en none", "mnli.ja none", "mnli.ja mnli.en"}


def test_a_difference_between_models_has_the_variance_of_both(crossed: Comparison) -> None:
    for row in of_kind(crossed, "between models").itertuples():
        one, other = (differences(crossed, model).loc[tuple(getattr(row, key) for key in KEYS)] for model in MODELS)
        assert row.num_runs == 3 and row.df_seeds > 0
        assert row.se < one["se"] + other["se"]


def two_models(right: dict[str, tuple[range, range]]) -> Any:
    """The baseline solves the first 200 of 400; per model, mnli.en loses some of these and wins others."""

    def is_right(cell: Any, place: int) -> bool:
        lost, won = right[cell.model]
        return place < 200 if cell.condition == "none" else place in won or (place < 200 and place not in lost)

    return is_right


def of_two_models(tmp_path: Path, synthetic: ModuleType, right: dict[str, tuple[range, range]]) -> list[pd.Series]:
    """The gain of each model and the difference of the two."""
    world = synthetic.World(
        models={"small": 1, "large": 2},
        intermediates={"mnli": ("en",)},
        languages=("en",),
        groups={},
        num_examples=400,
        rewrite=synthetic.exactly(two_models(right)),
    )
    comparison = synthetic.compared(tmp_path, world)
    gains = [synthetic.pick(comparison.gains, model=model, part="all") for model in ("small", "large")]
    return [*gains, synthetic.pick(comparison.interactions, part="all")]


def test_one_star_and_one_missing_star_are_no_difference_between_models(tmp_path: Path, synthetic: ModuleType) -> None:
    right = {"small": (range(100, 112), range(300, 320)), "large": (range(188, 200), range(200, 234))}
    small, large, difference = of_two_models(tmp_path, synthetic, right)
    assert (small["verdict"], large["verdict"]) == ("undecided", "higher")
    assert difference["value"] == pytest.approx(5.5 - 2.0) and difference["verdict"] == "undecided"


def test_two_missing_stars_may_be_a_difference_between_models(tmp_path: Path, synthetic: ModuleType) -> None:
    # The same examples are lost and won in both, so the rest is told apart though each gain is lost in them.
    right = {"small": (range(0, 60), range(200, 250)), "large": (range(0, 60), range(200, 275))}
    small, large, difference = of_two_models(tmp_path, synthetic, right)
    assert {small["verdict"], large["verdict"]} == {"undecided"}
    assert difference["value"] == pytest.approx(25 / 4) and difference["verdict"] == "higher"


def test_two_stars_of_one_size_are_no_difference_at_all(tmp_path: Path, synthetic: ModuleType) -> None:
    right = dict.fromkeys(("small", "large"), (range(0), range(200, 240)))
    small, large, difference = of_two_models(tmp_path, synthetic, right)
    assert {small["verdict"], large["verdict"]} == {"higher"}
    assert difference["value"] == 0 and math.isnan(difference["p"]) and difference["verdict"] == "not tested"


# Between groups and of zero-shot gaps


def test_a_difference_between_groups_is_that_of_the_two_groups_gains(crossed: Comparison) -> None:
    for row in of_kind(crossed, "between groups").itertuples():
        assert (row.part, row.reference_part) == ("far", "near")
        own = differences(crossed, row.model)["value"]
        far, near = (own[row.condition, row.reference, row.target, part] for part in ("far", "near"))
        assert row.value == pytest.approx(far - near)


def test_a_difference_of_zero_shot_gaps_is_that_of_the_two_arms_gaps(crossed: Comparison) -> None:
    gaps = crossed.gaps.set_index(["model", "condition"])["value"]
    for row in of_kind(crossed, "zero-shot gap").itertuples():
        assert row.value == pytest.approx(gaps[row.model, row.condition] - gaps[row.model, row.reference])


def test_every_pair_of_arms_has_its_difference_between_groups_and_of_gaps(crossed: Comparison) -> None:
    for kind in ("between groups", "zero-shot gap"):
        assert len(of_kind(crossed, kind)) == 2 * 3


def test_the_first_group_is_the_studys_first(tmp_path: Path, synthetic: ModuleType) -> None:
    world = synthetic.World(
        languages=("ja", "ko", "en"),
        groups={"near": ("en",), "far": ("ja",), "farther": ("ko",)},
        num_examples=60,
        seeds=(1, 2),
    )
    parts = of_kind(synthetic.compared(tmp_path, world), "between groups")
    assert set(zip(parts["part"], parts["reference_part"], strict=True)) == {("far", "near"), ("farther", "near")}


# The margin


def gathered(tmp_path: Path, synthetic: ModuleType) -> tuple[pd.DataFrame, Study]:
    """Ten examples of 400 are lost and ten others won, under every seed: a gain of 0 with an error of 1.1."""
    is_right = two_models({"small": (range(10), range(200, 210))})
    world = synthetic.World(
        intermediates={"mnli": ("en",)}, languages=("en",), num_examples=400, rewrite=synthetic.exactly(is_right)
    )
    plan, store = synthetic.make(tmp_path, world)
    return collect(plan, store), plan.study


def test_undecided_becomes_equivalent_where_the_difference_is_shown_to_be_below_the_margin(
    tmp_path: Path, synthetic: ModuleType
) -> None:
    frame, study = gathered(tmp_path, synthetic)
    verdicts = {}
    for margin in (None, 0.5, 5.0):
        gains = compare(frame, study.model_copy(update={"margin": margin}), synthetic.QUICK).gains
        row = synthetic.pick(gains, part="all")
        assert row["value"] == 0 and row["se"] == pytest.approx(100 * (20 / 400**2) ** 0.5, rel=0.15)
        verdicts[margin] = row["verdict"]
    assert verdicts == {None: "undecided", 0.5: "undecided", 5.0: "equivalent"}


# The control of equal compute


@pytest.fixture(scope="module")
def controlled(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Comparison:
    """Beside two languages a control; one target is read off the encoder, so the control has none of it."""
    world = synthetic.World(
        targets=("xnli", "tatoeba"),
        seedless=frozenset({"tatoeba"}),
        control=True,
        num_examples=60,
        seeds=(1, 2),
    )
    return synthetic.compared(tmp_path_factory.mktemp("controlled"), world)


@pytest.mark.slow
def test_every_language_is_compared_with_the_control(controlled: Comparison) -> None:
    own = controlled.contrasts[controlled.contrasts["comparison"] == "control"]
    assert set(own["condition"]) == {"mnli.en", "mnli.ja"}
    assert set(own["reference"]) == {"mnli.control"} and set(own["reference_arm"]) == {"control"}
    scores = controlled.scores.set_index(["condition", "target", "part"])["value"]
    for row in own.itertuples():
        reference = scores["mnli.control", row.target, row.part]
        assert row.reference_value == pytest.approx(reference)
        assert row.value == pytest.approx(scores[row.condition, row.target, row.part] - reference)


@pytest.mark.slow
def test_the_control_is_no_language(controlled: Comparison) -> None:
    own = controlled.contrasts[controlled.contrasts["comparison"] == "language"]
    assert set(zip(own["condition"], own["reference"], strict=True)) == {("mnli.ja", "mnli.en")}
    assert "mnli.control" not in set(controlled.contrasts["condition"])


@pytest.mark.slow
def test_the_control_has_a_gain_of_its_own(controlled: Comparison) -> None:
    own = controlled.gains[controlled.gains["condition"] == "mnli.control"]
    assert set(own["target"]) == {"xnli"} and not own["value"].isna().any()


@pytest.mark.slow
def test_a_target_that_the_control_is_not_planned_for_has_no_row_of_it_and_no_gap(controlled: Comparison) -> None:
    for table in (controlled.gains, controlled.contrasts, controlled.interactions, controlled.scores, controlled.gaps):
        own = table[table["target"] == "tatoeba"]
        assert len(own) and not own["value"].isna().any()
        assert "mnli.control" not in {*own["condition"], *own.get("reference", ())}


@pytest.mark.slow
def test_controls_count_in_the_family_of_their_table(controlled: Comparison) -> None:
    # In xnli three gains, one contrast of languages, two against the control; in tatoeba two gains and one contrast.
    shown = controlled.gains[controlled.gains["family"] == "small: table"]
    assert set(shown["family_size"]) == {3 * (3 + 1 + 2) + 3 * (2 + 1)}
