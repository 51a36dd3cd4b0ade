"""What a wheel holds is all that `stepstone run quickstart` needs, in any folder, without the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contents of a wheel that was built by the project's build backend, without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "source").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    shutil.copytree(ROOT / "src" / "stepstone", folder / "source" / "src" / "stepstone")
    shutil.copytree(ROOT / "docs", folder / "source" / "docs")
    words = [sys.executable, "-c", BUILD, str(folder)]
    run = subprocess.run(words, cwd=folder / "source", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    # As `pip install --target` does.
    (data,) = folder.glob("site/*.data/data")
    shutil.copytree(data, folder / "site", dirs_exist_ok=True)
    return folder / "site"


def _call(installed: Path, folder: Path, *words: str) -> str:
    env = os.environ | {"PYTHONPATH": str(installed)}
    run = subprocess.run(
        [sys.executable, "-m", "stepstone.cli", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.slow
def test_a_wheel_holds_every_file_of_the_package(installed: Path) -> None:
    source = ROOT / "src" / "stepstone"
    wanted = {file.relative_to(source) for file in source.rglob("*") if file.is_file() and file.suffix != ".pyc"}
    assert wanted <= {file.relative_to(installed / "stepstone") for file in (installed / "stepstone").rglob("*")}


@pytest.mark.slow
def test_a_ready_study_is_planned_from_a_wheel_in_any_folder(installed: Path, tmp_path: Path) -> None:
    rows = {row["name"]: row["file"] for row in json.loads(_call(installed, tmp_path, "list", "studies", "--json"))}
    assert "phang2020" in rows and rows["quickstart"] == str(installed / "stepstone" / "studies" / "quickstart.toml")
    assert "quickstart: 140 scores" in _call(installed, tmp_path, "plan", "quickstart", "--without-data")


@pytest.mark.slow
def test_help_names_the_folder_of_the_pages_that_messages_speak_of(installed: Path, tmp_path: Path) -> None:
    folder = installed / "share" / "doc" / "stepstone" / "docs"
    assert f"docs/NAME.md: {folder}\n" in _call(installed, tmp_path, "--help")
    assert {page.name for page in folder.iterdir()} == {page.name for page in (ROOT / "docs").iterdir()}
