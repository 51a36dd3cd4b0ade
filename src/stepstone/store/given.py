"""A store as a caller may give it: opened, by its folder, or not at all."""

from __future__ import annotations

from pathlib import Path

from stepstone.core.home import STORE, expanded
from stepstone.store.store import Store

AnyStore = Store | str | Path | None


def opened(given: AnyStore) -> Store:
    """The store in a folder; where none is named, the folder `stepstone-store`.

    Raises:
        UserError: no folder can be called so.
    """
    return given if isinstance(given, Store) else Store(expanded(STORE if given is None else given))
