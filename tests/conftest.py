"""Fixtures that every test may ask for: the shared material, skipped visibly where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def _shared(part: str) -> Path:
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("STEPSTONE_SHARED", root.parent / "shared")) / part
    if not folder.is_dir():
        pytest.skip(f"no shared material at {folder}; set STEPSTONE_SHARED to the folder that holds {part}/")
    return folder


@pytest.fixture(scope="session")
def shared_golden() -> Path:
    """The folder of the official scorers' cases."""
    return _shared("golden")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data samples."""
    return _shared("data")
