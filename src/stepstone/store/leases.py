"""Who is at a stage: a lease that its process renews while it lives, and that anybody takes over when it does not.

Only what a shared file system promises is used: creating a file that must not exist yet, and its clock.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from stepstone.store.strict import Damage, is_key, parse_json, read_regular

TERM = 60.0
"""Seconds that a lease holds after it was renewed."""
_BEATS = 6  # renewals in a term
_MOST_BYTES = 10_000


class Lease(NamedTuple):
    """A file `leases/<key>.<number>`; of several of one key the highest number is the latest."""

    key: str
    number: int
    path: Path


class Leases:
    """The leases under a root, and those that this process holds."""

    def __init__(self, root: Path) -> None:
        """Nothing is held."""
        self._folder = root / "leases"
        self._held: set[Path] = set()
        self._lock = threading.Lock()
        self._beating = False
        self._ahead: float | None = None

    def take(self, key: str, attempt: str) -> Lease | None:
        """The lease of a key for a try of this name; None where somebody else holds it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        earlier = list(self._of(key))
        if any(map(self._is_held, earlier)):
            return None
        number = 1 + max((lease.number for lease in earlier), default=0)
        lease = Lease(key, number, self._folder / f"{key}.{number}")
        note = {"machine": _machine(), "pid": os.getpid(), "try": attempt, "seconds": TERM}
        try:
            with lease.path.open("x") as file:
                file.write(json.dumps(note))
        except FileExistsError:
            return None
        self._hold(lease.path)
        # Whoever looked before this file was there may have made another: then neither goes on.
        if any(self._is_held(other) for other in self._of(key) if other != lease):
            self.release(lease)
            return None
        return lease

    def release(self, lease: Lease) -> None:
        """Let a lease go, and those that it took over."""
        with self._lock:
            self._held.discard(lease.path)
        for one in sorted(self._of(lease.key), key=lambda one: one.number):
            if one.number < lease.number:
                one.path.unlink(missing_ok=True)
        lease.path.unlink(missing_ok=True)

    def held(self) -> set[str]:
        """Keys that somebody is at, this process among them."""
        return {lease.key for lease in self._of() if self._is_held(lease)}

    def holds(self, key: str, attempt: str) -> bool:
        """Whether somebody is at this try of a key; what does not say which try it is for may be for any."""
        return any(self._note(lease).get("try", attempt) == attempt for lease in self._of(key) if self._is_held(lease))

    def _of(self, key: str | None = None) -> Iterator[Lease]:
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - asked for again and again
        except OSError:
            return
        for name in names:
            found, _, number = name.partition(".")
            if is_key(found) and number.isdecimal() and key in (None, found):
                yield Lease(found, int(number[:9]), self._folder / name)

    def _is_held(self, lease: Lease) -> bool:
        """Whether it was renewed within its term, and its process was not seen to have ended."""
        try:
            renewed = os.lstat(lease.path).st_mtime
        except OSError:
            return False
        note = self._note(lease)
        term = note.get("seconds", TERM)
        term = min(float(term), TERM) if isinstance(term, int | float) else TERM
        # What was renewed in the future comes from another clock, and would be held for ever.
        if abs(self._now() - renewed) > term:
            return False
        return note.get("machine") != _machine() or _is_running(note.get("pid"))

    def _note(self, lease: Lease) -> dict[str, Any]:
        try:
            note = parse_json(read_regular(lease.path, _MOST_BYTES))
        except (OSError, Damage):
            return {}
        return note if isinstance(note, dict) else {}

    def _now(self) -> float:
        """The time by the clock that stamps the files, which may be another machine's."""
        if self._ahead is None:
            probe = self._folder / f".now-{secrets.token_hex(6)}"
            self._ahead = 0.0
            with suppress(OSError):
                probe.touch()
                self._ahead = probe.stat().st_mtime - time.time()
                probe.unlink()
        return time.time() + self._ahead

    def _hold(self, path: Path) -> None:
        with self._lock:
            self._held.add(path)
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
            for path in held:
                with suppress(OSError):
                    os.utime(path)


@cache
def _machine() -> str:
    """This boot of this machine and the space of its process numbers; empty where that is not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - it is no path
    except OSError:
        return ""


def _is_running(pid: Any) -> bool:
    """Whether a process of this machine is there; where machines are not known, it may be."""
    if not _machine() or type(pid) is not int or not 0 < pid < 2**31:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
