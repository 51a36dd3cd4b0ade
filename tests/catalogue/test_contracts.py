"""What every declaration promises, whichever it is."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from stepstone.catalogue import tasks
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.facts import REMEMBERED, remembered
from stepstone.core.model import HubModel, Model
from stepstone.core.recipe import Recipe
from stepstone.core.tag import canonical
from stepstone.core.task import Files, HubTable, Task
from stepstone.data.sources import file_options, readers, table_options
from stepstone.lab import write
from stepstone.scoring.definitions import definitions, scorer

TASKS = [BUILT_IN.task(name) for name in BUILT_IN.tasks()]
TABLES = [(task, source) for task in TASKS for source in task.sources if isinstance(source, HubTable)]
PINNED = re.compile("[0-9a-f]{40}")

each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
each_benchmark = pytest.mark.parametrize("name", BUILT_IN.benchmarks())


@each_task
def test_a_task_names_itself_its_family_and_its_score(task: Task) -> None:
    assert task.family == task.family_declaration.name
    assert scorer(task.metric, task.definition).metric == task.metric
    assert callable(task.resolved.to_example)


@each_task
def test_a_task_says_whose_it_is(task: Task) -> None:
    assert task.licence
    if task.family != "mlm":
        assert task.citation and task.url.startswith("https://")


# What a declaration states as a fact of the world; each has its evidence, or says that it is remembered.
STATED = ("rows", "languages", "recipe", "intermediate_recipe", "licence")


@each_task
def test_what_a_task_states_was_read_or_is_said_to_be_remembered(task: Task) -> None:
    # One language per split is no figure: there is nothing to count.
    counted = any(len(codes) > 1 for codes in task.languages.values())
    stated = [name for name in STATED if getattr(task, name) and (name != "languages" or counted)]
    assert sorted(task.evidence) == sorted(stated)
    assert all(task.evidence.values())


@each_task
def test_languages_are_known_and_stand_once(task: Task) -> None:
    for split, languages in task.languages.items():
        assert split in ("train", "dev", "test")
        assert languages and len(set(languages)) == len(languages)
        assert [canonical(code) for code in languages] == list(languages)
        assert list(languages) == sorted(languages) or task.name in ("jsick", "text")


@each_task
def test_a_task_can_be_trained_for(task: Task) -> None:
    Recipe(**task.recipe)
    for name in task.trained_on:
        source = task if name == task.name else BUILT_IN.task(name)
        assert "train" in source.languages
        # The head that one task trains is the head that another is scored with.
        assert (source.family, source.labels) in ((task.family, task.labels), ("span", ()))
    untrained = task.family in ("retrieval", "mining", "ranking", "mlm")
    assert bool(task.trained_on) or untrained


@each_task
def test_a_translation_s_originals_are_there_in_one_family_with_the_same_labels(task: Task) -> None:
    if task.translation is None:
        return
    source = BUILT_IN.task(task.translation.of)
    assert (source.family, source.labels) == (task.family, task.labels)
    for split in task.translation.splits:
        wanted = (task.translation.language,) if task.translation.language else task.languages[split]
        assert set(wanted) <= set(source.languages[split])


@each_task
def test_rows_are_declared_for_splits_and_languages_there_are(task: Task) -> None:
    for split, rows in task.rows.items():
        assert split in task.languages
        if isinstance(rows, dict):
            assert set(rows) <= set(task.languages[split])


@each_task
def test_file_layouts_name_readers_and_splits_there_are(task: Task) -> None:
    assert task.sources or task.joins
    for source in task.sources:
        if isinstance(source, Files):
            assert source.reader in readers()
            assert source.files and set(source.files) <= set(task.languages)
            assert all(not pattern.startswith("/") and ".." not in pattern for pattern in every_pattern(source))


@each_task
def test_what_a_source_says_of_its_layout_is_what_its_reader_takes(task: Task) -> None:
    for source in task.sources:
        if isinstance(source, Files):
            given = file_options(task, source)
            misspelt = source.model_copy(update={"options": {**source.options, "may_besides": []}})
            with pytest.raises(UserError, match=rf'^task {task.name}, reader {source.reader}: .* "may_beside"\?'):
                file_options(task, misspelt)
        else:
            given = table_options(task, source)
        # An option at its default says nothing.
        assert given.model_fields_set == set(source.options) == set(given.identity())


@each_task
def test_official_files_are_looked_for_before_the_hub(task: Task) -> None:
    kinds = [isinstance(source, HubTable) for source in task.sources]
    assert kinds == sorted(kinds)


@each_task
def test_a_head_knows_its_labels(task: Task) -> None:
    if task.family == "classification":
        assert len(task.labels) >= 2
    elif task.family == "tagging":
        # CCGbank's supertags are licensed with it: they are read off its train file.
        assert bool(task.labels) != (task.name == "ccg")
    else:
        assert not task.labels
    assert len(set(task.labels)) == len(task.labels)


@each_task
def test_a_mended_definition_stands_beside_the_official_one(task: Task) -> None:
    known = definitions(task.metric)
    assert {task.definition, "corrected"} <= set(known)


@each_task
def test_a_twin_has_every_labelled_split(task: Task) -> None:
    """A task needs no twin; one that is half there would be found missing in the middle of a rehearsal."""
    for part in task.resolved.parts or (task,):
        if part.name in write.tasks():
            splits = [split for split in part.languages if (part.name, split) not in UNLABELLED]
            assert all(write.lab_size(part.name, split) > 0 for split in splits)


# Releases that withhold the labels of their test sets.
UNLABELLED = {("commonsenseqa", "test"), ("cosmosqa", "test"), ("hellaswag", "test")}


# A declaration has 25 to 70 lines. These have more, for a table of rows by language or for several layouts.
LONG = (
    "anli",
    "belebele",
    "mlqa",
    "mnli",
    "nli26_mnli",
    "panx",
    "pawsx",
    "sib200",
    "snli",
    "tatoeba",
    "tydiqa",
    "ud",
    "udpos",
    "xnli",
)


@pytest.mark.parametrize("name", BUILT_IN.tasks())
def test_a_declaration_is_a_short_file_of_its_name(name: str) -> None:
    task = BUILT_IN.task(name)
    assert task.name == name and BUILT_IN.task(name) is task
    path = Path(import_module(f"{tasks.__name__}.{task.name}").__file__ or "")
    num_lines = len(path.read_text("utf-8").splitlines())
    if task.name.startswith(("anli_r", "mlqa_question_", "nli26_")) and task.name not in LONG:
        assert num_lines < 25, "one of a series is declared by what they share"
    else:
        assert 25 <= num_lines <= 70 or (task.name in LONG and num_lines <= 110)


def every_pattern(source: Files) -> list[str]:
    return [pattern for patterns in source.files.values() for pattern in patterns]


@pytest.mark.parametrize(("task", "table"), TABLES, ids=lambda item: getattr(item, "name", ""))
def test_hub_tables_are_pinned_and_say_where_that_was_read(task: Task, table: HubTable) -> None:
    assert re.fullmatch("[^/]+/[^/]+", table.repository), "bare names are refused by the hub"
    assert table.revision is not None and PINNED.fullmatch(table.revision)
    assert table.columns and all(table.evidence.values())
    assert {"columns", "revision"} <= set(table.evidence) <= set(HubTable.model_fields)
    assert "revision" not in remembered(table.evidence), "nobody remembers forty digits"
    if task.labels and table.class_labels:
        assert set(table.class_labels) == set(task.labels)


@pytest.mark.parametrize("name", BUILT_IN.models())
def test_models_are_pinned_or_pretrained_here(name: str) -> None:
    model = BUILT_IN.model(name)
    assert model.name == name
    promises_of_a_model(model)


def promises_of_a_model(model: Model) -> None:
    Recipe(**model.recipe)
    if isinstance(model, HubModel):
        assert model.revision is None or PINNED.fullmatch(model.revision)
        assert model.architecture and model.num_parameters
        stated = {"revision", "architecture", *(["pretraining_text"] if model.pretraining_text else [])}
        assert set(model.evidence) == stated and all(model.evidence.values())
        assert "revision" not in remembered(model.evidence), "nobody remembers forty digits"


@each_benchmark
def test_a_benchmark_counts_each_task_once_and_only_what_is_scored(name: str) -> None:
    benchmark = BUILT_IN.benchmark(name)
    assert benchmark.name == name
    assert set(benchmark.evidence) == {"parts"} and all(benchmark.evidence.values())
    names = [part.task for part in benchmark.parts]
    assert len(set(names)) == len(names)
    for part in benchmark.parts:
        task = BUILT_IN.task(part.task)
        assert set(part.languages) <= set(task.languages[part.split])
        wanted = benchmark.source_language or "en"
        assert all(wanted in BUILT_IN.task(hop).languages["train"] for hop in task.trained_on)
        # An average is made of main scores.
        main = scorer(task.metric, task.definition).main
        assert part.groups and part.metrics == {"f1_em_mean": ("exact_match", "f1")}.get(main, (main,))


def test_xtreme_has_its_nine_tasks_and_their_languages() -> None:
    sizes = {part.task: len(part.languages) for part in BUILT_IN.benchmark("xtreme").parts}
    assert sizes == {
        "xnli": 15,
        "pawsx": 7,
        "udpos": 33,
        "panx": 40,
        "xquad": 11,
        "mlqa": 7,
        "tydiqa": 9,
        "bucc2018": 4,
        "tatoeba": 36,
    }


def test_xtreme_r_has_its_ten_tasks_and_their_languages() -> None:
    sizes = {part.task: len(part.languages) for part in BUILT_IN.benchmark("xtreme-r").parts}
    assert sizes == {
        "xnli": 15,
        "xcopa": 11,
        "udpos_r": 38,
        "panx": 48,
        "xquad": 12,
        "mlqa": 7,
        "tydiqa": 9,
        "tatoeba": 41,
        "lareqa": 11,
        "mewslix": 11,
    }


@pytest.mark.parametrize("name", ["xtreme-mr", "accuracy-ja"])
def test_the_definition_that_is_stepstones_own_says_so(name: str) -> None:
    benchmark = BUILT_IN.benchmark(name)
    assert "own" in benchmark.title and "compare with nobody else's" in benchmark.note
    assert {part.metrics for part in benchmark.parts} == {("accuracy",)}


def test_every_task_of_accuracy_ja_is_scored_in_japanese() -> None:
    parts = BUILT_IN.benchmark("accuracy-ja").parts
    assert len(parts) == 5 and all("ja" in part.languages for part in parts)


def test_the_joined_task_is_as_large_as_its_parts() -> None:
    plus = BUILT_IN.task("anli_plus")
    for split in ("train", "dev"):
        parts = [BUILT_IN.task(name).num_rows(split, "en") for name in plus.joins]
        assert plus.num_rows(split, "en") == sum(filter(None, parts))


def test_evidence_that_only_sounds_remembered_begins_with_the_word() -> None:
    told = [text for task in TASKS for text in (*task.evidence.values(),)]
    told += [text for _, table in TABLES for text in table.evidence.values()]
    assert all(text.startswith(REMEMBERED) for text in told if REMEMBERED in text)
