"""A benchmark's tasks are targets in its languages; what the study itself says of a target stands."""

from __future__ import annotations

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.pipeline.benchmarks import with_benchmarks

PARTS = {part.task: part for part in BUILT_IN.benchmark("xtreme").parts}


def study(**changes: object) -> Study:
    study = Study.parse({"name": "own", "models": ["alpha"], "benchmarks": ["xtreme"], **changes})
    return with_benchmarks(study, BUILT_IN)


def test_every_task_is_a_target_on_its_split_and_in_its_languages() -> None:
    targets = study().target
    assert set(targets) == set(PARTS)
    for task, target in targets.items():
        assert (target.split, target.languages) == (PARTS[task].split, PARTS[task].languages)


def test_a_described_target_keeps_what_it_says_and_gets_the_rest() -> None:
    targets = study(target={"tatoeba": {"layer": 8}, "xnli": {"languages": ["de"], "split": "dev"}}).target
    assert (targets["tatoeba"].layer, targets["tatoeba"].languages) == (8, PARTS["tatoeba"].languages)
    assert (targets["xnli"].split, targets["xnli"].languages) == ("dev", ("de",))


def test_the_languages_of_the_whole_study_stand() -> None:
    assert {target.languages for target in study(languages=["de", "ja"]).target.values()} == {None}


def test_two_benchmarks_with_one_task_join_their_languages() -> None:
    targets = study(benchmarks=["xtreme", "xtreme-r"]).target
    assert set(targets["tatoeba"].languages or ()) > set(PARTS["tatoeba"].languages)


def test_without_a_benchmark_nothing_changes() -> None:
    asked = Study.parse({"name": "own", "models": ["alpha"], "target": {"xnli": {}}})
    assert with_benchmarks(asked, BUILT_IN) == asked


def test_an_unknown_benchmark_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="xtreme"):
        study(benchmarks=["xtrem"])
