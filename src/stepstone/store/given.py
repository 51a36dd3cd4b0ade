"""A store as a caller may give it: opened, by its folder or URL, or not at all."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from stepstone.core.home import STORE, expanded
from stepstone.store.address import url_of, working_copy
from stepstone.store.bucket import Bucket
from stepstone.store.check import Inspector
from stepstone.store.store import Store

AnyStore = Store | str | Path | None


def opened(given: AnyStore, inspector: Inspector | None = None) -> Store:
    """The store in a folder or under a URL; where none is named, the folder `stepstone-store`.

    `inspector` knows which files this process has hashed before.

    Raises:
        UserError: no folder can be called so, or no such URL can be opened.
    """
    if isinstance(given, Store):
        return given
    given = STORE if given is None else given
    url = url_of(given)
    if url is None:
        return Store(expanded(given), inspector=inspector)
    return Store(working_copy(url), origin=partial(Bucket, url=url), inspector=inspector)
