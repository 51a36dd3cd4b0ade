"""What a launcher is: it takes orders, runs each in a worker, and passes on events. It decides nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BeforeValidator, Field

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.stage import Stage
from stepstone.core.value import Value

Absolute = Annotated[Path, AfterValidator(Path.absolute)]


def _address(store: str | Path) -> str:
    """A store's URL as it is, or the whole path of its folder."""
    return str(store) if "://" in str(store) else str(Path(store).absolute())


class Order(Value):
    """One job as a worker reads it: a checkpoint's stage and the evaluations read off it, in order.

    Its paths are absolute, for a worker may have been started in another folder. What a study names relative to the
    current folder (files of its own tasks, folders of models) is part of the stages, and stays as it was written:
    the worker goes to `here` first.
    """

    id: str
    store: Annotated[str, BeforeValidator(_address)]
    stages: tuple[Stage, ...]
    place: Annotated[Place, AfterValidator(Place.absolute)]
    catalogue: Catalogue = BUILT_IN
    runtime: Runtime
    here: Absolute = Field(default_factory=Path.cwd, description="the folder that relative names of a study start from")

    def on_gpus(self, num: float, whose: str) -> Order:
        """The same for a worker that is promised so many GPUs: one that it cannot use is an error, not the processor.

        Raises:
            UserError: its training is to have more of them; `whose` they are is for the message.
        """
        devices = self.runtime.num_devices
        if devices > 1 and 0 < num < devices:
            message = f"{devices} devices for a training, and gpus={num:g} of a {whose}"
            raise UserError(message, where="--devices-per-job", remedy=f"give --launcher-option gpus={devices}")
        if not num or self.runtime.device != "auto":
            return self
        return self.model_copy(update={"runtime": self.runtime.model_copy(update={"device": "cuda"})})

    def line(self) -> str:
        """The order as one JSON line."""
        return self.model_dump_json() + "\n"


# Of a worker skip means that the stage was there, elsewhere that another run is at what its job begins with, which is
# given back, idle that its job has ended, and alive nothing else; launchers say begin, refused and died.
EventName = Literal[
    "start", "phase", "progress", "resumed", "note", "done", "skip", "failed", "stopped", "elsewhere", "idle",
    "alive", "begin", "refused", "died",
]  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What a worker says, or a launcher of a worker (died)."""

    event: EventName
    job: str
    key: str = ""
    label: str = ""
    step: int | None = None
    num_steps: int | None = None
    loss: float | None = None
    tokens_per_second: float | None = None
    seconds: float | None = None
    value: float | None = None
    message: str = ""
    traceback: str | None = None
    ok: bool = True

    @classmethod
    def read(cls, table: dict[str, Any]) -> Event:
        """An event from its JSON form; fields of newer workers are passed over."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in table.items() if name in known})

    @property
    def ends_job(self) -> bool:
        """Whether it is the last that is said of a job."""
        return self.event in ("idle", "died")

    def line(self) -> str:
        """The event as one JSON line."""
        return json.dumps({name: value for name, value in asdict(self).items() if value not in (None, "")}) + "\n"

    @classmethod
    def read_line(cls, line: str | bytes) -> Event | None:
        """An event from its line; None where the line holds none."""
        try:
            return cls.read(json.loads(line))
        except (ValueError, TypeError):
            return None


class Launcher(Protocol):
    """A place with a fixed number of slots, each of which runs one worker."""

    num_slots: int

    def num_threads(self, slots: int) -> int:
        """Threads of a worker that holds this many slots: fixed by the command, for sums depend on it."""

    def submit(self, order: Order) -> None:
        """Start an order; the caller counts slots and never has more orders at work than there are."""

    def wait(self, seconds: float) -> list[Event]:
        """Events since the last call, waiting for the first at most this long."""

    def stop(self) -> None:
        """Ask all workers to save and end, and end those that do not."""

    def kill(self) -> None:
        """End all workers at once."""

    def close(self) -> None:
        """Let idle workers go."""
