"""What lies in a collection of a store, `<collection>/<k2>/<key>`: no folders that are links, and no other names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stepstone.store.strict import is_key, is_try


def keys_in(collection: Path) -> list[str]:
    """Keys that have a JSON file in a collection, sorted."""
    names = ((folder, name) for folder in _below(collection) for name in _names(f"{collection}/{folder}"))
    keys = ((folder, name.removesuffix(".json")) for folder, name in names if name.endswith(".json"))
    return sorted(key for folder, key in keys if is_key(key) and key[:2] == folder)


def keys_with_tries(root: Path) -> list[str]:
    """Keys that have a folder of tries, sorted."""
    home = root / "tries"
    pairs = ((folder, key) for folder in _below(home) for key in _below(home / folder))
    return sorted(key for folder, key in pairs if is_key(key) and key[:2] == folder)


def tries_of(root: Path, key: str) -> list[Path]:
    """Folders of a key's tries, sorted."""
    home = f"tries/{key[:2]}/{key}"
    if any((root / part).is_symlink() for part in ("tries", f"tries/{key[:2]}", home)):
        return []
    return [root / home / name for name in sorted(_below(root / home)) if is_try(f"{home}/{name}", key)]


def _below(folder: Path) -> Iterator[str]:
    """Names of the folders in one that are no links; none where it is not there, or is itself a link."""
    with suppress(OSError):
        if not folder.is_symlink():
            with os.scandir(folder) as found:
                yield from [entry.name for entry in found if entry.is_dir(follow_symlinks=False)]


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - asked for by the ten thousand
    except OSError:
        return []
