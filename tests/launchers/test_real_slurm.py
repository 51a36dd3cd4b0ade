"""The policy under a real Slurm: `benchmarks/slurm_here.sh FOLDER start`, and STEPSTONE_SLURM=FOLDER for the tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from heard import hear_until
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.launchers import slurm
from stepstone.launchers.launcher import Order
from stepstone.launchers.slurm import Slurm

pytestmark = pytest.mark.slow

DOUBLE = Path(__file__).parent / "double.py"


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a running Slurm of two virtual nodes, which has nothing else to do."""
    named = os.environ.get("STEPSTONE_SLURM")
    if not named:
        pytest.skip("no real Slurm: benchmarks/slurm_here.sh FOLDER start, and set STEPSTONE_SLURM to FOLDER")
    monkeypatch.setenv("SLURM_CONF", f"{named}/slurm.conf")
    monkeypatch.setattr(slurm, "POLL_SECONDS", 1.0)
    return Path(named)


def squeue(number: str, field: str) -> str:
    done = subprocess.run(["squeue", "-h", "-t", "all", "-j", number, "-o", field], capture_output=True, text=True)
    return done.stdout.strip()


def lose_node(real: Path, number: str) -> str:
    """End the daemon of a job's node, and all processes of the job, before any of them can say so; returns the node."""
    node = squeue(number, "%N")
    steps = subprocess.run(["pgrep", "-f", rf"slurmstepd: \[{number}\."], capture_output=True, text=True).stdout.split()
    lost = [(real / f"{node}.pid").read_text(), *steps]
    for parent in steps:
        lost += subprocess.run(["pgrep", "-P", parent], capture_output=True, text=True).stdout.split()
    for pid in lost:
        os.kill(int(pid), signal.SIGKILL)
    return node


def test_a_real_node_is_lost_its_job_continued_and_stop_saves(real, make_plan, store, tmp_path) -> None:
    stage = next(iter(make_plan().stages.values()))
    order = Order(id=stage.key, store=store.root, stages=(stage,), place=Place(), runtime=Runtime())
    (tmp_path / "behaviour.json").write_text(json.dumps({stage.label: "hang"}))
    launcher = Slurm(2, tmp_path / "logs", command=(str(DOUBLE), str(tmp_path / "behaviour.json")))
    try:
        launcher.submit(order)
        hear_until(launcher, "progress")
        node = lose_node(real, launcher._jobs[order.id].number)
        assert f"its node was lost (NODE_FAIL, {node})" in hear_until(launcher, "died")[-1].message
        subprocess.run(["slurmd", "-N", node], check=True)
        launcher.submit(order)
        hear_until(launcher, "progress")
        number = launcher._jobs[order.id].number
        launcher.stop()
        assert store.resume_folders(order.id) and squeue(number, "%T") in ("COMPLETED", "FAILED", "COMPLETING", "")
    finally:
        launcher.kill()
