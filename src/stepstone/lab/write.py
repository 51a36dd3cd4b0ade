"""Writes the lab's tasks and text under the official names and layouts, each split and language on its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from stepstone.core.errors import UserError, nearest
from stepstone.lab.documents import draw_document
from stepstone.lab.draw import Draw
from stepstone.lab.files import nli, span
from stepstone.lab.files.twin import Order, Twin
from stepstone.lab.grammar import grammar
from stepstone.lab.lexicon import languages
from stepstone.lab.telling import join

LAB_VERSION = 1
NUM_DOCUMENTS = 3000
TEXT = "text"
_TWINS: dict[str, Twin] = {**nli.TWINS, **span.TWINS}

__all__ = ["LAB_VERSION", "lab_size", "languages", "tasks", "write_task", "write_text"]


def tasks() -> tuple[str, ...]:
    """The tasks of the catalogue that have a twin here, and the running text."""
    return (*sorted(_TWINS), TEXT)


def lab_size(task: str, split: str) -> int:
    """Rows that are written for one language."""
    return _twin(task, split).sizes[split]


def write_task(folder: Path, task: str, split: str, language: str, seed: int) -> list[Path]:
    """Write the official files of a split in a language; the same call gives the same bytes.

    Raises:
        UserError: there is no twin of that task, no such split, or no lab language of that code.
    """
    twin = _twin(task, split)
    _check_language(language)
    order = Order(task, split, language, seed, twin.sizes[split])
    return [_write(folder / name, text) for name, text in twin.render(order).items()]


def write_text(folder: Path, codes: Sequence[str], seed: int, num_documents: int | None = None) -> list[Path]:
    """Write running text, `text/lab/<language>.txt`: an id, a tab and a text a line, the same documents in each."""
    for code in codes:
        _check_language(code)
    num = num_documents or NUM_DOCUMENTS
    return [_write(folder / TEXT / "lab" / f"{code}.txt", _documents(code, seed, num)) for code in codes]


def _documents(language: str, seed: int, num: int) -> str:
    speech = grammar(language)
    return "".join(
        f"d{number:06d}.{place}\t{join(speech, line.tell(speech)).text}\n"
        for number in range(num)
        for place, line in enumerate(draw_document(Draw("document", seed, number)))
    )


def _write(path: Path, text: str) -> Path:
    """The whole file or nothing: a draft takes the name when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8", newline="\n")
    return draft.replace(path)


def _twin(task: str, split: str) -> Twin:
    if task not in _TWINS:
        raise UserError(f'the lab has no twin of "{task}"', remedy=nearest(task, tasks()))
    twin = _TWINS[task]
    if split not in twin.sizes:
        raise UserError(f'the lab\'s {task} has no split "{split}"', remedy=nearest(split, twin.sizes))
    return twin


def _check_language(code: str) -> None:
    if code not in languages():
        raise UserError(f'the lab has no language "{code}"', remedy=nearest(code, languages()))
