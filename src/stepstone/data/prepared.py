"""Tables of the hub, prepared by `datasets` once for a repository, a commit and what is asked of it, in its cache."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.value import digest
from stepstone.data.fetched import fetching, refuse_spoilt
from stepstone.data.reach import UNREACHABLE, is_online, mirror_folder
from stepstone.store.made import is_made, made

_WORK = "work"
_FETCH = "`stepstone data get` fetches it where there is a network (docs/data.md)"


class HubUnreachableError(UserError):
    """A table that is not in the hub's cache, where the hub cannot be asked."""


def tables(
    repository: str, revision: str, formats: Sequence[str], where: str, otherwise: str, **asked: Any
) -> dict[str, Any]:
    """The splits of a configuration as `datasets` holds them; what was prepared before takes no network.

    `datasets` itself would take whatever commit was prepared last where the hub does not answer.

    Args:
        repository: OWNER/NAME.
        revision: a commit; a branch stays what it was when it was fetched.
        formats: file formats that it may be of; none: any.
        where: whom a message is about.
        otherwise: what else helps.
        asked: name or data_files of `load_dataset_builder`.

    Raises:
        UserError: it cannot be fetched or read.
    """
    from datasets import disable_progress_bars, load_from_disk

    disable_progress_bars()
    folder = _folder(repository, revision, formats, asked)
    if mirror_folder(repository) is None and not is_made(folder) and not is_online():
        raise HubUnreachableError(UNREACHABLE, remedy=f"{_FETCH}; or {otherwise}")
    with fetching(repository, "dataset", where, otherwise):
        files = made(folder, partial(_prepare, repository, revision, formats, where, otherwise, asked))
        return dict(load_from_disk(str(files)))


def _prepare(
    repository: str,
    revision: str,
    formats: Sequence[str],
    where: str,
    otherwise: str,
    asked: Mapping[str, Any],
    into: Path,
) -> None:
    from datasets import load_dataset_builder

    mirror = mirror_folder(repository)
    source = (repository, revision) if mirror is None else (str(mirror), None)
    builder = load_dataset_builder(source[0], revision=source[1], cache_dir=str(into / _WORK), **asked)
    if formats and builder.name not in formats:
        raise UserError(f"is {builder.name}, not {formats[0]}", where=where, remedy=otherwise)
    builder.download_and_prepare()
    # Before anything of it is kept: what is said of a file is not compared by whoever fetched it.
    refuse_spoilt(repository, "dataset")
    builder.as_dataset().save_to_disk(str(into))
    shutil.rmtree(into / _WORK)


def _folder(repository: str, revision: str, formats: Sequence[str], asked: Mapping[str, Any]) -> Path:
    """Where it is kept; another place as soon as any file of a folder that stands for the hub is another."""
    from datasets import config

    mirror = mirror_folder(repository)
    found = sorted(mirror.rglob("*")) if mirror is not None else []
    files = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in found if path.is_file()]
    name = digest([repository, revision, list(formats), dict(asked), [list(file) for file in files]])
    return Path(config.HF_DATASETS_CACHE) / f"stepstone-{name[:32]}"
