"""The lab's data: written once in the official formats, so that the same readers read it, and again when changed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from stepstone.catalogue.own import declaration_digest
from stepstone.core.filename import file_names
from stepstone.core.place import Place
from stepstone.core.task import Task
from stepstone.lab import write
from stepstone.lab.files import declared, own
from stepstone.store.made import made


def in_world(task: Task, place: Place) -> Task:
    """The task as it is found at this place: in the lab every split of several languages has all of the lab's.

    For a study's own task, and for one of the catalogue without a twin, the lab has a stand-in with the task's labels.
    """
    if place.lab_seed is None:
        return task
    twin = task.in_languages(write.lab_languages())
    if task.own is not None:
        return own.stand_in(twin)
    return declared.stand_in(twin) if _stands_in(task) else twin


def check_written(task: Task, split: str) -> None:
    """Raise UserError where the lab has no twin of the task, or none of this split."""
    if task.own is None and not _stands_in(task):
        write.lab_size(task.name, split)


def world_identity(task: Task) -> str:
    """What its declaration adds to the identity of an `in_world` task's data: nothing where it has a twin."""
    # What a study's own declaration says is nowhere else: it is part of what the data is.
    if task.own is not None:
        return f"own:{declaration_digest(task)}:"
    return f"declared:{declared.twin_digest(task)}:" if _stands_in(task) else ""


def foreign_code_digest(task: Task) -> str:
    """What the code that reads its rows adds to that identity, where it is not Stepstone's own."""
    return f"code:{task.resolved.code}:" if task.resolved.code else ""


def generated_content(task: str, split: str, language: str, seed: int) -> str:
    """The identity of generated data: what decides it."""
    return f"lab:{write.LAB_VERSION}:{seed}:{task}:{split}:{language}"


def with_generated(task: Task, split: str, language: str, place: Place) -> Place:
    """The place where the lab's files of this split lie, written if need be; `place` itself for real data."""
    if place.lab_seed is None:
        return place
    # A stand-in depends on the task's declaration, too.
    kind, _, whose = world_identity(task).partition(":")
    home = _home(place) / f"{kind}-{whose[:16]}" if kind else _home(place)
    seed = place.lab_seed

    def make(folder: Path) -> None:
        if kind:
            write.write_stand_in(folder, task, split, language, seed)
        else:
            write.write_task(folder, task.name, split, language, seed)

    (name,) = file_names([(task.name, split, language)])
    return _inside(made(home / name, make), place)


def with_generated_text(languages: Sequence[str], place: Place, num_documents: int | None) -> Place:
    """The place where the lab's running text in these languages lies; `place` itself for real data."""
    if place.lab_seed is None:
        return place
    seed, amount = place.lab_seed, f"{'+'.join(languages)} {num_documents}"
    folder = _home(place) / f"text-{sha256(amount.encode()).hexdigest()[:12]}"
    return _inside(made(folder, lambda inner: write.write_text(inner, languages, seed, num_documents)), place)


def _stands_in(task: Task) -> bool:
    return task.name not in write.tasks() and declared.has_stand_in(task)


def _home(place: Place) -> Path:
    return place.cache / "lab" / f"{write.LAB_VERSION}-{place.lab_seed}"


def _inside(folder: Path, place: Place) -> Place:
    return place.model_copy(update={"folders": (folder,), "use_hub": False})
