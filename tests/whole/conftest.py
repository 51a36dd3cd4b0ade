"""The whole way through, once: a study run by the command line as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

import warm
from batch import cluster  # noqa: F401
from whole_study import LIMIT, STUDY

Command = Callable[..., subprocess.CompletedProcess[str]]


def _environment(folder: Path) -> dict[str, str]:
    environment = {**os.environ, "STEPSTONE_STORE": str(folder / "store")}
    environment.pop("STEPSTONE_DATA", None)
    return environment


@pytest.fixture(scope="session")
def stepstone() -> Command:
    """The command line in a process of its own: `stepstone(folder, "run", "study.toml")`."""
    return lambda folder, *words: warm.stepstone(folder, words, _environment(folder), LIMIT)


@pytest.fixture(scope="session")
def finished(common: Path, lab_cache: Path) -> Path:
    """The folder of a finished study, run once for all processes: killed.toml, store/, reports/.

    Command and worker are fresh processes, as a user's are; what others compute in forks is compared with it.
    What the lab writes for it goes where other tests find it.
    """
    folder = common / "finished"
    with FileLock(common / "finished.lock"):
        if not (folder / "reports").exists():
            (folder / "store").mkdir(parents=True, exist_ok=True)
            lab_cache.mkdir(exist_ok=True)
            (folder / "store" / "cache").unlink(missing_ok=True)
            (folder / "store" / "cache").symlink_to(lab_cache)
            (folder / "killed.toml").write_text(STUDY, encoding="utf-8")
            command = [sys.executable, "-m", "stepstone.cli", "run", "killed.toml", "--workers", "1", "--device", "cpu"]
            done = subprocess.run(
                command, cwd=folder, env=_environment(folder), capture_output=True, text=True, timeout=LIMIT
            )
            assert done.returncode == 0, done.stdout + done.stderr
    return folder
