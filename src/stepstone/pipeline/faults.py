"""What is wrong with the data of a split, which is read for it; data that was found good leaves a note of its size."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.spec import DataUse
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.translator import FileTranslator
from stepstone.core.value import digest
from stepstone.data.given import read_given
from stepstone.data.load import load_examples
from stepstone.store.files import write_atomically


def find_fault(use: DataUse, catalogue: Catalogue, place: Place) -> str | None:
    """What is wrong with the data of a split, or None; it is read, and good data leaves a note."""
    if _noted(use, place) is not None:
        return None
    where = f"{use.task} {use.split}, language {use.language}"
    try:
        examples = _read(use, catalogue, place)
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
    with suppress(OSError):  # a note only saves time
        write_atomically(_note(use, place.cache), str(len(examples)))
    return None


def find_given_fault(spec: TranslateSpec, catalogue: Catalogue, place: Place) -> str | None:
    """What is wrong with a file of translations, or None; it is held against the examples that it translates."""
    if not isinstance(spec.translator, FileTranslator) or spec.data.made_by:
        return None
    use, task = spec.data, catalogue.task(spec.data.task)
    try:
        read_given(spec.translator.path(use.task, use.split, use.language, spec.to), task, _read(use, catalogue, place))
    except UserError as error:
        return str(error)
    return None


def count_examples(use: DataUse, catalogue: Catalogue, place: Place) -> int:
    """How many examples the split of a use has, whatever number of them the use draws.

    Raises:
        UserError: the data cannot be read.
    """
    noted = _noted(use, place)
    return len(_read(use, catalogue, place)) if noted is None else noted


def _read(use: DataUse, catalogue: Catalogue, place: Place) -> list[Example]:
    return load_examples(catalogue.task(use.task), use.split, use.language, place)


def _noted(use: DataUse, place: Place) -> int | None:
    try:
        return int(_note(use, place.cache).read_text())
    except (OSError, ValueError):
        return None


def _note(use: DataUse, cache: Path) -> Path:
    return cache / "checked" / digest([use.task, use.split, use.language, use.content, list(use.labels)])[:32]
