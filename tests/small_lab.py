"""The lab with a few rows of each split, for what reads no more: they are the same however many follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from stepstone.lab import write
from stepstone.lab.files import own


@contextmanager
def small_lab(num_rows: int = 60) -> Iterator[None]:
    """While it lasts, no split of the lab has more rows; what it writes belongs into a cache of its own."""
    twins = write.twin_of

    def small(task: str, split: str) -> Any:
        twin = twins(task, split)
        return replace(twin, sizes={split: min(num, num_rows) for split, num in twin.sizes.items()})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "twin_of", small)
        patch.setattr(own, "SIZES", dict.fromkeys(own.SIZES, num_rows // 2))
        patch.setattr(write, "NUM_DOCUMENTS", num_rows // 2)
        yield
