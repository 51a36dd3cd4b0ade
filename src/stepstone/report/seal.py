"""What a written report was made from, so that the same evidence is not drawn twice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

_SEAL = re.compile(rb'<meta name="evidence" content="([0-9a-f]{64})((?: [^" ]+)*)">')
_HEAD = 20_000  # bytes of a page in which its seal stands


def seal(parts: Iterable[str]) -> str:
    """Digest of everything that a report shows, and of the code that shows it."""
    whole = sha256(_code())
    for part in parts:
        whole.update(part.encode() + b"\0")
    return whole.hexdigest()


def holds(page: Path, wanted: str) -> bool:
    """Whether this page was made from the same, and every file that was written with it is still there."""
    try:
        with page.open("rb") as file:
            found = _SEAL.search(file.read(_HEAD))
    except OSError:
        return False
    if found is None or found[1].decode() != wanted:
        return False
    return all((page.parent / name.decode()).is_file() for name in found[2].split())


@cache
def _code() -> bytes:
    folder = Path(__file__).parent
    return b"".join(sha256(path.read_bytes()).digest() for path in sorted(folder.iterdir()) if path.is_file())
