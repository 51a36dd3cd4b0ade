"""The ways to install: what the Makefile does and in what order, what the Dockerfile takes, what the site shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

# A Python that takes itself for an older one.
OLD = """#!/bin/sh
exec {python} -c '
import sys
sys.version_info = (3, 9, 6)
sys.argv[0:2] == ["-c", "-c"] or sys.exit("pip or venv was run: " + " ".join(sys.argv))
exec(sys.argv[2])
' "$@"
"""


def _make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=False)


@needs_make
def test_quickstart_installs_the_package_alone_and_test_what_tests_take_beside_it(tmp_path: Path) -> None:
    venv = f"VENV={tmp_path / 'venv'}"
    quickstart, test = (_make("--dry-run", target, venv).stdout for target in ("quickstart", "test"))
    assert re.findall(r"-e (\S+)", quickstart) == ["."]
    assert re.findall(r"-e (\S+)", test) == [".", '".[dev]"']
    assert "-c constraints.txt" in quickstart and quickstart.count("-m venv") == test.count("-m venv") == 1


@needs_make
def test_an_environment_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / ".ready").touch()
    asked = _make("--dry-run", "test", f"VENV={tmp_path}").stdout
    assert re.findall(r"-e (\S+)", asked) == ['".[dev]"'] and "-m venv" not in asked
    (tmp_path / ".ready-for-tests").touch()
    assert "install" not in _make("--dry-run", "test", f"VENV={tmp_path}").stdout


@needs_make
def test_an_older_python_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text(OLD.format(python=sys.executable))
    old.chmod(0o755)
    done = _make("quickstart", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}")
    assert done.returncode != 0 and not (tmp_path / "venv").exists()
    assert f"{old} is 3.9; Stepstone needs Python 3.11 or newer, named as in: make PYTHON=" in done.stderr


@needs_make
def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = _make("test", f"VENV={tmp_path / 'venv'}", "PYTHON=python3.999")
    assert done.returncode != 0 and "there is no python3.999; Stepstone needs Python 3.11" in done.stderr


@needs_make
def test_the_makefile_asks_for_the_python_that_pyproject_promises() -> None:
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    major, minor = lowest.removeprefix(">=").split(".")
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"version_info < ({major}, {minor})" in made and f"Python {major}.{minor} or newer" in made


def test_the_container_takes_files_that_are_there_and_keeps_a_pytorch_that_is_allowed() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert "src" in copied and all((ROOT / name).exists() for name in copied)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"pyproject.toml", project["readme"], *project["license-files"], "constraints.txt"} <= set(copied)
    (allowed,) = (line.removeprefix("torch>=") for line in project["dependencies"] if line.startswith("torch>="))
    (taken,) = re.findall(r"^FROM pytorch/pytorch:(\d+\.\d+)\.\d+-cuda[\d.]+-cudnn\d+-runtime$", text, re.MULTILINE)
    assert [*map(int, taken.split("."))] >= [*map(int, allowed.split("."))]
    pinned = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if "torch" in line]
    assert [line for line in pinned if line.startswith("torch==")] and "grep -v '^torch=='" in text


def test_the_container_is_given_what_it_takes_of_a_checkout_and_nothing_else() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE) for name in line.split()[:-1]}
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    first, *others = (line for line in lines if line and not line.startswith("#"))
    # What comes last counts: all is left out, then what is copied is taken, then what was made within it is left out.
    assert first == "*" and {rule[1:] for rule in others[: len(copied)]} == copied
    assert not [rule for rule in others[len(copied) :] if rule.startswith("!")]


def test_extras_are_installed_in_the_container_where_some_are_named() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (asked,) = re.findall(r'pip install .* "(.*)"', text)
    for extras, wanted in (("", "."), ("adapters,ray", ".[adapters,ray]")):
        words = ["sh", "-c", f'printf %s "{asked}"']
        said = subprocess.run(words, env={"EXTRAS": extras}, capture_output=True, text=True, check=True).stdout
        assert said == wanted


def _pages(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for one in nav.values() if isinstance(nav, dict) else nav:
            yield from _pages(one)


def test_the_site_shows_every_page_once_the_readme_first() -> None:
    first, *others = _pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    assert first == "index.md"
    assert sorted(others) == sorted(path.name for path in (ROOT / "docs").glob("*.md") if path.name != "index.md")
