"""The README's blocks work: the study is a study, the Python runs, the tree names every folder; ready studies load."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.ready import READY
from stepstone.core.study import Study
from stepstone.data.hub import hub_table
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import rehearse

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("block", _blocks("toml"))
def test_a_study_in_the_readme_can_be_planned(block: str, tmp_path: Path) -> None:
    assert plan(Study.parse(tomllib.loads(block)), Place(cache=tmp_path, with_data=False)).cells


@pytest.mark.parametrize("task, language", re.findall(r"stepstone data get (\w+) --lang (\w+)", README))
def test_what_the_readme_fetches_is_on_the_hub(task: str, language: str) -> None:
    assert hub_table(BUILT_IN.task(task), "train", language)


@pytest.mark.slow
@pytest.mark.parametrize("block", _blocks("python"))
def test_python_in_the_readme_runs(block: str) -> None:
    done = subprocess.run([sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "fine-tunes" in done.stdout


def test_links_and_images_work_where_the_readme_is_shown_without_the_repository() -> None:
    targets = re.findall(r"\]\(([^)\s]+)", README) + re.findall(r"(?:src|href)=[\"']([^\"']+)", README)
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []


def test_pages_that_the_readme_names_are_there() -> None:
    named = set(re.findall(r"`(docs/\w+\.\w+|[A-Z]+\.md)`", README))
    assert len(named) > 10 and all((ROOT / name).is_file() for name in named)


def test_the_tree_names_every_folder() -> None:
    folders = {path.name for path in (ROOT / "src" / "stepstone").iterdir() if (path / "__init__.py").is_file()}
    assert folders and all(f"  {name}/" in README for name in folders)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(READY.glob("*.toml")), ids=lambda path: path.stem)
def test_a_ready_study_is_read_and_can_be_planned_in_the_lab(path: Path, tmp_path: Path) -> None:
    study = Study.load(path)
    assert study.name == path.stem
    assert plan(study if study.lab else rehearse(study), Place(cache=tmp_path)).cells


@pytest.mark.slow
def test_real_small_is_planned_from_the_shared_files_alone(shared_data: Path, tmp_path: Path) -> None:
    study = Study.load("real_small")
    planned = plan(study, Place(folders=(shared_data,), cache=tmp_path, use_hub=False))
    assert planned.num_stages["finetune"] == 23
