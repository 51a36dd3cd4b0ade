"""What a written report was made from, so that the same evidence is neither compared nor drawn twice."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from stepstone.core.study import Study
from stepstone.evidence.attached import attached
from stepstone.planning.plan import Plan
from stepstone.store.files import storage_errors, write_atomically
from stepstone.store.known import state_of
from stepstone.store.store import Store

if TYPE_CHECKING:
    # Both open pandas and scipy, which take longer than to see that a report is current.
    import pandas as pd

    from stepstone.evidence.compare import Comparison

PAGE = "report.html"
MADE_OF = "made_of.json"

_MARK = re.compile(rb'<meta name="evidence" content="([0-9a-f]{64})((?: [^" ]+)*)">')
_HEAD = 20_000  # bytes of a page in which its mark stands


def made_of(plan: Plan, store: Store, there: Mapping[str, str] = MappingProxyType({})) -> str:
    """Digest of all that a report of the plan is made of: the program, the study, and every record that is there.

    Records are known by their digests, so that nothing is read that did not change (`Store.digest`). Where one is
    missing, the page may say why: that last try's failure, or that the store has another record of its label.
    `there` has digests by key that were looked up just now.
    """
    whole = sha256(_program())
    for part in _parts(plan, store, there):
        whole.update(part.encode() + b"\0")
    store.keep_known()
    return whole.hexdigest()


def _parts(plan: Plan, store: Store, there: Mapping[str, str]) -> Iterator[str]:
    yield plan.study.model_dump_json()
    yield repr((plan.notes, plan.claims, plan.requested, plan.texts, plan.catalogue.folders))
    missing = []
    for key, stage in plan.stages.items():
        digest = there.get(key) or store.digest(key)
        missing += [] if digest else [key]
        yield f"{stage.label}\0{key}\0{digest}"
    if missing:
        yield repr([store.failure(key) for key in missing])
        yield repr(store.keys())


def is_current(folder: Path, digest: str) -> bool:
    """Whether the report in a folder was made of this, and none of its files has changed since."""
    try:
        found = json.loads((folder / MADE_OF).read_bytes())
        files = found["files"].items()
        return bool(found["made_of"] == digest and all(state_of(folder / name) == state for name, state in files))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def note_current(folder: Path, digest: str) -> None:
    """Write down what the report in a folder was made of, as `made_of` gave it before anything was collected.

    Raises:
        UserError: the folder cannot be written.
    """
    names = [PAGE, *_files(folder)]
    found = {"made_of": digest, "files": {name: state_of(folder / name) for name in names}}
    with storage_errors(folder):
        write_atomically(folder / MADE_OF, json.dumps(found, indent=1) + "\n")


def mark(study: Study, frame: pd.DataFrame, comparison: Comparison, files: Mapping[str, bytes]) -> str:
    """Digest of everything that a report shows, its data files among it, and of the code that shows it."""
    whole = sha256(_program())
    made = repr((comparison.settings, comparison.averages, comparison.used, comparison.unlike))
    parts = (study.model_dump_json(), repr(attached(frame, "run", None)), made, comparison.own.to_csv())
    texts = [text for name, text in files.items() if name.endswith((".csv", ".toml"))]
    for part in (*(one.encode() for one in parts), *texts):
        whole.update(part + b"\0")
    return whole.hexdigest()


def is_written(folder: Path, wanted: str) -> bool:
    """Whether the folder's page was made from the same, and every file that was written with it is still there."""
    found = _mark(folder)
    return found is not None and found[0] == wanted and all((folder / name).is_file() for name in found[1:])


def _files(folder: Path) -> list[str]:
    """The files that were written with the folder's page."""
    return (_mark(folder) or [])[1:]


def _mark(folder: Path) -> list[str] | None:
    """What the folder's page was made from, then the files that were written with it; None where there is none."""
    try:
        with (folder / PAGE).open("rb") as file:
            found = _MARK.search(file.read(_HEAD))
    except OSError:
        return None
    return b"".join(found.groups()).decode().split() if found else None


@cache
def _program() -> bytes:
    """Digest of every file of the program."""
    whole, program = sha256(), str(Path(__file__).parents[1])
    # Texts, not Paths: of a thousand files these take longer to make than the files to read.
    found = (f"{folder}/{name}" for folder, _, names in os.walk(program) for name in names)
    for path in sorted(name for name in found if not name.endswith(".pyc")):
        with suppress(FileNotFoundError), open(path, "rb") as file:  # noqa: PTH123 - an editor's link may lead nowhere
            whole.update(path.removeprefix(program).encode() + b"\0" + file.read())
    return whole.digest()
