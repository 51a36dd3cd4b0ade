"""What a data set of the hub says of itself: its commit, its configurations, and the splits and rows of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from stepstone.core.errors import UserError
from stepstone.data.fetched import fetching
from stepstone.data.hub import label_names, named_label
from stepstone.data.prepared import tables
from stepstone.data.reach import MIRROR, UNREACHABLE, is_online, mirror_folder

_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_OTHERWISE = "check its name and revision; or fetch its files, and draft from them: stepstone init FOLDER"


@dataclass(frozen=True)
class SplitPreview:
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
    if mirror_folder(repository) is not None or not is_online():
        remedy = "give the commit: --revision COMMIT"
        why = f"{MIRROR} stands for the hub" if mirror_folder(repository) is not None else "the hub cannot be reached"
        raise UserError(f"which commit is meant cannot be asked ({why})", where=f"--hub {repository}", remedy=remedy)
    from huggingface_hub import HfApi

    with fetching(repository, "dataset", f"--hub {repository}", _OTHERWISE):
        found = HfApi().dataset_info(repository, revision=revision).sha
    assert found is not None, "a data set has a commit"
    return found


def configs_of(repository: str, revision: str) -> list[str]:
    """Names of its configurations.

    Raises:
        UserError: there is no such data set, or it cannot be read.
    """
    folder = mirror_folder(repository)
    if folder is None and not is_online():
        raise UserError(UNREACHABLE, where=f"--hub {repository}", remedy=_OTHERWISE)
    from datasets import get_dataset_config_names

    with fetching(repository, "dataset", f"--hub {repository}", _OTHERWISE):
        if folder is not None:
            return list(get_dataset_config_names(str(folder)))
        return list(get_dataset_config_names(repository, revision=revision))


def look_into(repository: str, revision: str, config: str, most: int) -> dict[str, SplitPreview]:
    """The first rows of every split of a configuration, at most so many; scripts are never run.

    Raises:
        UserError: it cannot be read.
    """
    found = tables(repository, revision, (), f"--hub {repository}", _OTHERWISE, name=config)
    return {split: _look(table, most) for split, table in found.items()}


def _look(table: Any, most: int) -> SplitPreview:
    names = {column: label_names(table.features, column) for column in table.column_names}
    rows = table.select(range(min(most, len(table)))).to_list()
    for number, row in enumerate(rows):
        for column, known in names.items():
            if known:
                row[column] = named_label(row[column], known, f"row {number}")
    return SplitPreview(rows, len(table) <= most)
