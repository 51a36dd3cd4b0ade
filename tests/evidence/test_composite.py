"""The best arm of every target: what is chosen, what choosing adds, and how often the interval holds the truth."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lucky_arms import TARGETS, world
from stepstone.evidence.candidates import ANY, DEV, TEST, TEXT
from stepstone.evidence.composite import COMPOSITE, COMPOSITE_COLUMNS, CompositeScope, composite_table
from stepstone.evidence.design import Arm, TargetLanguage, mean_column
from stepstone.evidence.gathered import Evidence
from stepstone.evidence.text_similarity import Similarities
from worlds import num_worlds, state


def told(evidence: Evidence, alike: Similarities | None = None) -> pd.DataFrame:
    scope = CompositeScope("four", {target: mean_column(target, "all", "all", ["en"]) for target in TARGETS})
    return composite_table(evidence, [scope], alike)


def pick(table: pd.DataFrame, rule: str, target: str = COMPOSITE) -> pd.Series:
    own = table[(table["chosen_on"] == rule) & (table["target"] == target)]
    assert len(own) == 1
    return own.iloc[0]


def test_each_target_takes_the_arm_that_its_own_choice_prefers() -> None:
    # Test prefers other arms than dev does, by far.
    truth = {
        ("task1.en", "xnli"): 9.0,
        ("task2.en", "pawsx"): 9.0,
        ("task3.en", "panx"): 9.0,
        ("task3.en", "xquad"): 9.0,
    }
    dev = {("task4.en", target): 20.0 for target in TARGETS}
    table = told(world(np.random.default_rng(1), truth, 4, run_sd=0.1, examples_sd=0.1, dev=dev))
    assert list(table.columns) == list(COMPOSITE_COLUMNS)
    assert [pick(table, TEST, target)["condition"] for target in TARGETS] == [
        "task1.en",
        "task2.en",
        "task3.en",
        "task3.en",
    ]
    assert {pick(table, DEV, target)["condition"] for target in TARGETS} == {"task4.en"}
    best, chosen = pick(table, TEST), pick(table, DEV)
    assert best["value"] == pytest.approx(9, abs=0.4) and chosen["value"] == pytest.approx(0, abs=0.4)
    # What is chosen without doubt has no optimism.
    assert best["optimism"] == pytest.approx(0, abs=0.05)
    assert (chosen["low"] + chosen["high"]) / 2 == pytest.approx(chosen["corrected"])
    assert math.isnan(best["low"]) and (best["num_arms"], best["num_targets"], best["num_seeds"]) == (4, 4, 3)


def test_texts_choose_without_a_look_at_any_score_and_chance_takes_all_arms() -> None:
    truth = {("task1.en", target): 8.0 for target in TARGETS}
    evidence = world(np.random.default_rng(1), truth, 4, run_sd=0.1, examples_sd=0.1)
    # By its texts the second arm is nearest to all targets but one, for which the first is.
    alike = {("m", f"task{number}.en", target): 0.9 - number / 100 for number in (3, 4) for target in TARGETS}
    alike |= {("m", "task2.en", target): 0.95 for target in TARGETS} | {("m", "task1.en", "panx"): 0.99}
    table = told(evidence, alike)
    assert list(dict.fromkeys(table["chosen_on"])) == [ANY, TEXT, DEV, TEST]
    assert [pick(table, TEXT, target)["condition"] for target in TARGETS] == [
        "task2.en",
        "task2.en",
        "task1.en",
        "task2.en",
    ]
    text, at_random = pick(table, TEXT), pick(table, ANY)
    assert text["value"] == pytest.approx(8 / 4, abs=0.3) and at_random["value"] == pytest.approx(8 / 4, abs=0.3)
    for row in (text, at_random):
        assert row["optimism"] == 0 and row["low"] < row["corrected"] == row["value"] < row["high"]
    # The mean over four arms is known better than one of them.
    assert at_random["high"] - at_random["low"] < text["high"] - text["low"]
    assert set(told(evidence)["chosen_on"]) == {ANY, DEV, TEST}


def test_a_target_whose_texts_were_not_compared_keeps_the_baseline() -> None:
    evidence = world(np.random.default_rng(1), {}, 3)
    table = told(evidence, {("m", "task1.en", "xnli"): 0.9, ("m", "task2.en", "xnli"): 0.8})
    assert pick(table, TEXT, "xnli")["condition"] == "task1.en"
    other = pick(table, TEXT, "pawsx")
    assert (other["condition"], other["value"], other["reason"]) == ("none", 0.0, "no text is compared")
    assert pick(table, TEXT)["num_unchosen"] == 3
    nothing = told(evidence, {("another", "task1.en", "xnli"): 0.9})
    assert pick(nothing, TEXT)["reason"] == "no target's texts were compared" and math.isnan(
        pick(nothing, TEXT)["value"]
    )


@pytest.mark.slow
def test_the_interval_of_an_arm_at_random_and_of_one_by_texts_holds_the_truth() -> None:
    truth = {(f"task{number}.en", target): float(number) for number in range(1, 5) for target in TARGETS}
    alike = {("m", "task2.en", target): 0.9 for target in TARGETS}
    covers: dict[str, list[bool]] = {ANY: [], TEXT: []}
    for number in range(num_worlds(100)):
        table = told(world(np.random.default_rng([11, number]), truth, 4), alike)
        for rule, true in ((ANY, 2.5), (TEXT, 2.0)):
            row = pick(table, rule)
            covers[rule].append(bool(row["low"] <= true <= row["high"]))
    for rule, found in covers.items():
        assert state(f"the interval of {rule} holds the truth", found) >= 0.93


@pytest.mark.slow
def test_targets_that_start_from_one_checkpoint_vary_together() -> None:
    alike = {("m", "task2.en", target): 0.9 for target in TARGETS}
    rows = []
    for number in range(num_worlds(100)):
        evidence = world(np.random.default_rng([12, number]), {}, 6, 2, examples_sd=0.1, shared=0.8)
        rows.append(pick(told(evidence, alike), TEXT))
    # Each target's runs taken for independent of the others', it is 86.
    assert state("the interval of one arm by texts holds 0", [row["low"] <= 0 <= row["high"] for row in rows]) >= 0.91


@pytest.mark.slow
def test_without_any_true_effect_what_test_chose_is_corrected_to_noise_and_dev_s_interval_covers() -> None:
    worlds = [told(world(np.random.default_rng([7, number]), {})) for number in range(num_worlds(100))]
    best = pd.DataFrame([pick(table, TEST) for table in worlds])
    chosen = pd.DataFrame([pick(table, DEV) for table in worlds])
    # Of eight arms the best looks a good point better in every world; what is left after correction is within the
    # noise of one world's composite.
    noise = best["value"].std()
    assert (best["value"] > 0).mean() > 0.95 and best["value"].mean() > 2 * noise
    assert abs(best["corrected"].mean()) < noise
    for name, table in (("test", best), ("dev", chosen)):
        print(f"\nchosen on {name}: {table['value'].mean():+.2f}, corrected {table['corrected'].mean():+.2f}")
    print(f"standard deviation of one world's corrected composite: {best['corrected'].std():.2f}")
    covers = (chosen["low"] <= 0) & (chosen["high"] >= 0)
    assert state("dev's interval holds 0", covers) >= 0.93 and abs(chosen["value"].mean()) < 0.15


@pytest.mark.slow
def test_luck_that_dev_shares_with_test_is_taken_back_too() -> None:
    worlds = [told(world(np.random.default_rng([8, number]), {}, is_lucky=True)) for number in range(num_worlds(100))]
    chosen = pd.DataFrame([pick(table, DEV) for table in worlds])
    assert chosen["value"].mean() > 0.4 and abs(chosen["corrected"].mean()) < chosen["value"].mean() / 2
    print(f"\nchosen on lucky dev: {chosen['value'].mean():+.2f}, corrected {chosen['corrected'].mean():+.2f}")
    assert state("lucky dev's interval holds 0", (chosen["low"] <= 0) & (chosen["high"] >= 0)) >= 0.93


def test_a_target_without_source_dev_keeps_the_baseline_and_is_counted() -> None:
    evidence = world(np.random.default_rng(2), {("task1.en", target): 8.0 for target in TARGETS}, 3, run_sd=0.1)
    for (_, place), rows in evidence.cells.items():
        for row in rows.values() if place.target == "panx" else ():
            row["source_dev"] = math.nan
    table = told(evidence)
    assert pick(table, DEV)["value"] == pytest.approx(6, abs=0.8) and pick(table, DEV)["num_unchosen"] == 1
    row = pick(table, DEV, "panx")
    assert (row["condition"], row["value"], row["reason"]) == ("none", 0.0, "no source dev chooses")
    assert pick(table, TEST)["value"] == pytest.approx(8, abs=0.8) and pick(table, TEST)["num_unchosen"] == 0


def test_a_target_without_a_baseline_is_a_gap_and_so_is_the_composite() -> None:
    evidence = world(np.random.default_rng(3), {}, 3)
    del evidence.cells[Arm("m", "none"), TargetLanguage("panx", "en")]
    row = pick(told(evidence), DEV)
    assert math.isnan(row["value"]) and row["reason"] == "no gain on panx"


def test_one_seed_says_nothing_of_another_run() -> None:
    row = pick(told(world(np.random.default_rng(4), {}, 3, seeds=1)), DEV)
    assert row["basis"] == "test examples only: one seed" and row["low"] < row["corrected"] < row["high"]


@pytest.mark.slow
def test_a_lost_seed_of_another_arm_leaves_value_and_interval_over_one_set_of_seeds() -> None:
    covers: dict[str, list[bool]] = {COMPOSITE: [], "xnli": []}
    for number in range(num_worlds(60)):
        truth = {("task1.en", target): 6.0 for target in TARGETS}
        whole = world(np.random.default_rng([5, number]), truth, 3, seeds=5, examples_sd=0.2)
        table = told(whole.without(lambda row: row["condition"] == "task3.en" and not row["key"].endswith("-1")))
        for target, found in covers.items():
            row = pick(table, DEV, target)
            assert (row["condition"] or "task1.en", row["num_seeds"]) == ("task1.en", 5)
            found.append(bool(row["low"] <= 6 <= row["high"]))
    for target, found in covers.items():
        assert state(f"{target}: the interval holds the truth", found) >= 0.88


def test_an_arm_without_source_dev_under_one_seed_is_never_chosen_and_others_are() -> None:
    truth = {("task1.en", target): 8.0 for target in TARGETS}
    evidence = world(np.random.default_rng(2), truth, 3, run_sd=0.1)
    whole = pick(told(evidence), DEV)
    for (arm, _), rows in evidence.cells.items():
        if arm.condition == "task2.en":
            rows[1]["source_dev"] = math.nan
    less = pick(told(evidence), DEV)
    assert less["num_unchosen"] == 0 and less["corrected"] == pytest.approx(whole["corrected"], abs=0.05)


def test_a_composite_is_over_the_seeds_that_all_targets_have() -> None:
    truth = {("task1.en", target): 6.0 for target in TARGETS}
    whole = world(np.random.default_rng(5), truth, 3, seeds=4)
    lost = {"xnli-1-2", "pawsx-1-3"}
    table = told(whole.without(lambda row: row["key"] in lost))
    assert [pick(table, DEV, target)["num_seeds"] for target in (*TARGETS, COMPOSITE)] == [3, 3, 4, 4, 2]
    columns = [mean_column(target, "all", "all", ["en"]) for target in TARGETS]
    scores = [whole.scores(column) for column in columns]
    gains = [[one[Arm("m", "task1.en")][seed] - one[Arm("m", "none")][seed] for seed in (1, 4)] for one in scores]
    assert pick(table, DEV)["value"] == pytest.approx(np.mean(gains))
