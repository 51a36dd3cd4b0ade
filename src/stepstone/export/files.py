"""A checkpoint leaves the store: its files copied, compared with their checksums, and put in place in one move."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.stage import Stage
from stepstone.planning.checkpoints import checkpoint_lineage, evaluations, find_checkpoint
from stepstone.planning.plan import Plan
from stepstone.store.files import stamp_folder, storage_errors, sync
from stepstone.store.folders import beside, contents, replace_folder
from stepstone.store.record import Record
from stepstone.store.store import Store

CARD, CONFIG = "README.md", "config.json"
# What an export holds; a folder with anything else is not replaced, even by force.
SUFFIXES = frozenset({".json", ".safetensors", ".model", ".txt", ".md"})
# The one folder in it, of a mixture's checkpoint, and what lies there.
_HEADS, _IN_HEADS = "heads", frozenset({".json", ".safetensors"})


@dataclass(frozen=True)
class ExportableCheckpoint:
    """A checkpoint that can leave, what it comes from (itself last), and what is read off it.

    `records` holds those of its lineage and evaluations that are complete, by key.
    """

    label: str
    record: Record
    lineage: tuple[Stage, ...]
    evaluations: tuple[Stage, ...]
    records: dict[str, Record]

    @property
    def stage(self) -> Stage:
        """The stage that made it."""
        return self.lineage[-1]


def open_checkpoint(plan: Plan, store: Store, label: str) -> ExportableCheckpoint:
    """The checkpoint called `label`, with its weights.

    Raises:
        UserError: the plan has no such checkpoint, it is not computed yet, or it has no weights or no config.
    """
    key = find_checkpoint(plan, label)
    record = store.record(key)
    if record is None:
        raise _absent(store, key, label)
    if record.released:
        again = f"stepstone run STUDY --restore {shlex.quote(label)}"
        raise UserError("its weights were pruned", where=label, remedy=f"train it again: {again}")
    if CONFIG not in record.files:
        raise UserError(
            f"its record lists no {CONFIG}, without which nothing opens it",
            where=label,
            remedy=f"remove {store.address}/records/{key[:2]}/{key}.json and compute it again: stepstone run STUDY",
        )
    before, after = checkpoint_lineage(plan, key), evaluations(plan, key)
    found = {stage.key: store.record(stage.key) for stage in (*before, *after)}
    there = {name: item for name, item in found.items() if item is not None}
    return ExportableCheckpoint(label, record, before, after, there)


def check_target(folder: Path, *, force: bool) -> None:
    """Raise UserError where `folder` cannot become an export: nothing that anybody else wrote is ever removed."""
    held = contents(folder)
    if not held:
        return
    if not force:
        raise UserError("is not empty", where=str(folder), remedy="name a new folder, or replace it with --force")
    foreign = [path.relative_to(folder).as_posix() for top in held for path in _foreign(top)]
    if foreign or not (folder / CONFIG).is_file():
        named = f"holds {', '.join(foreign[:5])}, which no export wrote" if foreign else "is no earlier export"
        raise UserError(named, where=str(folder), remedy="name another folder: only an earlier export is replaced")


def _foreign(path: Path) -> Iterator[Path]:
    """What no export wrote of something that lies in a folder."""
    if path.name == _HEADS and path.is_dir() and not path.is_symlink():
        yield from (one for one in sorted(path.iterdir()) if not _is_written(one, _IN_HEADS))
    elif not _is_written(path, SUFFIXES):
        yield path


def _is_written(path: Path, suffixes: Container[str]) -> bool:
    return not path.is_dir() and not path.is_symlink() and path.suffix in suffixes


def write_export(
    checkpoint: ExportableCheckpoint, store: Store, card: str, folder: Path, *, force: bool = False
) -> None:
    """Write weights, config, tokenizer and card into `folder`: all of it or nothing.

    Raises:
        UserError: the folder is taken, the disk is full or cannot be written, or a file is not what was recorded.
    """
    folder = expanded(folder).resolve()
    check_target(folder, force=force)
    with storage_errors(folder), beside(folder) as temporary:
        _copy(store.folder(checkpoint.record.key), checkpoint.record, temporary)
        (temporary / CARD).write_text(card, encoding="utf-8")
        _compare(temporary, checkpoint.record)
        replace_folder(temporary, folder)


def _copy(origin: Path, record: Record, target: Path) -> None:
    for name in record.files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin / name, target / name)


def _compare(folder: Path, record: Record) -> None:
    """Check the copy, as it is on the disk, against what the record says was written."""
    stamps = stamp_folder(folder, {CARD})
    wrong = [name for name, stamp in record.files.items() if stamps.get(name) != stamp]
    if wrong:
        raise UserError(f"the copy of {wrong[0]} is not what was recorded", where=str(folder), remedy="export again")
    sync(folder / CARD)


def _absent(store: Store, key: str, label: str) -> UserError:
    failure = store.failure(key)
    why = f"failed: {failure.message.splitlines()[0]}" if failure is not None and failure.message else "is not there"
    return UserError(
        f"{why} (in {store.address})",
        where=label,
        remedy=f"compute it: stepstone run STUDY (stepstone why STUDY {shlex.quote(label)} says more)",
    )
