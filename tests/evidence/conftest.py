"""The synthetic study that the tests of evidence are made on."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    name = "stepstone_tests_synthetic"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("synthetic.py"))
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    """Worlds with known effects, told by real records in a real store."""
    return _load()


@pytest.fixture(scope="session", autouse=True)
def _unsynced() -> Iterator[None]:
    """These stores need not outlive a loss of power, and waiting for the disk would take nine tenths of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _little_garbage() -> None:
    """Holm's correction in statsmodels collects garbage at every call: what is imported by now is left out of that."""
    gc.freeze()
