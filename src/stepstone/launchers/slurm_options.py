"""What a user may say about Slurm jobs, each option checked before anything is submitted; none of it enters a key."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from stepstone.core.device import MAX_DEVICES
from stepstone.core.errors import UserError
from stepstone.core.value import Value
from stepstone.launchers.options import parse_options

# What the launcher says itself; a second word of the same kind would contradict it.
OWN_WORDS = ("array", "error", "job-name", "no-requeue", "output", "parsable", "requeue", "signal", "wait", "wrap")


def _one_word(text: str) -> str:
    if not text or any(character.isspace() for character in text):
        raise ValueError("is one word, without blanks")
    return text


def _shell_words(text: str) -> str:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"is not what a shell reads: {error}") from error
    if not words:
        raise ValueError("is empty")
    return text


def _duration(text: str) -> str:
    slurm_seconds(text)
    return text


def _sbatch_word(text: str) -> str:
    name = text.removeprefix("--").partition("=")[0]
    if not re.fullmatch(r"--[a-z][a-z0-9-]*(=.*)?", text):
        raise ValueError("is a long option of sbatch, as --qos=long")
    if name in OWN_WORDS:
        raise ValueError(f"--{name} is set by the launcher itself")
    if name in ("account", "constraint", "gres", "mem", "partition", "time"):
        raise ValueError(f"is given as {name}=...")
    if name == "cpus-per-task":
        raise ValueError("is given as cpus=...")
    return text


OneWord = Annotated[str, AfterValidator(_one_word)]
Shell = Annotated[str, AfterValidator(_shell_words)]


class SlurmOptions(Value):
    """How jobs are asked for, by the names of `--launcher-option NAME=VALUE`."""

    account: OneWord | None = Field(None, description="that pays")
    partition: OneWord | None = Field(None, description="or several, with commas")
    constraint: OneWord | None = Field(None, description="features that a node must have")
    gpus: int = Field(0, ge=0, le=MAX_DEVICES, description="of a job; a node that shows fewer is refused")
    gres: OneWord | None = Field(None, description="in Slurm's words, as gpu:a100:1; without it gpus=N asks for gpu:N")
    cpus: int = Field(1, ge=1, le=4096, description="of a job: threads of its worker")
    mem: Annotated[str, Field(pattern=r"^[1-9]\d*[KMGT]?$")] | None = Field(None, description="of a job, as 16G")
    time: Annotated[str, AfterValidator(_duration)] | None = Field(
        None, description="limit of a job, as 4:00:00; what takes longer is saved and continued in another job"
    )
    save_seconds: int = Field(120, ge=5, le=3600, description="before the limit, at which work is saved")
    container: Shell | None = Field(None, description="words before the command, as apptainer exec --nv image.sif")
    python: OneWord = Field(sys.executable, description="on the nodes, or in the container")
    setup: tuple[str, ...] = Field((), description="a line of shell before the command; may be given several times")
    sbatch: tuple[Annotated[str, AfterValidator(_sbatch_word)], ...] = Field(
        (), description="one more word for sbatch, as --qos=long; may be given several times"
    )

    def words(self) -> list[str]:
        """The options of sbatch that say what a job is given.

        >>> SlurmOptions(partition="gpu", gpus=1, cpus=4).words()
        ['--cpus-per-task=4', '--partition=gpu', '--gres=gpu:1']
        """
        gres = self.gres or (f"gpu:{self.gpus}" if self.gpus else None)
        asked = {
            "account": self.account,
            "partition": self.partition,
            "constraint": self.constraint,
            "gres": gres,
            "mem": self.mem,
            "time": self.time,
        }
        given = [f"--{name}={value}" for name, value in asked.items() if value is not None]
        return [f"--cpus-per-task={self.cpus}", *given, *self.sbatch]


def read_options(given: Sequence[str]) -> SlurmOptions:
    """From `NAME=VALUE`, as they are given on the command line.

    Raises:
        UserError: a name that there is not, a value that is none, or one that is given twice.
    """
    options = parse_options(given, SlurmOptions, "slurm")
    if options.time and slurm_seconds(options.time) <= options.save_seconds:
        raise UserError(
            f"is {slurm_seconds(options.time)} s, and work is saved {options.save_seconds} s before the end",
            where=f"--launcher-option time={options.time}",
            remedy="a longer time (hours:minutes:seconds), or fewer save_seconds",
        )
    return options


def slurm_seconds(time: str) -> int:
    """Slurm's notation in seconds.

    >>> [slurm_seconds(text) for text in ("90", "1:30", "4:00:00", "1-12", "1-12:30")]
    [5400, 90, 14400, 129600, 131400]
    """
    days, dash, rest = time.rpartition("-")
    parts = rest.split(":")
    if not re.fullmatch(r"(\d{1,4}-)?\d{1,6}(:\d{1,2}){0,2}", time):
        raise ValueError("is minutes, minutes:seconds, hours:minutes:seconds or days-hours[:minutes[:seconds]]")
    numbers = [int(part) for part in parts]
    if dash:
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
    elif len(numbers) == 3:
        hours, minutes, seconds = numbers
    else:
        hours, (minutes, seconds) = 0, (*numbers, 0)[:2]
    return ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
