"""Why nothing may be computed on a node, whichever launcher came there: what any job would meet is said once."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from stepstone.core.version import __version__
from stepstone.launchers.gpus import gpus_of_kernel
from stepstone.store.provenance import LIBRARIES


def find_unfit(version: str, here: Path, folders: Sequence[Path], data: str, gpus: float) -> str:
    """Why a worker cannot run on this machine as on the driver's; empty: it can.

    Args:
        version: the driver's of Stepstone.
        here: the folder in which the command was given.
        folders: those of data.
        data: their `fingerprint` on the driver's machine.
        gpus: of a worker, as they were asked for.
    """
    if version != __version__:
        return f"has Stepstone {__version__}, and the run is of {version}"
    lacking = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if lacking:
        return f"lacks {', '.join(lacking)} in the Python that runs Stepstone there"
    if gpus and not gpus_of_kernel():
        return "promises a GPU, and has none"
    unseen = [str(path) for path in (here, *folders) if not path.is_dir()]
    if unseen:
        return f"does not see {', '.join(unseen)}"
    if fingerprint(folders) != data:
        return f"has other files, or of other sizes, in {', '.join(map(str, folders))} than the driver"
    return ""


def describe_misfit(error: ValidationError) -> str:
    """What is wrong where an order cannot be read: the run's Stepstone has other fields than this one."""
    return f"has another Stepstone, {__version__}, than the run: {error.title} has other fields"


def fingerprint(folders: Sequence[Path]) -> str:
    """sha256 over names and sizes of all files of data folders: what is cheap to compare between machines."""
    found = sha256()
    for folder in folders:
        files = (
            (path.relative_to(folder).as_posix(), path.stat().st_size) for path in folder.rglob("*") if path.is_file()
        )
        found.update(json.dumps(sorted(files)).encode())
    return found.hexdigest()
