"""A benchmark's tasks are targets in its languages; what the study itself says of a target stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepstone.audit.asked import tasks_of
from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.core.study import Study
from stepstone.data.declarations import check_folders
from stepstone.planning.benchmarks import with_benchmarks
from stepstone.planning.plan import plan

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


def test_targets_train_in_their_benchmark_s_language_and_others_in_the_study_s() -> None:
    targets = study(benchmarks=["xtreme", "jglue"], source_language="de").target
    assert {targets[part.task].source_language for part in BUILT_IN.benchmark("jglue").parts} == {"ja"}
    assert {targets[task].source_language for task in PARTS} == {None}


def test_what_a_target_says_of_its_language_stands_before_its_benchmark() -> None:
    assert (
        study(benchmarks=["jglue"], target={"jnli": {"source_language": "en"}}).target["jnli"].source_language == "en"
    )


def test_jglue_beside_xtreme_can_be_planned(tmp_path: Path) -> None:
    table = {"name": "both", "models": ["lab-mini"], "lab": {}, "recipe": {"selection": "last"}}
    table["benchmarks"] = ["xtreme", "jglue"]
    planned = plan(Study.parse(table), Place(cache=tmp_path))
    trained = {
        stage.spec.train.task: stage.spec.train.language
        for stage in planned.stages.values()
        if isinstance(stage.spec, FinetuneSpec)
    }
    assert trained["jnli"] == "ja" and trained["mnli"] == "en"
    assert {cell.target for cell in planned.cells} == {
        *PARTS,
        *(part.task for part in BUILT_IN.benchmark("jglue").parts),
    }


def test_a_language_that_a_target_is_not_trained_in_is_refused_with_the_key_that_names_another(tmp_path: Path) -> None:
    table = {"name": "own", "models": ["lab-mini"], "lab": {}, "target": {"jnli": {"split": "dev"}}}
    with pytest.raises(UserError, match=r'jnli has no training data in "en" .*source_language under \[target.jnli\]'):
        plan(Study.parse(table), Place(cache=tmp_path))


def test_two_benchmarks_that_train_a_task_in_different_languages_are_refused(tmp_path: Path) -> None:
    for name, language in (("german", "de"), ("french", "fr")):
        text = (
            "from stepstone.core.benchmark import Benchmark, BenchmarkTask\n"
            f'benchmark = Benchmark(name="{name}", title="", source_language="{language}", parts=(\n'
            '    BenchmarkTask(task="pawsx", groups=("all",), languages=("ja",), metrics=("accuracy",)),))\n'
        )
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    catalogue = Catalogue.open([tmp_path])
    asked = Study.parse({"name": "own", "models": ["alpha"], "benchmarks": ["german", "french"]})
    with pytest.raises(UserError, match=r'target.pawsx.source_language: .*"de" \(german\) and "fr" \(french\)'):
        with_benchmarks(asked, catalogue)
    chosen = Study.parse({**asked.model_dump(exclude_unset=True), "target": {"pawsx": {"source_language": "fr"}}})
    assert with_benchmarks(chosen, catalogue).target["pawsx"].source_language == "fr"


def test_a_benchmark_in_a_language_that_its_tasks_do_not_train_in_is_refused(tmp_path: Path) -> None:
    text = (
        "from stepstone.core.benchmark import Benchmark, BenchmarkTask\n"
        'benchmark = Benchmark(name="own", title="", source_language="en", parts=(\n'
        '    BenchmarkTask(task="jnli", groups=("all",), languages=("ja",), metrics=("accuracy",), split="dev"),))\n'
    )
    (tmp_path / "own.py").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match='benchmark own: source_language: jnli is not trained in "en"'):
        check_folders(Catalogue.open([tmp_path]))


def test_without_a_benchmark_nothing_changes() -> None:
    asked = Study.parse({"name": "own", "models": ["alpha"], "target": {"xnli": {}}})
    assert with_benchmarks(asked, BUILT_IN) == asked


def test_an_unknown_benchmark_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="xtreme"):
        study(benchmarks=["xtrem"])


def test_the_check_of_a_study_reads_what_its_benchmark_s_targets_train_on() -> None:
    asked = Study.parse({"name": "own", "models": ["alpha"], "benchmarks": ["jglue"]})
    (jnli,) = (task for task in tasks_of(asked, BUILT_IN) if task.name == "jnli")
    assert jnli.languages == {"train": ("ja",), "dev": ("ja",)}


def test_the_check_of_a_study_reads_every_language_that_its_targets_are_trained_in() -> None:
    sources = {"source_languages": ["de", "ja"], "languages": ["fr"]}
    asked = Study.parse({"name": "own", "models": ["alpha"], "target": {"pawsx": {}}, **sources})
    (pawsx,) = tasks_of(asked, BUILT_IN)
    assert set(pawsx.languages["train"]) == {"de", "ja"}
