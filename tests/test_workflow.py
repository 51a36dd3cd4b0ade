"""The workflow runs what `.ci/run` runs, on every Python that pyproject.toml promises."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]


def _made(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("make ")]


def test_the_workflow_makes_what_must_pass_before_a_change_lands() -> None:
    asked = _made((ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines())
    assert asked == _made([step.get("run", "") for step in JOBS["pinned"]["steps"]])
    assert JOBS["versions"]["steps"][-1]["run"] in asked


def test_both_stamps_of_the_makefile_stand_in_the_environment_of_other_versions() -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    stamps = re.findall(r"^READY\w* := \$\(VENV\)/(\S+)$", made, re.MULTILINE)
    touched = " ".join(step.get("run", "") for step in JOBS["versions"]["steps"])
    assert len(stamps) == 2 and f"touch {' '.join(f'.venv/{stamp}' for stamp in stamps)}" in touched


def test_every_promised_python_is_there_the_lowest_with_the_lowest_versions_the_newest_with_the_newest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pythons = JOBS["pinned"]["strategy"]["matrix"]["python"]
    assert project["requires-python"] == f">={pythons[0]}"
    named = [line.rpartition(" ")[2] for line in project["classifiers"] if "Python :: 3." in line]
    assert named == pythons
    asked = {one["resolution"]: one["python"] for one in JOBS["versions"]["strategy"]["matrix"]["include"]}
    assert asked == {"lowest-direct": pythons[0], "highest": pythons[-1]}
    used = str(JOBS["versions"]["steps"])
    assert "${{ matrix.python }}" in used and "--resolution ${{ matrix.resolution }}" in used


def test_the_page_of_a_report_is_looked_at_in_a_browser_that_is_there() -> None:
    steps = [step for step in JOBS["browser"]["steps"] if "run" in step]
    install, chromium, tests = (step["run"] for step in steps)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = re.findall(r"\[([\w,]+)\]", install)[0].split(",")
    assert set(asked) <= set(extras) and {one.partition(">")[0] for one in extras["browser"]} >= {"playwright"}
    assert chromium == "python -m playwright install --with-deps chromium"
    (named,) = [word for word in tests.split() if word.startswith("tests/")]
    text = (ROOT / named).read_text(encoding="utf-8")
    assert "axe" in text and all(name in text for name in steps[-1]["env"] if name.startswith("STEPSTONE"))


@pytest.mark.slow
def test_quick_tests_are_collected_without_torch() -> None:
    """It takes as long to open as a thousand of them to run; a test that needs it imports it itself."""
    listed = dict(
        re.findall(r"^(WATCHING|TENSORS) := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    ignored = [f"--ignore={path}" for path in " ".join(listed.values()).split()]
    collect = "import pytest, sys; pytest.main(sys.argv[1:]); print('torch' in sys.modules)"
    words = [
        sys.executable,
        "-c",
        collect,
        "--collect-only",
        "-qq",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        *ignored,
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(ignored) > 5 and done.stdout.splitlines()[-1] == "False", done.stdout[-2000:]
