"""Ways to train targets are compared where they differ: a target that names its own language is one run in all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from invented import data, fill, make_plan, place, store  # noqa: F401
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.compare import Comparison, compare
from stepstone.evidence.frame import collect


def _compared(make: Callable[..., Any], keep: Any, commit: Callable[..., Any], **changes: Any) -> Comparison:
    planned = make(languages=["de"], **changes)
    for stage in planned.stages.values():
        commit(stage)
    return compare(collect(planned, keep), planned.study, Settings(num_resamples=50, num_permutations=0))


def test_settings_are_compared_and_a_gain_is_over_the_baseline_of_its_own(make_plan, store, fill) -> None:  # noqa: F811
    found = _compared(make_plan, store, fill, num_target_examples=[1, 2], target={"xnli": {}})
    of_settings = found.contrasts[found.contrasts["comparison"] == "setting"]
    assert set(of_settings["condition"]) == {"none@n=2", "nli.en@n=2", "nli.ja@n=2"}
    between = found.interactions[found.interactions["comparison"] == "between settings"]
    assert set(between["condition"]) == {"nli.en@n=2", "nli.ja@n=2"}
    assert {(row["condition"], row["reference"]) for row in found.gains.to_dict("records")} == {
        (f"nli.{arm}{at}", f"none{at}") for arm in ("en", "ja") for at in ("", "@n=2")
    }


def test_what_is_one_run_in_all_settings_is_no_test_of_them(make_plan, store, fill) -> None:  # noqa: F811
    found = _compared(make_plan, store, fill, source_languages=["en", "ja"], target={"xnli": {"source_language": "en"}})
    assert set(found.gains["condition"]) == {"nli.en", "nli.ja", "nli.en@ja", "nli.ja@ja"}
    assert "setting" not in set(found.contrasts["comparison"])
    assert "between settings" not in set(found.interactions.get("comparison", ()))


def test_the_zero_shot_gap_is_from_the_language_that_targets_are_trained_in(make_plan, store, fill) -> None:  # noqa: F811
    sources = {"languages": ["en", "de", "ja"], "source_languages": ["de", "ja"], "target": {"pawsx": {}}, "lab": {}}
    planned = make_plan(**sources)
    for stage in planned.stages.values():
        fill(stage)
    found = compare(collect(planned, store), planned.study, Settings(num_resamples=50, num_permutations=0))
    assert set(found.gaps["part"]) == {"de"} and set(found.gaps["setting"]) == {"source de"}


def test_a_study_is_compared_as_it_was_read_too(make_plan, store, fill) -> None:  # noqa: F811
    planned = make_plan(languages=["de"], target={}, benchmarks=["xtreme-mr"], lab={})
    for stage in planned.stages.values():
        fill(stage)
    asked = planned.study.model_copy(update={"target": {}})
    frame, settings = collect(planned, store), Settings(num_resamples=50, num_permutations=0)
    one, other = compare(frame, asked, settings), compare(frame, planned.study, settings)
    assert one.gains.drop(columns="by_seed").equals(other.gains.drop(columns="by_seed"))
    assert set(one.study.target) == set(other.study.target)
