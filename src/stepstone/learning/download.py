"""Files of a model on the hub at a pinned revision, fetched once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from stepstone.core.errors import UserError
from stepstone.data.fetched import fetching
from stepstone.data.model_folder import ENCODER_FILES
from stepstone.data.reach import UNREACHABLE, is_online, mirror_folder


def download(repository: str, revision: str, table: str, patterns: Sequence[str] = ENCODER_FILES) -> Path:
    """The folder that the files are in: the hub's cache, or the folder that stands for the repository.

    Raises:
        UserError: they cannot be fetched; `table` is that of the study which may name a folder instead.
    """
    folder = mirror_folder(repository)
    if folder is not None:
        return folder
    online = is_online()
    name_it = f'name a folder that holds it: [{table}] folder = "..."'
    with fetching(repository, "model", f"{repository}@{revision}", name_it):
        try:
            found = snapshot_download(
                repository, revision=revision, allow_patterns=list(patterns), local_files_only=not online
            )
        except LocalEntryNotFoundError as error:
            if online:
                raise
            remedy = f"`stepstone data get` fetches it where there is a network; or {name_it}"
            raise UserError(UNREACHABLE, where=repository, remedy=remedy) from error
    return Path(found)
