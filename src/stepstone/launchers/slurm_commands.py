"""Slurm's own commands: sbatch, squeue, sacct, scancel; what they write is read here and nowhere else."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

from stepstone.core.errors import UserError

NEEDED = ("sbatch", "squeue", "scancel")
# What a busy or restarting controller says; anything else that sbatch says is about what was asked.
BUSY = ("Unable to contact slurm controller", "Socket timed out", "Connection refused", "Zero Bytes", "temporarily")
# Seconds between tries while the controller does not answer.
PAUSES = (1.0, 5.0, 15.0, 30.0, 60.0)
# Seconds after which a command hangs.
PATIENCE = 120.0
LIVE = frozenset(
    {
        *("PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "STOPPED", "COMPLETING", "SIGNALING", "STAGE_OUT"),
        *("RESIZING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT"),
    }
)


class SlurmState(NamedTuple):
    """What Slurm says of a job: its state in capitals, why it waits, where it is or was."""

    name: str
    reason: str = ""
    nodes: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it runs or may still run."""
        return self.name in LIVE


def check_installed() -> None:
    """Raise UserError where this machine has no Slurm."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if lacking:
        raise UserError(
            f"not found on the PATH: {', '.join(lacking)}",
            where="--launcher slurm",
            remedy="give the command on a login node of the cluster, where `sbatch` works",
        )


def submit_script(words: Sequence[str], script: str) -> str:
    """Hand a script to sbatch; returns the job's number.

    Raises:
        UserError: sbatch does not take it; its own message is in it.
    """
    for pause in (*PAUSES, None):
        done = _call("sbatch", "--parsable", *words, given=script)
        if done.returncode == 0:
            return done.stdout.strip().partition(";")[0]
        said = done.stderr.strip().removeprefix("sbatch: ").replace("\nsbatch: ", "\n") or f"status {done.returncode}"
        if pause is None or not any(word in said for word in BUSY):
            break
        time.sleep(pause)
    raise UserError(
        f"sbatch refuses a job: {said}",
        where=f"sbatch {' '.join(word for word in words if not word.startswith(('--output', '--job-name')))}",
        remedy="other words by --launcher-option NAME=VALUE (docs/launchers.md); `sinfo` shows partitions, "
        "`sacctmgr show associations user=$USER` accounts; the same command continues",
    )


def look(jobs: Collection[str]) -> dict[str, SlurmState] | None:
    """The states of jobs of which squeue still knows; None where it cannot be asked now."""
    if not jobs:
        return {}
    done = _call("squeue", "--noheader", "--states=all", "--format=%i|%T|%r|%N", f"--jobs={','.join(jobs)}")
    if done.returncode != 0:
        # Of a single job that is forgotten squeue says so by failing.
        return {} if "Invalid job id" in done.stderr else None
    rows = (line.strip().split("|") for line in done.stdout.splitlines() if line.count("|") == 3)
    return {job: SlurmState(*rest) for job, *rest in rows}


def look_back(job: str) -> SlurmState | None:
    """The state of a job that squeue has forgotten; None where sacct does not know it or there is no accounting."""
    done = _call("sacct", "--noheader", "--parsable2", "--allocations", "--format=State,NodeList", f"--jobs={job}")
    line = next(iter(done.stdout.splitlines()), "") if done.returncode == 0 else ""
    state, _, nodes = line.partition("|")
    # "CANCELLED by 1000"
    return SlurmState(state.split()[0], "", nodes) if state.strip() else None


def cancel(jobs: Collection[str], *words: str) -> None:
    """Have jobs ended, or signalled; those that are over are passed by."""
    known = [job for job in jobs if job]
    if known:
        _call("scancel", "--quiet", *words, *known)


def cancel_by_name(name: str) -> None:
    """Have the jobs of a name ended: where it is not known which number sbatch gave."""
    _call("scancel", "--quiet", f"--name={name}")


def _call(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command; one that is missing or hangs has failed. A session of its own: Ctrl-C does not reach it."""
    try:
        return subprocess.run(
            words,
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            start_new_session=True,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(words, 1, "", f"Unable to contact slurm controller: {error}")
