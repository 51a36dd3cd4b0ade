"""A user's folder of declarations: what lies in it is found, and every mistake is reported before anything runs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.catalogue.folder import CatalogueFolder, module_digest
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.data.declarations import check_folders
from stepstone.data.load import data_identity, load_examples
from stepstone.planning.plan import plan

TASK = """
from stepstone.catalogue.rows import field, label, text
from stepstone.core.example import TextExample
from stepstone.core.task import Files, Task

task = Task(
    name="mails",
    title="Mails",
    family="classification",
    metric="accuracy",
    definition="xtreme-2020",
    languages={"train": ("en",), "dev": ("en",), "test": ("en", "ja")},
    labels=("bug", "other"),
    trained_on=("mails",),
    sources=(Files(reader="tsv", files={name: (f"{name}-{{language}}.tsv",) for name in ("train", "dev", "test")}),),
)


def to_example(row, language):
    return TextExample(str(field(row, "id")), text(row, "text"), None, label(row, task.labels))
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(**files: str) -> Path:
        folder = tmp_path / "my_tasks"
        folder.mkdir(exist_ok=True)
        for name, code in files.items():
            (folder / f"{name}.py").write_text(code, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def data(tmp_path: Path) -> Place:
    for split, codes in {"train": ("en",), "dev": ("en",), "test": ("en", "ja")}.items():
        for code in codes:
            rows = f"id\ttext\tlabel\n1\tIt broke {code}.\tbug\n2\tThanks.\tother\n"
            (tmp_path / "data").mkdir(exist_ok=True)
            (tmp_path / "data" / f"{split}-{code}.tsv").write_text(rows, encoding="utf-8")
    return Place(folders=(tmp_path / "data",), cache=tmp_path / "cache", use_hub=False)


def mistakes(folder: Path) -> str:
    """What is reported of a folder before anything runs."""
    with pytest.raises(UserError) as caught:
        check_folders(Catalogue.open([folder]))
    return str(caught.value)


def study_with(folder: Path, **more: object) -> Study:
    table = {"name": "s", "models": ["xlm-roberta-base"], "catalogue": str(folder), "target": {"mails": {}}, **more}
    return Study.parse(table)


def test_a_study_names_the_folder_and_its_tasks_are_planned(write: Write, data: Place) -> None:
    planned = plan(study_with(write(mails=TASK)), data)
    assert {(cell.target, cell.language) for cell in planned.cells} == {("mails", "en"), ("mails", "ja")}
    assert "mails" in planned.catalogue.tasks() and "mails" not in BUILT_IN.tasks()


def test_the_catalogue_finds_the_same_in_another_process(write: Write, data: Place) -> None:
    """It is carried as JSON, and opened where it arrives."""
    sent = Catalogue.model_validate_json(Catalogue.open([write(mails=TASK)]).model_dump_json())
    assert [example.gold_text for example in load_examples(sent.task("mails"), "test", "ja", data)] == ["bug", "other"]


def test_a_folder_that_changed_on_the_way_is_refused(write: Write) -> None:
    folder = CatalogueFolder.at(write(mails=TASK))
    write(mails=TASK.replace("Mails", "Letters"))
    with pytest.raises(UserError, match="has changed since the study was planned with it"):
        Catalogue(folders=(folder,)).task("mails")


def test_a_file_that_changed_is_read_anew(write: Write) -> None:
    """Even within a second and at the same size, as bytecode that was kept could not tell."""
    folder = write(mails=TASK)
    seen = (folder / "mails.py").stat()
    assert Catalogue.open([folder]).task("mails").title == "Mails"
    write(mails=TASK.replace('"Mails"', '"Nails"'))
    os.utime(folder / "mails.py", (seen.st_atime, seen.st_mtime))
    assert Catalogue.open([folder]).task("mails").title == "Nails"


def test_the_code_that_reads_rows_is_part_of_what_the_data_is(write: Write, data: Place) -> None:
    def named(**files: str) -> str:
        return data_identity(Catalogue.open([write(**files)]).task("mails"), "test", "en", data)

    before = named(mails=TASK)
    assert before.startswith("code:") and before == named(mails=TASK, other=TASK.replace('"mails"', '"others"'))
    with_help = TASK.replace("from stepstone.core.task", "from ._clean import clean\nfrom stepstone.core.task")
    helped = named(mails=with_help, _clean="def clean(text): return text\n")
    assert helped != before
    assert named(mails=with_help, _clean="def clean(text): return text.strip()\n") != helped
    assert data_identity(BUILT_IN.task("xnli"), "test", "en", data.model_copy(update={"lab_seed": 1})).startswith(
        "lab:"
    )


def test_code_is_followed_through_every_relative_import(write: Write) -> None:
    folder = write(a="from .b import (\n    x,\n)\n", b="from . import c\nx = 1\n", c="y = 1\n", d="z = 1\n")
    before = module_digest(folder / "a.py")
    write(d="z = 2\n")
    assert module_digest(folder / "a.py") == before
    write(c="y = 2\n")
    assert module_digest(folder / "a.py") != before


def test_a_declaration_s_misspelt_key_is_reported_with_file_line_and_the_right_one(write: Write) -> None:
    report = mistakes(write(mails=TASK.replace("family=", "famly="), more=TASK.replace("reader=", "raeder=")))
    assert 'mails.py, line 6: Task: famly: no such key; did you mean "family"?' in report
    assert "mails.py, line 6: Task: family: is missing" in report
    assert 'more.py, line 15: Files: raeder: no such key; did you mean "reader"?' in report


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ('"classification"', '"clasification"', 'family: there is no "clasification"; did you mean "classification"'),
        ('"accuracy"', '"acuracy"', 'metric: .*did you mean "accuracy"'),
        (
            '"xtreme-2020"',
            '"xtreme-2002"',
            'task mails: definition: there is no "xtreme-2002"; did you mean "xtreme-2020"',
        ),
        ('"tsv"', '"tvs"', 'task mails: sources: .*no reader is called "tvs"'),
        ("reader=", 'options={"drop_shrot": True}, reader=', r"options\.drop_shrot: no such key; did you mean"),
        ('trained_on=("mails",)', 'trained_on=("mnly",)', 'trained_on: there is no "mnly"; did you mean "mnli"'),
        (
            '"test": ("en", "ja")',
            '"test": ("en", "jp")',
            r'languages\.test: no language has the code "jp"; did you mean "ja"',
        ),
        ("def to_example", "def example", r"task mails: there is no function to_example\(row, language\)"),
        ("task = Task", "mails = Task", "declares none of .*; call the Task `mails` simply `task`"),
        ("task = Task(", "task = Task((", r"mails\.py, line \d+: "),
        ("from stepstone.core.task import", "from stepstone.core.tasks import", "line 4: ModuleNotFoundError: "),
        ('name="mails"', 'name="xnli"', 'a task is called "xnli", and Stepstone has one of that name; rename it'),
    ],
)
def test_every_mistake_is_one_message_with_file_and_key(write: Write, wrong: str, right: str, told: str) -> None:
    assert wrong in TASK
    folder = write(mails=TASK.replace(wrong, right))
    report = mistakes(folder)
    assert str(folder) in report
    assert re.search(told, report, flags=re.DOTALL), report


