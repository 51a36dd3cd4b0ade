"""What a written report was made from, so that the same evidence is not drawn twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

import pandas as pd

from stepstone.core.study import Study
from stepstone.evidence.compare import Comparison
from stepstone.store.files import checksum

PAGE = "report.html"

_MARK = re.compile(rb'<meta name="evidence" content="([0-9a-f]{64})((?: [^" ]+)*)">')
_HEAD = 20_000  # bytes of a page in which its mark stands


def mark(study: Study, frame: pd.DataFrame, comparison: Comparison, files: Mapping[str, bytes]) -> str:
    """Digest of everything that a report shows, its data files among it, and of the code that shows it."""
    whole = sha256(_code())
    made = repr((comparison.settings, comparison.averages, comparison.used, comparison.unlike))
    parts = (study.model_dump_json(), repr(frame.attrs.get("run")), made, comparison.own.to_csv())
    texts = [text for name, text in files.items() if name.endswith(".csv")]
    for part in (*(one.encode() for one in parts), *texts):
        whole.update(part + b"\0")
    return whole.hexdigest()


def is_written(folder: Path, wanted: str) -> bool:
    """Whether the folder's page was made from the same, and every file that was written with it is still there."""
    try:
        with (folder / PAGE).open("rb") as file:
            found = _MARK.search(file.read(_HEAD))
    except OSError:
        return False
    if found is None or found[1].decode() != wanted:
        return False
    return all((folder / name.decode()).is_file() for name in found[2].split())


@cache
def _code() -> bytes:
    folder = Path(__file__).parent
    return "".join(checksum(path) for path in sorted(folder.iterdir()) if path.is_file()).encode()
