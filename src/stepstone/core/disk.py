"""What the system says when a file cannot be read or written, as words and a remedy, whichever library passed it on."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from typing import NamedTuple

from stepstone.core.errors import UserError

_FREE = "free space or name another folder; the same command continues"
_FOLDER = "name a folder that can be read and written"
_ALLOW = f"{_FOLDER}, or have the owner of this one allow it (chmod -R g+rwX)"
_NETWORK = "see that the disk or the network drive is there, or name another folder; the same command continues"


class Refusal(NamedTuple):
    """Why the system refuses, and what helps."""

    message: str
    remedy: str


REFUSALS = {
    errno.ENOSPC: Refusal("no space is left", _FREE),
    errno.EDQUOT: Refusal("the disk quota is used up", _FREE),
    errno.EROFS: Refusal("the file system is read-only", _FOLDER),
    errno.EACCES: Refusal("permission denied", _ALLOW),
    errno.EPERM: Refusal("permission denied", _FOLDER),
    errno.ENAMETOOLONG: Refusal("the name is too long for the file system", "give a shorter one"),
    errno.EISDIR: Refusal("a folder stands where a file is needed", "name another file"),
    errno.EEXIST: Refusal("a file stands where a folder is needed", "name another folder"),
    errno.ENOTDIR: Refusal("a file stands where a folder is needed", "name another folder"),
    errno.ELOOP: Refusal("symbolic links lead in a circle", "name the folder itself"),
    errno.EFBIG: Refusal(
        "the file would be larger than the file system or a limit allows",
        "raise the limit (ulimit -f), or name a folder on another file system",
    ),
    errno.EIO: Refusal("the disk fails (input/output error)", _NETWORK),
    errno.ESTALE: Refusal("the network drive lost the file", _NETWORK),
    errno.ETIMEDOUT: Refusal("the disk does not answer", _NETWORK),
    errno.ENXIO: Refusal("the disk is not there", _NETWORK),
    errno.ENODEV: Refusal("the disk is not there", _NETWORK),
    errno.EMFILE: Refusal("too many files are open", "raise the limit (ulimit -n), or take fewer --workers"),
    errno.ENFILE: Refusal("too many files are open on this machine", "take fewer --workers"),
    errno.ENOLCK: Refusal("the file system keeps no locks", "name a folder on a local disk"),
}
# As Rust (safetensors, tokenizers), Arrow and Python write the number of an error into a text.
_NUMBER = re.compile(r"\bOs \{ code: (\d+)|\(os error (\d+)\)|\[[Ee]rrno (\d+)\]")


def refusal(error: BaseException) -> Refusal | None:
    """What the system refused, in an error or in one that it came of; None where it was something else."""
    for one in causes(error):
        if isinstance(one, UserError):
            return None
        number = one.errno if isinstance(one, OSError) else _number_in(str(one))
        if number in REFUSALS:
            return REFUSALS[number]
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came of, also where somebody said that these do not matter."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _number_in(text: str) -> int | None:
    found = _NUMBER.search(text)
    return int(next(filter(None, found.groups()))) if found else None
