"""Files from the hub: whatever goes wrong on the way is one message, and no file is believed but by its digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Literal

from stepstone.core.disk import causes, refusal
from stepstone.core.errors import UserError
from stepstone.data.patience import FetchTimeoutError, http, limits
from stepstone.data.reach import mirror_folder
from stepstone.store.files import checksum

_AGAIN = "give the same command again"
_ACCESS = "a private or gated one needs a token: HF_TOKEN, or `hf auth login`"
_BETWEEN = "see HF_ENDPOINT, and what stands between this machine and the hub (a proxy, a network that asks to log in)"
# What the hub answers instead of a file, by status; in what is kept of an error the number is all that is sure.
_ANSWERS = {
    401: ("the hub does not show it (401)", f"check its name and revision; {_ACCESS}"),
    403: ("the hub does not give it to this token (403)", f"ask for access on its page; {_ACCESS}"),
    404: ("the hub has no such repository, revision or file (404)", f"check its name and revision; {_ACCESS}"),
    429: ("the hub takes no more questions for now (429)", f"{_AGAIN} later; with a token (HF_TOKEN) it takes more"),
}
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SOUND: set[tuple[str, int, int, int]] = set()
"""Path, size, time of change and inode of files whose digest was right: one is hashed once in a process."""


@contextmanager
def fetching(repository: str, kind: Literal["model", "dataset"], where: str, otherwise: str) -> Iterator[None]:
    """Files of a repository come into the hub's cache within; what comes is what the hub said it is.

    Raises:
        UserError: it is not, or did not come; `otherwise` is what also helps.
    """
    try:
        with limits() if mirror_folder(repository) is None else nullcontext():
            yield
    except UserError:
        raise
    # Whatever the libraries raise: of httpx, of their own, of JSON, of YAML.
    except Exception as error:
        _forget()
        refuse_spoilt(repository, kind)
        message, remedy = _words(error)
        raise UserError(message, where=where, remedy=f"{remedy}; or {otherwise}" if remedy else otherwise) from error
    refuse_spoilt(repository, kind)


def refuse_spoilt(repository: str, kind: Literal["model", "dataset"]) -> None:
    """Take files out of the hub's cache that have another digest than their name there, and raise UserError for them.

    The hub names a file by its sha256, or as git does; its library compares neither.
    """
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type=kind)
    spoilt = [link for link in sorted(folder.glob("snapshots/*/**/*")) if link.is_symlink() and not _is_sound(link)]
    for link in spoilt:
        link.resolve().unlink(missing_ok=True)
        (link.parent / link.readlink()).unlink(missing_ok=True)
        link.unlink(missing_ok=True)
    if spoilt:
        names = ", ".join(link.relative_to(folder / "snapshots").as_posix().partition("/")[2] for link in spoilt[:3])
        message = f"what came as {names} has another digest than the hub names; it was removed from {folder}"
        raise UserError(message, where=repository, remedy=f"{_AGAIN}; it is fetched anew")


def _is_sound(link: Path) -> bool:
    name, path = link.readlink().name, link.resolve()
    if not _DIGEST.fullmatch(name) or not path.is_file():
        return not _DIGEST.fullmatch(name)
    state = path.stat()
    seen = (str(path), state.st_size, state.st_mtime_ns, state.st_ino)
    if seen not in _SOUND:
        if (checksum(path) if len(name) == 64 else _git_digest(path, state.st_size)) != name:
            return False
        _SOUND.add(seen)
    return True


def _git_digest(path: Path, num_bytes: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.sha1(b"blob %d\0" % num_bytes, usedforsecurity=False)
        ).hexdigest()


def _words(error: BaseException) -> tuple[str, str]:
    """What went wrong, and what helps."""
    for one in causes(error):
        if isinstance(one, FetchTimeoutError):
            return str(one), one.remedy
        status = getattr(getattr(one, "response", None), "status_code", None)
        if status in _ANSWERS:
            return _ANSWERS[status]
        if isinstance(status, int) and status >= 500:
            return f"the hub fails ({status})", f"{_AGAIN} later"
        if isinstance(one, http().TimeoutException):
            return "the hub does not answer in time", f"{_AGAIN} later"
        if isinstance(one, http().TooManyRedirects):
            return "the hub sends from one address to the next without end", _BETWEEN
        # As `datasets` has it of both of these.
        if isinstance(one, ConnectionError):
            return f"the hub does not answer ({one})", f"{_AGAIN} later"
        if isinstance(one, http().TransportError):
            return f"the connection broke off ({one})", f"{_AGAIN} later"
        if type(one).__name__ in ("FileMetadataError", "JSONDecodeError"):
            return "what answers is no hub", _BETWEEN
        if "Consistency check failed" in str(one):
            return "a file came with another length than the hub has of it", _AGAIN
    found = refusal(error)
    if found is not None:
        return found.message, found.remedy
    lines = str(error.__cause__ or error).splitlines() or [type(error).__name__]
    return f"cannot be loaded ({lines[0][:200]})", ""


def _forget() -> None:
    """What the library remembers of the hub within this process, a failure among it."""
    from huggingface_hub import HfFileSystem

    HfFileSystem.clear_instance_cache()
