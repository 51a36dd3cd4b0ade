"""What is at work on a store, as its workers write it down: for a person to read, and nothing is decided by it.

One small file a stage, `working/<k2>/<key>.json`, that is written over every few seconds and gone with the stage. That
of a worker that was killed stays and is passed over, for its try is no longer held.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stepstone.core.version import __version__
from stepstone.store.store import Store
from stepstone.store.strict import IntegrityError, parse_json, read_regular

# Seconds between two writings.
INTERVAL = 3.0
_MOST_BYTES = 10_000


@dataclass
class RunningStage:
    """A stage at work: since when and until when it was seen (seconds since 1970), by whom, and how far it is.

    `version` is that of Stepstone.
    """

    key: str
    label: str
    host: str
    pid: int
    began: float
    seen: float
    doing: str = ""
    step: int | None = None
    num_steps: int | None = None
    loss: float | None = None
    tokens_per_second: float | None = None
    version: str = ""


class ProgressWriter:
    """Writes down how far a stage is, from the events that it reports, while it is entered."""

    def __init__(self, root: Path, key: str, label: str) -> None:
        now = time.time()
        self.working = RunningStage(key, label, socket.gethostname(), os.getpid(), now, now, version=__version__)
        self._written = time.monotonic()
        self.path = _path(root, key)

    def __enter__(self) -> Self:
        """Begin."""
        self._write()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Take it away."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take in an event; it is written down where the last writing is some seconds ago, or what is done is new."""
        working = self.working
        if event["event"] == "phase":
            working.doing, working.step, working.num_steps = str(event["message"]), None, None
        elif event["event"] == "progress":
            working.doing = "training"
            for name in ("step", "num_steps", "loss", "tokens_per_second"):
                setattr(working, name, event.get(name))
            if time.monotonic() - self._written < INTERVAL:
                return
        else:
            return
        working.seen, self._written = time.time(), time.monotonic()
        self._write()

    def _write(self) -> None:
        """Replace the note, without waiting for the disk as `write_atomically` does: in seconds it is written anew."""
        # A disk that is full, or a store that is gone, is for the stage itself to stumble on.
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_suffix(f".{self.working.pid}")
            beside.write_text(json.dumps(asdict(self.working)), encoding="utf-8")
            beside.replace(self.path)


def find_working(store: Store) -> Iterator[RunningStage]:
    """What is at work on this machine or on one that shares the store, the longest first."""
    found = [one for path in store.root.glob("working/??/*.json") if (one := _read(path)) is not None]
    for one in sorted(found, key=lambda one: one.began):
        if any(store.is_live(folder) for folder in store.tries(one.key)):
            yield one


def _read(path: Path) -> RunningStage | None:
    known = {field.name for field in fields(RunningStage)}
    try:
        table = parse_json(read_regular(path, _MOST_BYTES))
        one = RunningStage(**{name: table[name] for name in known if name in table})
        return one if one.key == path.stem and isinstance(one.began, float) and isinstance(one.seen, float) else None
    except (OSError, IntegrityError, TypeError, AttributeError):
        return None


def _path(root: Path, key: str) -> Path:
    return root / "working" / key[:2] / f"{key}.json"
