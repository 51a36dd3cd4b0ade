"""A source distribution holds every file of the repository: what is downloaded can be tested and built again."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUILD = "import sys; from setuptools.build_meta import build_sdist; print(build_sdist(sys.argv[1]))"
MADE = {"PKG-INFO", "setup.cfg"}


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files of the repository."""
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("this is no checkout: what belongs into the distribution is read from git")
    return [name for name in asked.stdout.split("\0") if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def unpacked(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a source distribution that was built by the project's build backend, without any network."""
    folder = tmp_path_factory.mktemp("sdist")
    for name in tracked:
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / "source" / name)
    words = [sys.executable, "-c", BUILD, str(folder)]
    run = subprocess.run(words, cwd=folder / "source", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder / "unpacked", filter="data")
    (top,) = (folder / "unpacked").iterdir()
    return top


@pytest.mark.slow
def test_a_source_distribution_holds_the_repository_and_nothing_else(tracked: list[str], unpacked: Path) -> None:
    held = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    own = {name for name in held if not any(part.endswith(".egg-info") for part in PurePosixPath(name).parts)}
    assert own - MADE == set(tracked)
    assert {"tests/conftest.py", "docs/tasks.md", "src/stepstone/studies/quickstart.toml"} <= own


@pytest.mark.slow
def test_an_index_is_given_what_pyproject_says(unpacked: Path) -> None:
    given = HeaderParser().parsestr((unpacked / "PKG-INFO").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert given["Author"] == given["Maintainer"] == project["authors"][0]["name"]
    assert given.get_all("Classifier") == project["classifiers"]
    assert given["Keywords"] == ",".join(project["keywords"])
    assert given["License-Expression"] == "Apache-2.0" and given["Description-Content-Type"] == "text/markdown"
