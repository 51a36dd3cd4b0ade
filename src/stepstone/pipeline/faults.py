"""What is wrong with the data of a split, which is read for it; data that was found good leaves a note."""

from __future__ import annotations

from pathlib import Path

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.core.place import Place
from stepstone.core.spec import DataUse
from stepstone.core.value import digest
from stepstone.data.load import load_examples


def find_fault(use: DataUse, catalogue: Catalogue, place: Place) -> str | None:
    """What is wrong with the data of a split, or None; it is read, and good data leaves a note."""
    note = _note(use, place.cache)
    if note.exists():
        return None
    where = f"{use.task} {use.split}, language {use.language}"
    try:
        examples = load_examples(catalogue.task(use.task), use.split, use.language, place)
    except UserError as error:
        return str(error)
    if not examples:
        return f"{where}: no examples"
    unknown = sum(not example.is_known for example in examples)
    if unknown:
        return (
            f"{where}: {unknown} of {len(examples)} examples have no label (test labels stripped?), so nothing can be "
            "scored\n  remedy: put the labelled release of this file into a data folder, or leave the language out"
        )
    note.parent.mkdir(parents=True, exist_ok=True)
    note.touch()
    return None


def _note(use: DataUse, cache: Path) -> Path:
    return cache / "checked" / digest([use.task, use.split, use.language, use.content, list(use.labels)])[:32]
