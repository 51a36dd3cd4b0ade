"""One Slurm job as driver and node share it: a folder with its ticket, what its worker says, and its signs of life."""

from __future__ import annotations

import shlex
import shutil
import time
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from stepstone.core.value import Value
from stepstone.core.version import __version__
from stepstone.launchers.launcher import Event, Order
from stepstone.launchers.local import COMMAND
from stepstone.launchers.process import last_line
from stepstone.launchers.slurm_options import SlurmOptions

TICKET, EVENTS, BEAT, LOG, NUMBER, LEFT = "ticket.json", "events.jsonl", "beat", "job.log", "job", "left"


class JobTicket(Value):
    """What a node is to do, and what it must be like; `data` is the fingerprint of the driver's data folders."""

    order: Order
    gpus: int
    data: str
    version: str = __version__
    command: tuple[str, ...] = COMMAND[1:]


class BatchJob:
    """The driver's side of one job: its number, and what its folder says since the last look."""

    def __init__(self, folder: Path, order: Order) -> None:
        """Nothing is read yet."""
        self.folder, self.order = folder, order
        self.has_begun = self.has_ended = self.is_done = False
        self.over_since: float | None = None
        self._number, self._offset = "", 0
        self._keys = {stage.key for stage in order.stages}
        self._beat, self._beaten = -1.0, time.monotonic()

    @property
    def number(self) -> str:
        """By which Slurm knows it; empty: not submitted, or not known."""
        if not self._number:
            with suppress(OSError):
                self._number = (self.folder / NUMBER).read_text(encoding="utf-8").strip()
        return self._number

    def note_number(self, number: str) -> None:
        """Keep the number where a later run finds it."""
        self._number = number
        (self.folder / NUMBER).write_text(number, encoding="utf-8")

    @property
    def name(self) -> str:
        """The job's name, which no other job has."""
        return f"stepstone-{self.order.id[:12]}-{self.folder.name}"

    def write(self, ticket: JobTicket) -> None:
        """Make the folder: files that are there are seen by other machines as soon as they grow."""
        self.folder.mkdir(parents=True)
        (self.folder / TICKET).write_text(ticket.model_dump_json(), encoding="utf-8")
        for name in (EVENTS, LOG, BEAT):
            (self.folder / name).touch()

    def read(self) -> list[Event]:
        """What was said since the last call of the stages of this order; a line that is not whole yet waits."""
        try:
            with (self.folder / EVENTS).open("rb") as file:
                file.seek(self._offset)
                said = file.read()
        except OSError:
            return []
        whole = said[: said.rfind(b"\n") + 1]
        self._offset += len(whole)
        events = [event for line in whole.splitlines() if (event := Event.read_line(line)) is not None]
        self.has_begun = self.has_begun or bool(events)
        self.has_ended = self.has_ended or any(event.ends_job or event.event == "refused" for event in events)
        self.is_done = self.is_done or any(event.event == "idle" and event.ok for event in events)
        return [event for event in events if not event.key or event.key in self._keys]

    def silence(self) -> float:
        """Seconds since its last sign of life was seen here, so that no two clocks are compared."""
        try:
            beat = (self.folder / BEAT).stat().st_mtime
        except OSError:
            beat = self._beat
        if beat != self._beat:
            self._beat, self._beaten = beat, time.monotonic()
        return time.monotonic() - self._beaten

    def leave(self) -> None:
        """Nobody listens to it any more, whatever it still does: it is not found again."""
        (self.folder / LEFT).touch()

    def remove(self) -> None:
        """Keep nothing of it, nor of the jobs before it that were given this order: what they did is recorded."""
        for folder in self.folder.parent.glob("[0-9]*"):
            if int(folder.name) <= int(self.folder.name):
                shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            self.folder.parent.rmdir()

    def may_be_found(self) -> bool:
        """Whether another run of the launcher may go on listening to it."""
        return bool(self.number) and not self.has_ended and not (self.folder / LEFT).exists()

    def does_all_of(self, order: Order) -> bool:
        """Whether what this job was given holds all stages of an order, run in the same way."""
        try:
            ticket = JobTicket.model_validate_json((self.folder / TICKET).read_bytes())
        except (OSError, ValidationError):
            return False
        known = {stage.key for stage in ticket.order.stages}
        return ticket.version == __version__ and ticket.order.runtime == order.runtime and self._keys <= known

    def last_words(self) -> str:
        """What the job's shell wrote last."""
        return last_line(self.folder / LOG)

    def script(self, options: SlurmOptions) -> str:
        """What sbatch is given; from its third line on all that it writes is in the folder, if the node sees it."""
        folder, log = shlex.quote(str(self.folder)), shlex.quote(str(self.folder / LOG))
        command = f"{shlex.quote(options.python)} -u -m stepstone.launchers.slurm_node {folder}"
        lines = [
            "#!/bin/bash",
            f"cd {folder} && exec >>{log} 2>&1 || exit 66",
            f"[ -s {NUMBER} ] || echo $SLURM_JOB_ID > {NUMBER}",
            *options.setup,
            # In place of the shell, so that Slurm's signal reaches it.
            f"exec {options.container} {command}" if options.container else f"exec {command}",
        ]
        return "\n".join([*lines, ""])
