"""Objects of a bucket, by name: read, listed, and written only where a condition holds. The one door to obstore.

Not through fsspec: of its file systems none writes under the condition that an object is still the one that was read.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotModifiedError, PreconditionError
from obstore.store import ObjectStore

from stepstone.store.files import replacing
from stepstone.store.objects import Content, Object, Unchanged
from stepstone.store.refused import refused
from stepstone.store.strict import MOST_BYTES

_PATIENCE = timedelta(minutes=3)
_CLIENT = {"connect_timeout": "10s", "timeout": "300s"}
_ADDRESSES = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AZURE_STORAGE_ENDPOINT",
    "AZURITE_BLOB_STORAGE_URL",
    "GOOGLE_BASE_URL",
)
_RETRIES = {"max_retries": 10, "retry_timeout": _PATIENCE}
_QUICK = {"max_retries": 1, "retry_timeout": timedelta(seconds=10)}


class CloudObjects:
    """The objects under one URL. Every method raises UserError where the store refuses or does not answer."""

    def __init__(self, store: ObjectStore, url: str) -> None:
        """Nothing is asked yet."""
        self._store = store
        self.url = url

    @classmethod
    def at(cls, url: str, *, patient: bool = True) -> CloudObjects:
        """Of a URL; `patient` says whether a connection that is cut is tried again for minutes."""
        with _as_user_error(url):
            retries: Any = _RETRIES if patient else _QUICK
            # Without encryption only where somebody wrote an address of their own so, as for a server beside them.
            own = (os.environ.get(name, "") for name in _ADDRESSES)
            options: Any = {**_CLIENT, "allow_http": any(one.startswith("http://") for one in own)}
            return cls(obstore.store.from_url(url, client_options=options, retry_config=retries), url)

    def get(self, name: str, tag: str | None = None) -> Content | None:
        """An object; None where there is none.

        Raises:
            Unchanged: it has this tag still.
        """
        with _as_user_error(self.url):
            try:
                found = obstore.get(self._store, name, options={"if_none_match": f'"{tag}"'} if tag else None)
                meta = found.meta
                # What was not written as a note need not fit into memory: without its bytes it is damaged.
                content = bytes(found.bytes()) if meta["size"] <= MOST_BYTES else b""
                return Content(content, _plain(meta["e_tag"]), meta["last_modified"].timestamp())
            except NotModifiedError:
                raise Unchanged from None
            except FileNotFoundError:
                return None

    def create(self, name: str, content: bytes) -> str | None:
        """Write an object that must not exist yet; gives its tag, or None where there is one."""
        with _as_user_error(self.url):
            try:
                return _plain(obstore.put(self._store, name, content, mode="create")["e_tag"])
            except (AlreadyExistsError, PreconditionError):
                pass
        # A write whose answer was lost on the way is tried again, and meets itself.
        found = self.get(name)
        return found.tag if found is not None and found.content == content else None

    def replace(self, name: str, content: bytes, tag: str) -> str | None:
        """Write an object in the place of one with this tag; gives the new tag, or None where it has another."""
        with _as_user_error(self.url):
            try:
                head: Any = obstore.head(self._store, name)
                if _plain(head["e_tag"]) != tag:
                    return None
                # Google's stores compare the version, the others the tag.
                mode: Any = {part: head[part] for part in ("e_tag", "version") if head[part] is not None}
                return _plain(obstore.put(self._store, name, content, mode=mode)["e_tag"])
            except (PreconditionError, AlreadyExistsError, FileNotFoundError):
                return None

    def put(self, name: str, content: bytes | Path) -> None:
        """Write an object whatever is there; a large file goes in parts."""
        with _as_user_error(self.url):
            obstore.put(self._store, name, content)

    def fetch(self, name: str, path: Path) -> None:
        """Write an object into a file, which appears when it is whole; FileNotFoundError where it is not there."""
        with _as_user_error(self.url), replacing(path) as file:
            for chunk in obstore.get(self._store, name).stream():
                file.write(chunk)

    def list(self, prefix: str) -> Iterator[Object]:
        """Objects below a folder."""
        with _as_user_error(self.url):
            for chunk in obstore.list(self._store, prefix):
                for one in chunk:
                    yield Object(one["path"], one["size"], _plain(one["e_tag"]))

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects; those that are not there are passed over."""
        for name in names:
            with _as_user_error(self.url):
                try:
                    obstore.delete(self._store, name)
                except FileNotFoundError:
                    continue

    def clock(self) -> float:
        """The time by the store's clock: that of an object that is written now."""
        name = f"clock/{secrets.token_hex(6)}"
        with _as_user_error(self.url):
            obstore.put(self._store, name, b"")
            now: float = obstore.head(self._store, name)["last_modified"].timestamp()
        self.delete([name])
        return now


@contextmanager
def _as_user_error(url: str) -> Iterator[None]:
    """What a store refuses, as a user's matter; what is not there is for the caller."""
    try:
        yield
    except (AlreadyExistsError, PreconditionError, NotModifiedError):
        raise
    except (BaseError, ValueError, OSError) as error:
        said = str(error)
        has_bucket = "NoSuchBucket" not in said and "ContainerNotFound" not in said
        # The disk's errors have a number, those of the store have none.
        if isinstance(error, OSError) and (error.errno is not None or has_bucket):
            raise
        raise refused(said, url) from error


def _plain(tag: str | None) -> str:
    """A tag without the quotes that some answers have and others have not."""
    return (tag or "").strip('"')
