"""Stores that are named by a URL: an object store's bucket and a prefix in it, with a working copy on this machine."""

from __future__ import annotations

import hashlib
import os
import re
from importlib.util import find_spec
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.home import expanded

SCHEMES = {"s3": "s3", "gs": "gcs", "az": "azure"}
"""The extra that each scheme needs."""
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/{1,2}([^/]*)/*(.*)\Z")


def url_of(given: str | Path) -> str | None:
    """The URL that is meant, in one spelling; None where it is a folder.

    Raises:
        UserError: nothing of that scheme can be opened, no bucket is named, or what opens it is not installed.

    >>> url_of("stores/mine") is None
    True
    """
    found = _URL.match(str(given))
    if found is None or (isinstance(given, str) and "://" not in given):
        return None
    scheme, bucket, prefix = found[1].lower(), found[2], found[3].strip("/")
    known = ", ".join(f"{one}://BUCKET/PREFIX" for one in SCHEMES)
    if scheme not in SCHEMES:
        raise UserError(f"no store is opened by {scheme}://", where=str(given), remedy=f"name a folder, or {known}")
    if not bucket:
        raise UserError("names no bucket", where=str(given), remedy=f"write {scheme}://BUCKET/PREFIX")
    if find_spec("obstore") is None:
        lacking = "an object store needs the package obstore, which is not installed"
        raise UserError(lacking, where=str(given), remedy=f"pip install 'stepstone[{SCHEMES[scheme]}]'")
    return "/".join(part for part in (f"{scheme}://{bucket}", prefix) if part)


def working_copy(url: str) -> Path:
    """The folder of this machine that goes with a URL: below STEPSTONE_CACHE, or the user's folder for such things."""
    cache = os.environ.get("STEPSTONE_CACHE")
    home = expanded(cache) if cache else expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "stepstone"
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", url)[:60]
    return home / f"{name}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
