"""What installed packages declare is found by its entry point, and a broken one is reported with its package."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stepstone.catalogue import catalogue
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.cli.listing import NOT_AVAILABLE, list_rows
from stepstone.core.errors import UserError
from stepstone.core.family import FamilyDeclaration
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.report.references import references

from .test_folder import MODEL, TASK

Install = Callable[..., Path]
FAMILY = """
from dataclasses import replace
from stepstone.catalogue.families import classification

family = replace(classification.family, name="grading", tensors=".tensors")
"""
TENSORS = """
from stepstone.families.classification import ClassificationFamily
from .grading import family as declared

class Grading(ClassificationFamily):
    declaration = declared

family = Grading()
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a package of several modules where Python finds it, as an installer does; returns its folder."""

    def install(package: str, entries: dict[str, str], **files: str) -> Path:
        folder = tmp_path / f"site-{package}"
        for name, code in {"__init__": "", **files}.items():
            (folder / package).mkdir(parents=True, exist_ok=True)
            (folder / package / f"{name}.py").write_text(code)
        metadata = folder / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in entries.items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[stepstone]", *lines, ""]))
        monkeypatch.syspath_prepend(folder)
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            monkeypatch.delitem(sys.modules, name)
        for found in (catalogue._task, catalogue._family):
            found.cache_clear()
        return folder

    return install


def test_tasks_and_models_of_a_package_are_found_by_name(install: Install) -> None:
    entries = {"task.mails": "bureau.mails", "model.ours-7b": "bureau.ours"}
    install("bureau", entries, mails=TASK, ours=MODEL.format("0" * 40))
    assert "mails" in BUILT_IN.tasks() and "ours-7b" in BUILT_IN.models()
    task = BUILT_IN.task("mails")
    assert task.title == "Mails" and task.resolved.code and task.resolved.to_example is not None


@pytest.mark.slow
def test_a_family_of_a_package_has_the_tensors_that_it_names(install: Install) -> None:
    from stepstone.families.family import find_family  # opens torch, for this test alone

    install("bureau", {"family.grading": "bureau.grading:family"}, grading=FAMILY, tensors=TENSORS)

    declared: FamilyDeclaration[object] = BUILT_IN.family("grading")
    assert declared.tensors == "bureau.tensors"
    assert find_family(declared).name == "grading"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("bureau.nowhere", r"cannot be imported \(ModuleNotFoundError: .*bureau\.nowhere"),
        ("bureau.broken", r"cannot be imported \(ValueError: no licence\)"),
        ("bureau.empty", "declares no `task`"),
        ("bureau.other", "`task` is a str, not a Task"),
    ],
)
def test_an_entry_point_that_cannot_be_loaded_is_reported_with_its_package(
    install: Install, entry: str, told: str
) -> None:
    install("bureau", {"task.ours": entry}, broken="raise ValueError('no licence')", empty="", other="task = 'x'")
    with pytest.raises(UserError, match=rf"^bureau: task\.ours = {re.escape(entry)}: {told}") as caught:
        BUILT_IN.task("ours")
    assert "mend or uninstall bureau" in str(caught.value)
    # It keeps nobody from the others.
    assert BUILT_IN.task("xnli").name == "xnli"


BROKEN = {f"{kind}.ours": "bureau.broken" for kind in ("task", "model", "benchmark", "ladder", "family", "launcher")}


@pytest.mark.parametrize("what", ["tasks", "models", "benchmarks", "ladders", "launchers"])
def test_a_list_shows_the_rest_and_what_is_wrong_with_a_broken_package(install: Install, what: str) -> None:
    sound = list_rows(what)
    install("bureau", BROKEN, broken="raise ValueError('no licence')")
    *rows, broken = list_rows(what)
    assert rows == sound and {*broken} - {NOT_AVAILABLE} == {*sound[0]}
    assert "ours" in broken.values() and "no licence); mend or uninstall bureau" in broken[NOT_AVAILABLE]


STUDY = {
    "name": "s",
    "lab": {},
    "models": ["lab-small"],
    "target": {"xnli": {"recipe": {"num_epochs": 1}}},
    "seeds": [1],
}


def test_a_study_that_does_not_use_a_broken_package_is_planned(install: Install, tmp_path: Path) -> None:
    install("bureau", BROKEN, broken="raise ValueError('no licence')")
    model = {"far": {"hub": "them/far", "revision": "0" * 40, "num_parameters": 1}}
    study = Study.parse(STUDY | {"models": ["lab-small", "far"], "model": model})
    planned = plan(study, Place(cache=tmp_path, use_hub=False, with_data=False))
    assert len(planned.stages) > 2 and references(planned)


@pytest.mark.parametrize(
    "names",
    [
        {"models": ["ours"]},
        {"target": {"ours": {}}},
        {"benchmarks": ["ours"]},
        {"models": [], "ladder": "ours"},
        {"task": {"mine": {"family": "ours", "files": {"test": "t.tsv"}, "languages": ["en"]}}},
    ],
    ids=["model", "task", "benchmark", "ladder", "family"],
)
def test_a_study_that_names_what_a_broken_package_has_gets_its_message(
    install: Install, tmp_path: Path, names: dict[str, object]
) -> None:
    install("bureau", BROKEN, broken="raise ValueError('no licence')")
    with pytest.raises(UserError, match=r"bureau: \w+\.ours = bureau\.broken: cannot be imported \(ValueError: no lic"):
        plan(Study.parse(STUDY | names), Place(cache=tmp_path, use_hub=False, with_data=False))


def test_an_entry_point_of_an_unknown_kind_is_said_once_with_the_nearest(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("bureau", {"tsk.mails": "bureau.mails", "mails": "bureau.mails"}, mails=TASK)
    for _ in range(2):
        assert "mails" not in (*BUILT_IN.tasks(), *BUILT_IN.models())
    plain, misspelt = sorted(caplog.messages)
    assert misspelt.startswith(
        "bureau: tsk.mails = bureau.mails is left out: it is called KIND.NAME, KIND one of task,"
    )
    assert misspelt.endswith('; did you mean "task"?') and plain.startswith("bureau: mails = bureau.mails is left out")


def test_what_a_package_s_task_misnames_is_reported_by_plan(install: Install, tmp_path: Path) -> None:
    install("bureau", {"task.mails": "bureau.mails"}, mails=TASK.replace('"xtreme-2020"', '"xtreme-2002"'))
    study = Study.parse({"name": "s", "models": ["xlm-roberta-base"], "target": {"mails": {}}})
    with pytest.raises(UserError, match=r'task mails: definition: there is no "xtreme-2002"; did you mean'):
        plan(study, Place(cache=tmp_path, use_hub=False))


def test_a_package_cannot_take_a_name_that_is_taken(install: Install) -> None:
    install("bureau", {"model.xlm-roberta-base": "bureau.ours"}, ours=MODEL.format("0" * 40))
    with pytest.raises(UserError, match='2 declarations of a model are called "xlm-roberta-base": stepstone; bureau: '):
        BUILT_IN.model("xlm-roberta-base")
