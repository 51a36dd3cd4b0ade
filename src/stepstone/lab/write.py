"""The lab's door: which languages and tasks it has, and the files of each, in the official formats and names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stepstone.core.errors import UserError, nearest
from stepstone.core.task import Task
from stepstone.lab.documents import DocumentLine, draw_document
from stepstone.lab.draw import Draw
from stepstone.lab.files import choice, declared, nli, own, pairs, ranking, sentences, span, tagging
from stepstone.lab.files.twin import SplitRequest, Twin
from stepstone.lab.grammar import Grammar, grammar
from stepstone.lab.profiles import PROFILES, profile_of
from stepstone.lab.telling import join_sentences
from stepstone.store.files import write_atomically

LAB_VERSION = 4
NUM_DOCUMENTS = 3000
_TWINS: dict[str, Twin] = {
    name: twin
    for module in (nli, span, sentences, pairs, choice, tagging, ranking)
    for name, twin in module.TWINS.items()
}


def lab_languages() -> tuple[str, ...]:
    """Codes of the lab languages; each has the profile of the real language with that code."""
    return tuple(PROFILES)


def tasks() -> tuple[str, ...]:
    """Names of the tasks that have a twin of their own; "text" is the pretraining text."""
    return (*_TWINS, "text")


def generates(task: Task) -> bool:
    """Whether the lab can write a task: it has a twin, or something stands in for it (a join: for all its parts)."""
    if task.own is not None:
        return task.family in declared.FAMILIES
    return task.name in tasks() or declared.has_stand_in(task)


def lab_size(task: str, split: str) -> int:
    """How many rows the lab writes for one language of this split (documents for "text").

    Raises:
        UserError: the lab has no such task or split.
    """
    return NUM_DOCUMENTS if _is_text(task, split) else twin_of(task, split).sizes[split]


def write_task(folder: Path, task: str, split: str, language: str, seed: int) -> list[Path]:
    """Write the official files of one split in one language; files that exist are replaced whole.

    Raises:
        UserError: the lab has no such task, split or language, or the official data set has not this language.
    """
    profile_of(language)
    if _is_text(task, split):
        return write_text(folder, [language], seed)
    twin = twin_of(task, split)
    if (twin.only and language not in twin.only) or language in twin.but:
        right = f"it has: {', '.join(twin.only)}" if twin.only else "ask for any other language"
        raise UserError(f'{task} has no data in "{language}"', where="lab", remedy=right)
    files = twin.render(SplitRequest(task, split, language, seed, twin.sizes[split]))
    return [_write(folder / name, text) for name, text in files.items()]


def write_stand_in(folder: Path, task: Task, split: str, language: str, seed: int) -> list[Path]:
    """Write one split of what stands in for a task, as `stand_in` of `lab.files.own` or `declared` lays it out.

    Raises:
        UserError: the lab has no such language, or cannot tell so many labels apart.
    """
    profile_of(language)
    order = SplitRequest(task.name, split, language, seed, own.SIZES[split])
    files = declared.render(task, order) if task.own is None else own.render(task, order)
    return [_write(folder / name, text) for name, text in files.items()]


def write_text(folder: Path, languages: Sequence[str], seed: int, num_documents: int | None = None) -> list[Path]:
    """Write `text/lab/<language>.txt`: one sentence a line as `id<TAB>text`, ids `d000123.4` (document.line).

    The rows with one id in two languages are translations of each other. A line may be a question with its answer.

    Raises:
        UserError: no language or document is asked for, or the lab has no such language.
    """
    num = NUM_DOCUMENTS if num_documents is None else num_documents
    if not languages or num < 1:
        raise UserError("nothing to write", where="lab text", remedy="name languages and at least one document")
    grammars = [grammar(profile_of(language).code) for language in languages]
    documents = [draw_document(Draw("document", seed, i)) for i in range(num)]
    return [
        _write(folder / "text" / "lab" / f"{language}.txt", _text(told, documents))
        for language, told in zip(languages, grammars, strict=True)
    ]


def _text(grammar: Grammar, documents: list[list[DocumentLine]]) -> str:
    return "".join(
        f"d{i:06d}.{j}\t{join_sentences(grammar, line.tell(grammar)).text}\n"
        for i, document in enumerate(documents)
        for j, line in enumerate(document)
    )


def _is_text(task: str, split: str) -> bool:
    if task != "text":
        return False
    if split != "train":
        raise UserError(f'the lab has no split "{split}" of text', where="lab", remedy="known: train")
    return True


def twin_of(task: str, split: str) -> Twin:
    """The twin of a task that has this split.

    Raises:
        UserError: the lab has no such task or split.
    """
    if task not in _TWINS:
        raise UserError(f'the lab has no task "{task}"', where="lab", remedy=nearest(task, tasks()))
    twin = _TWINS[task]
    if split not in twin.sizes:
        raise UserError(f'the lab has no split "{split}" of {task}', where="lab", remedy=nearest(split, twin.sizes))
    return twin


def _write(path: Path, text: str) -> Path:
    write_atomically(path, text)
    return path
