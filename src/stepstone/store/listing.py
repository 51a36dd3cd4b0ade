"""Which notes a bucket has: listed in one go where they are few, and otherwise 256 parts of them, several at a time."""

from __future__ import annotations

from itertools import islice

from stepstone.store.objects import Object, Objects, map_in_order
from stepstone.store.strict import is_key

_FEW = 3000
"""Names that are listed one page after the other: three of them."""


def list_notes(objects: Objects, collection: str) -> dict[str, str]:
    """The tag of every note `<collection>/<k2>/<key>.json`, by key; what has another name is none of them."""
    found = list(islice(objects.list(collection), _FEW))
    if len(found) == _FEW:
        found = [one for part in _parts(objects, collection) for one in part]
    return {key: one.tag for one in found if (key := _key(one.name, collection)) is not None}


def _parts(objects: Objects, collection: str) -> list[list[Object]]:
    return map_in_order(lambda part: list(objects.list(f"{collection}/{part:02x}")), range(256))


def _key(name: str, collection: str) -> str | None:
    """The key of a note by its name."""
    key = name.rpartition("/")[2].removesuffix(".json")
    return key if is_key(key) and name == f"{collection}/{key[:2]}/{key}.json" else None
