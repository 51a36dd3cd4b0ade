"""The whole way through, once: a study run by the command line as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from whole_study import LIMIT, STUDY

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def stepstone() -> Command:
    """The command line in a process of its own: `stepstone(folder, "run", "study.toml")`."""

    def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "STEPSTONE_STORE": str(folder / "store")}
        environment.pop("STEPSTONE_DATA", None)
        return subprocess.run(
            [sys.executable, "-m", "stepstone.cli", *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

    return command


@pytest.fixture(scope="session")
def finished(common: Path, lab_cache: Path, stepstone: Command) -> Path:
    """The folder of a finished study, run once for all processes: killed.toml, store/, reports/.

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
            done = stepstone(folder, "run", "killed.toml", "--workers", "1", "--device", "cpu")
            assert done.returncode == 0, done.stdout + done.stderr
    return folder