def test_all_mistakes_of_a_folder_are_reported_at_once(write: Write) -> None:
    report = mistakes(write(a="x = 1\n", b="import nowhere\n", c=TASK))
    assert "a.py: declares none of task" in report and "b.py, line 1: ModuleNotFoundError" in report
    assert "c.py" not in report


def test_a_launcher_s_function_that_is_misspelt_is_reported_with_the_right_name(write: Write) -> None:
    report = mistakes(write(remote="from os.path import join as mark\n\n\ndef mkae(num_workers, logs): ...\n"))
    assert report.endswith("make, track; call the function `mkae` simply `make`")


def test_two_files_that_declare_one_name_are_both_named(write: Write) -> None:
    report = mistakes(write(one=TASK, two=TASK))
    assert 'two.py: a task is called "mails", and so is one in' in report and "one.py" in report


def test_two_folders_that_declare_one_name_are_both_named(write: Write, tmp_path: Path) -> None:
    first = write(mails=TASK)
    second = first.rename(tmp_path / "others")
    with pytest.raises(UserError, match="2 declarations of a task") as caught:
        Catalogue.open([write(mails=TASK), second])
    assert "others/mails.py" in str(caught.value) and "my_tasks/mails.py" in str(caught.value)


def test_a_folder_that_is_not_there_or_empty_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere: is not a folder\n.*--catalogue"):
        Catalogue.open([tmp_path / "nowhere"])
    with pytest.raises(UserError, match="holds no Python file"):
        Catalogue.open([tmp_path])


def test_a_study_s_own_task_cannot_have_the_name_of_one_in_the_folder(write: Write) -> None:
    own = {"mails": {"family": "classification", "files": {"test": {"en": "a.csv"}}, "labels": ["a", "b"]}}
    with pytest.raises(UserError, match=r'task\.mails: the catalogue has a task called "mails"'):
        plan(study_with(write(mails=TASK), task=own))


def test_an_unknown_name_s_hint_knows_what_the_folder_declares(write: Write, data: Place) -> None:
    with pytest.raises(UserError, match=r'target\.mials: no task is called "mials"; did you mean "mails"'):
        plan(study_with(write(mails=TASK), target={"mials": {}}), data)


MODEL = """
from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel

model = HubModel(name="ours-7b", repository="us/ours", revision="{}", num_parameters=7_000_000_000)
"""
BENCHMARK = """
from stepstone.core.benchmark import Benchmark, BenchmarkTask

benchmark = Benchmark(
    name="mails-and-nli",
    title="Ours",
    parts=(
        BenchmarkTask(task="mails", groups=("all",), languages=("en", "ja"), metrics=("accuracy",)),
        BenchmarkTask(task="xnli", groups=("all",), languages=("en", {!r}), metrics=("accuracy",)),
    ),
)
"""


def test_models_and_benchmarks_are_found_as_tasks_are(write: Write, data: Place) -> None:
    folder = write(mails=TASK, ours=MODEL.format("0" * 40), board=BENCHMARK.format("de"))
    catalogue = Catalogue.open([folder])
    check_folders(catalogue)
    assert catalogue.model("ours-7b").num_parameters == 7_000_000_000
    assert [part.task for part in catalogue.benchmark("mails-and-nli").parts] == ["mails", "xnli"]
    study = study_with(folder, models=["ours-7b"], benchmarks=["mails-and-nli"])
    with pytest.raises(UserError, match="- xnli: test in"):
        plan(study, data)


def test_a_benchmark_of_languages_that_a_task_has_not_is_refused(write: Write) -> None:
    report = mistakes(write(mails=TASK, board=BENCHMARK.format("ja")))
    assert 'benchmark mails-and-nli: parts: xnli test: there is no "ja"' in report
