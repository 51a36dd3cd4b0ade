"""What is wrong with the data of a split, which is read for it; good data leaves a note of what reading it came to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.place import Place
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.translator import FileTranslator
from stepstone.core.uses import DataUse
from stepstone.core.value import Value, digest
from stepstone.data.formats.log import Log
from stepstone.data.given import read_given
from stepstone.data.load import load_examples
from stepstone.data.prepared import HubUnreachableError
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError


class SplitCheck(Value):
    """What reading a split came to.

    Attributes:
        fault: what is wrong with it; empty: nothing.
        is_unreachable: whether the fault is the hub's, so that it says nothing of this data alone.
        num_examples: all that it has, whatever number of them a use draws.
        skipped: its lines and rows that hold no example, by what they are.
        read_as: how its files are read where they leave it open.
    """

    fault: str = ""
    is_unreachable: bool = False
    num_examples: int = 0
    skipped: dict[str, int] = {}
    read_as: tuple[str, ...]


def check_split(
    use: DataUse, catalogue: Catalogue, place: Place, begin: Callable[[], None] = lambda: None
) -> SplitCheck:
    """Read the data of a split; good data leaves a note, by which it is not read again. `begin` is called before."""
    if (known := noted(use, place)) is not None:
        return known
    begin()
    log = Log()
    try:
        examples = load_examples(catalogue.task(use.task), use.split, use.language, place, log)
    except UserError as error:
        return SplitCheck(fault=str(error), is_unreachable=isinstance(error, HubUnreachableError), read_as=())
    fault = _fault(use, examples)
    if fault:
        return SplitCheck(fault=fault, read_as=())
    checked = SplitCheck(num_examples=len(examples), skipped=dict(log.skipped), read_as=tuple(log.readings))
    with suppress(OSError):  # a note only saves time
        content = checked.model_dump_json(exclude={"fault", "is_unreachable"}).encode()
        write_stamped(_note(use, place.cache), content)
    return checked


def _fault(use: DataUse, examples: list[Example]) -> str:
    where = f"{use.task} {use.split}, language {use.language}"
    if not examples:
        return f"{where}: no examples"
    unknown = sum(not example.is_known for example in examples)
    if unknown:
        return (
            f"{where}: {unknown} of {len(examples)} examples have no label (test labels stripped?), so nothing can be "
            "scored\n  remedy: put the labelled release of this file into a data folder, or leave the language out"
        )
    return ""


def find_given_fault(spec: TranslateSpec, catalogue: Catalogue, place: Place) -> str | None:
    """What is wrong with a file of translations, or None; it is held against the examples that it translates."""
    if not isinstance(spec.translator, FileTranslator) or spec.data.made_by:
        return None
    use, task = spec.data, catalogue.task(spec.data.task)
    try:
        examples = load_examples(task, use.split, use.language, place)
        read_given(spec.translator.path(use.task, use.split, use.language, spec.to), task, examples)
    except UserError as error:
        return str(error)
    return None


def noted(use: DataUse, place: Place) -> SplitCheck | None:
    """What reading a split came to, without reading it; None: no note, or an older one, which knows less."""
    try:
        return SplitCheck.model_validate_json(read_stamped(_note(use, place.cache)))
    except (OSError, IntegrityError, ValueError):
        return None


def _note(use: DataUse, cache: Path) -> Path:
    return cache / "checked" / digest([use.task, use.split, use.language, use.content, list(use.labels)])[:32]
