"""Files of a model on the hub at a pinned revision, fetched once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from stepstone.core.errors import UserError
from stepstone.data.reach import UNREACHABLE, is_online, mirrored

# Weights in pickle (*.bin, *.pt) are never fetched.
PATTERNS = ("*.json", "*.safetensors", "*.model", "vocab.txt", "merges.txt")


def download(repository: str, revision: str, table: str, patterns: Sequence[str] = PATTERNS) -> Path:
    """The folder that the files are in: the hub's cache, or the folder that stands for the repository.

    Raises:
        UserError: they cannot be fetched; `table` is that of the study which may name a folder instead.
    """
    folder = mirrored(repository)
    if folder is not None:
        return folder
    online = is_online()
    try:
        found = snapshot_download(
            repository, revision=revision, allow_patterns=list(patterns), local_files_only=not online
        )
        return Path(found)
    except (OSError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise UserError(
            f"cannot be fetched at revision {revision} ({type(error).__name__})" if online else UNREACHABLE,
            where=repository,
            remedy=f'download it where there is a network and name its folder: [{table}] folder = "..."',
        ) from error
