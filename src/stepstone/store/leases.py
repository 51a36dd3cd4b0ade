"""Who is at a stage: a lease that its process renews while it lives, and that anybody takes over when it does not.

Only what file systems and object stores promise is used: creating a note that must not exist yet, and their clock. As
clocks are set, what was renewed in the future, or by a process that runs here, is void once it was watched for a term.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from stepstone.core.errors import UserError
from stepstone.store.notes import Note, Notes
from stepstone.store.strict import IntegrityError, is_key, parse_json

TERM = 60.0
"""Seconds that a lease holds after it was renewed."""
_BEATS = 6  # renewals in a term


class Lease(NamedTuple):
    """A note `<key>.<number>`; of several of one key the highest number is the latest."""

    key: str
    number: int

    @property
    def name(self) -> str:
        """What the note is called."""
        return f"{self.key}.{self.number}"


class Leases:
    """The leases that are noted in one place, and those that this process holds."""

    def __init__(self, notes: Notes) -> None:
        """Nothing is held."""
        self._notes = notes
        self._held: set[Lease] = set()
        self._lock = threading.Lock()
        self._beating = False
        self._ahead, self._measured = 0.0, float("-inf")
        self._watched: dict[Lease, tuple[float, float]] = {}

    def take(self, key: str, attempt: str) -> Lease | None:
        """The lease of a key for a try of this name; None where somebody else holds it."""
        earlier = list(self._of(key))
        if any(map(self._is_held, earlier)):
            return None
        lease = Lease(key, 1 + max((lease.number for lease in earlier), default=0))
        pid = os.getpid()
        note = {"machine": _machine(), "pid": pid, "started": _state(pid)[1], "try": attempt, "seconds": TERM}
        if not self._notes.create(lease.name, json.dumps(note).encode()):
            return None
        self._hold(lease)
        # Whoever looked before this note was there may have made another: then neither goes on.
        if any(self._is_held(other) for other in self._of(key) if other != lease):
            self._withdraw(lease)
            return None
        return lease

    def release(self, lease: Lease) -> None:
        """Let a lease go, and those that it took over."""
        # Numbers begin anew once all notes are gone: where this one's term ended, a lower one may be another's by now.
        for one in sorted(self._of(lease.key)):
            if one.number < lease.number and not self._is_held(one):
                self._notes.remove(one.name)
        self._withdraw(lease)

    def _withdraw(self, lease: Lease) -> None:
        """Take away this note alone."""
        with self._lock:
            self._held.discard(lease)
        self._notes.remove(lease.name)

    def held(self, known: Container[str] = frozenset()) -> set[str]:
        """Keys that somebody is at, this process among them; of those that are `known` no note is read."""
        return {lease.key for lease in self._of() if lease.key not in known and self._is_held(lease)}

    def holds(self, key: str, attempt: str) -> bool:
        """Whether somebody is at this try of a key; what does not say which try it is for may be for any."""
        return any(self._said(lease).get("try", attempt) == attempt for lease in self._of(key) if self._is_held(lease))

    def _of(self, key: str | None = None) -> Iterator[Lease]:
        for name in self._notes.names(key):
            found, _, number = name.partition(".")
            if is_key(found) and number.isdecimal() and key in (None, found):
                yield Lease(found, int(number[:9]))

    def _is_held(self, lease: Lease) -> bool:
        """Whether it was renewed within its term, and its process was not seen to have ended."""
        note = self._notes.find(lease.name)
        if note is None:
            return False
        said = _said(note)
        process = _process(said)
        if process == "gone":
            return False
        term = said.get("seconds", TERM)
        term = min(float(term), TERM) if isinstance(term, int | float) else TERM
        age = self._age(note, term)
        if 0 <= age <= term:
            return True
        # Its clock, or ours, was set: it is held for as long as it would be that was renewed when it was first seen so.
        return (age < 0 or process == "running") and self._unchanged(lease, note) <= term

    def _unchanged(self, lease: Lease, note: Note) -> float:
        """Seconds for which a note was seen here, not renewed."""
        renewed, since = self._watched.get(lease, (note.renewed, time.monotonic()))
        if renewed != note.renewed:
            since = time.monotonic()
        self._watched[lease] = (note.renewed, since)
        return time.monotonic() - since

    def _said(self, lease: Lease) -> dict[str, Any]:
        note = self._notes.find(lease.name)
        return _said(note) if note is not None else {}

    def _age(self, note: Note, term: float) -> float:
        """Seconds since a note was renewed, by the clock that stamps the notes: another machine's, perhaps, and set."""
        age = time.monotonic() + self._ahead - note.renewed
        if not 0 <= age <= term and time.monotonic() - self._measured > TERM / _BEATS:
            self._measured, now = time.monotonic(), time.time()
            with suppress(OSError):
                now = self._notes.clock()
            self._ahead = now - time.monotonic()
            age = time.monotonic() + self._ahead - note.renewed
        return age

    def _hold(self, lease: Lease) -> None:
        with self._lock:
            self._held.add(lease)
            if not self._beating:
                self._beating = True
                threading.Thread(target=self._beat, daemon=True, name="leases").start()

    def _beat(self) -> None:
        """Renew what is held until nothing is."""
        while True:
            time.sleep(TERM / _BEATS)
            with self._lock:
                held = list(self._held)
                if not held:
                    self._beating = False
                    return
            for lease in held:
                # A network that is gone for a moment: the next renewal may come through, or the term ends.
                with suppress(OSError, UserError):
                    self._notes.renew(lease.name)


def _said(note: Note) -> dict[str, Any]:
    try:
        said = parse_json(note.content)
    except IntegrityError:
        return {}
    return said if isinstance(said, dict) else {}


@cache
def _machine() -> str:
    """This boot of this machine and the space of its process numbers; empty where that is not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - it is no path
    except OSError:
        return ""


def _process(said: Mapping[str, Any]) -> Literal["running", "stopped", "gone", "unknown"]:
    """What became of a lease's process, where it is one of this machine."""
    pid = said.get("pid")
    if said.get("machine") != _machine() or not _machine() or type(pid) is not int:
        return "unknown"
    state, started = _state(pid)
    if state in ("", "Z", "X") or said.get("started", started) != started:
        return "gone"
    return "stopped" if state in ("T", "t") else "running"


def _state(pid: int) -> tuple[str, str]:
    """State of a process of this machine, and when it began, counted from the boot, which nobody sets; empty: none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], fields[19]
