"""A second process of this program, in which a part of a large study's evidence and report is made beside the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import IO

from stepstone.core.cores import num_cores

FEWEST = 2000  # cells of a study from which on it saves more than the second that its start takes
_COUNT = 8  # bytes that say how long a message is


def pays(num_cells: int) -> bool:
    """Whether a study is so large, and this machine such, that a second process saves time."""
    return num_cells >= FEWEST and num_cores() > 1


class SecondProcess:
    """A module of this program at work beside this process; it answers one question after the other.

    It ends with the `with` block, or with this process. Where it cannot be started, or ends before it has answered, the
    answer raises OSError: whoever asked does the work here, and finds what is wrong with it.
    """

    def __init__(self, module: str) -> None:
        """Name the module, which calls `serve_requests` where it is run."""
        self._command = (sys.executable, "-m", module)
        self._process: subprocess.Popen[bytes] | None = None
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> SecondProcess:
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        with suppress(OSError):
            # A session of its own: Ctrl-C reaches this process alone, which then ends it.
            self._process = subprocess.Popen(
                self._command, stdin=pipe, stdout=pipe, stderr=nothing, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pool.shutdown(cancel_futures=True)

    def ask(self, question: bytes) -> Future[bytes]:
        """Hand a question over; nobody waits but who asks for the result."""
        return self._pool.submit(self._ask, question)

    def _ask(self, question: bytes) -> bytes:
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise BrokenPipeError("no second process could be started")
        _write(self._process.stdin, question)
        found = _read(self._process.stdout)
        if found is None:
            raise BrokenPipeError("the second process ended")
        return found


def serve_requests(reply: Callable[[bytes], bytes]) -> None:
    """In the second process: reply to every question, until there are no more."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    while (question := _read(questions)) is not None:
        _write(answers, reply(question))


def _write(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_COUNT, "big"))
    pipe.write(message)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes | None:
    """The next message; None where the other side ended before it was whole."""
    num = int.from_bytes(pipe.read(_COUNT), "big")
    message = pipe.read(num)
    return message if num and len(message) == num else None
