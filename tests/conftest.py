"""Fixtures that every test may ask for: the shared material, skipped visibly where it is absent."""

from __future__ import annotations

import functools
import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from hypothesis import settings

# A busy machine is no failing property.
settings.register_profile("stepstone", deadline=None, max_examples=50)
settings.load_profile("stepstone")

# In the background of a script a process ignores Ctrl-C and hands that on; the tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


# At the end, one process would run them while the others wait; what those of whole/ compare with, the first makes.
FIRST = [
    "whole/test_study.py",
    "lab/test_surface_tags.py",
    "whole/test_slurm.py",
    "whole/test_kill.py",
    "data/test_shared.py",
    "lab/test_surface.py",
    "lab/test_write.py",
    "whole/test_seal.py",
    "pipeline/test_run.py",
    "report/test_page.py",
    "sealing/test_verify.py",
    "stages/test_translator_noise.py",
    "pipeline/test_own.py",
    "whole/test_probes.py",
    "whole/test_every_task.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first."""
    order = {Path(__file__).parent / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path, len(FIRST)))


def pytest_collection_finish() -> None:
    """Modules and tests live to the end: what collects garbage need not look through them again and again."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _parser_is_built_once() -> Iterator[None]:
    """In a process of its own a verb builds the parser of all verbs once; a hundred tests in one would each do so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture
def nothing_hangs() -> Iterator[None]:
    """What waits for ever fails instead."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("hangs"))
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session", autouse=True)
def _unsynced() -> Iterator[None]:
    """Stores of tests need not outlive a loss of power, and waiting for the disk would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


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


@pytest.fixture(scope="session")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one call of pytest have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def lab_cache(common: Path) -> Path:
    """Where the lab's files are written once for all tests that train on them; who writes one locks it."""
    return common / "lab-cache"


@pytest.fixture(scope="session")
def in_process() -> Any:
    """A launcher without the seconds that a worker takes to open torch, for what is not about processes."""
    from here import Here  # torch is imported only by the tests that ask for it

    return Here()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny real encoder with its tokenizer."""
    from tiny import write_tiny  # torch is imported only by the tests that ask for it

    return write_tiny(tmp_path_factory.mktemp("tiny"))
