"""What a data set of the hub says of itself: its commit, its configurations, and the splits and rows of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stepstone.core.errors import UserError, first_line
from stepstone.data.hub import label_names, mirror_cache, named
from stepstone.data.reach import MIRROR, UNREACHABLE, is_online, mirrored

_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Look:
    """The rows of a split, the first of them where there are many; numbers of labels are their names."""

    rows: list[dict[str, Any]]
    is_whole: bool


def commit_of(repository: str, revision: str | None) -> str:
    """The commit that a branch, a tag or nothing (the main branch) stands for now; a commit stays what it is.

    Raises:
        UserError: there is no such data set or revision, or the hub cannot be asked.
    """
    if revision is not None and _COMMIT.fullmatch(revision):
        return revision
    if mirrored(repository) is not None or not is_online():
        remedy = "give the commit: --revision COMMIT"
        why = f"{MIRROR} stands for the hub" if mirrored(repository) is not None else "the hub cannot be reached"
        raise UserError(f"which commit is meant cannot be asked ({why})", where=f"--hub {repository}", remedy=remedy)
    from huggingface_hub import HfApi

    with _errors(repository):
        found = HfApi().dataset_info(repository, revision=revision).sha
    assert found is not None, "a data set has a commit"
    return found


def configs_of(repository: str, revision: str) -> list[str]:
    """Names of its configurations.

    Raises:
        UserError: there is no such data set, or it cannot be read.
    """
    path, arguments = _source(repository, revision)
    from datasets import get_dataset_config_names

    with _errors(repository):
        return list(get_dataset_config_names(path, **arguments))


def look_into(repository: str, revision: str, config: str, most: int) -> dict[str, Look]:
    """The first rows of every split of a configuration, at most so many; scripts are never run.

    Raises:
        UserError: it cannot be read.
    """
    path, arguments = _source(repository, revision)
    from datasets import disable_progress_bars, load_dataset_builder

    disable_progress_bars()
    with _errors(repository):
        builder = load_dataset_builder(path, config, **arguments)
        builder.download_and_prepare()
        found = builder.as_dataset()
    return {str(split): _look(table, most) for split, table in found.items()}


def _look(table: Any, most: int) -> Look:
    names = {column: label_names(table.features, column) for column in table.column_names}
    rows = table.select(range(min(most, len(table)))).to_list()
    for number, row in enumerate(rows):
        for column, known in names.items():
            if known:
                row[column] = named(row[column], known, f"row {number}")
    return Look(rows, len(table) <= most)


def _source(repository: str, revision: str) -> tuple[str, dict[str, Any]]:
    """Where `datasets` finds it: the folder that stands for it, or the hub at a commit."""
    folder = mirrored(repository)
    if folder is None:
        is_online()
        return repository, {"revision": revision}
    return str(folder), {"cache_dir": mirror_cache(folder)}


@contextmanager
def _errors(repository: str) -> Iterator[None]:
    """What the hub or `datasets` answers, as one message."""
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except (DatasetsError, HfHubHTTPError, OSError, ValueError, RuntimeError, KeyError) as error:
        there = mirrored(repository) is not None or is_online()
        said = f"cannot be read: {first_line(error)[:300]}" if there else UNREACHABLE
        remedy = "check its name and revision; or fetch its files, and draft from them: stepstone init FOLDER"
        raise UserError(said, where=f"--hub {repository}", remedy=remedy) from error
