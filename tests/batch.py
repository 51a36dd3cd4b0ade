"""A double of Slurm's commands that runs jobs as processes of this machine (`fake_slurm.sh`)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stepstone.launchers import slurm, slurm_commands

FAKE = Path(__file__).parent / "fake_slurm.sh"


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the double; its commands come first on the PATH, and nothing is waited for longer than here."""
    commands, state = tmp_path / "bin", tmp_path / "cluster"
    commands.mkdir()
    state.mkdir()
    for name in ("sbatch", "squeue", "sacct", "scancel"):
        (commands / name).symlink_to(FAKE)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_SLURM", str(state))
    monkeypatch.setenv("FAKE_SLURM_OWNER", str(os.getpid()))
    monkeypatch.setattr(slurm, "POLL_SECONDS", 0.2)
    monkeypatch.setattr(slurm, "SETTLE_SECONDS", 0.5)
    monkeypatch.setattr(slurm_commands, "PAUSES", (0.0, 0.0))
    return state
