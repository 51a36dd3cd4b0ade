"""Under what a stage ran: versions and hardware. Part of a record, never of a key."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from stepstone.core.version import __version__

LIBRARIES = ("torch", "transformers", "tokenizers", "numpy", "datasets")


@cache
def provenance() -> dict[str, str]:
    """Versions of Stepstone, of the libraries that compute and of Python, and the processor of this machine."""
    found = {name: version(name) for name in LIBRARIES}
    place = {"python": platform.python_version(), "machine": platform.machine(), "processor": _processor()}
    return {"stepstone": __version__, **found, **place}


def _processor() -> str:
    """What kind it is: processors that sum in another order give other last bits."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
