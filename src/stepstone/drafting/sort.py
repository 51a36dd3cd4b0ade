"""A user's files sorted into splits and languages by their names, and by what they hold where names say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from stepstone.core.errors import UserError
from stepstone.drafting.guess import language_column
from stepstone.drafting.names import SPLITS, is_believed, language_by_text, language_of, split_of
from stepstone.drafting.peek import Peek, is_data, peek


class Sorted(NamedTuple):
    """Files by split and language, the column of languages where one file holds several, and remarks."""

    files: dict[str, dict[str, Peek]]
    column: str | None
    remarks: tuple[str, ...]

    @property
    def peeks(self) -> list[Peek]:
        """Every file once, those of train first."""
        return list({peek.path: peek for by_language in self.files.values() for peek in by_language.values()}.values())


def sort_files(paths: Iterable[Path]) -> Sorted:
    """Look into files, and into those below folders.

    Raises:
        UserError: there is no file to be read, no name says a split, or two files are of one split and language.
    """
    found = [(root, path) for given in paths for root, path in _below(Path(given))]
    named = [(root, path, split) for root, path in found if (split := split_of(path.relative_to(root)))]
    if not named:
        listed = ", ".join(str(path) for _, path in found[:5]) or "nothing that could be data"
        raise UserError(
            f"no name says which split it is (found: {listed})",
            remedy="name files by their split, as in train.csv, dev.csv and test-ja.csv",
        )
    remarks = [f"{path}: not read, its name says no split" for _, path in found if all(path != n[1] for n in named)]
    # The name of the folder that was given may be a language, but says nothing of splits.
    looks = [(split, peek(path), language_of(path.relative_to(root.parent))) for root, path, split in named]
    column = language_column([look for _, look, _ in looks])
    files: dict[str, dict[str, Peek]] = {split: {} for split in SPLITS}
    for split, look, code in looks:
        codes, notes = _languages(look, code, column)
        remarks += notes
        for one in codes:
            _put(files[split], one, look, split)
    return Sorted({split: items for split, items in files.items() if items}, column, tuple(remarks))


def _below(given: Path) -> list[tuple[Path, Path]]:
    """Files of a folder, or the file itself, each with the folder from which on its name counts."""
    if given.is_dir():
        inside = sorted(path for path in given.rglob("*") if path.is_file() and is_data(path))
        return [(given, path) for path in inside if not any(part.startswith(".") for part in path.parts)]
    if not given.is_file():
        raise UserError("is not there", where=str(given), remedy="give files, or a folder of them")
    # Folders further up are somebody's home, not a language.
    return [(given.parent, given)]


def _languages(look: Peek, code: str | None, column: str | None) -> tuple[list[str], list[str]]:
    if column is not None and column in look.columns:
        codes = sorted({str(row[column]) for row in look.rows})
        return codes, [f'{look.path}: languages ({", ".join(codes)}) by its column "{column}"']
    texts = _texts(look)
    if code is not None and is_believed(code, texts):
        return [code], []
    guessed = language_by_text(texts)
    return [guessed], [f'{look.path}: taken for "{guessed}" by its script, for its name says no language']


def _texts(look: Peek) -> list[str]:
    found: list[str] = []
    for row in look.rows[:200]:
        for name, value in row.items():
            if name in ("words", "tokens") and isinstance(value, list):
                found.append(" ".join(map(str, value)))
            elif isinstance(value, str):
                found.append(value)
    return found


def _put(files: dict[str, Peek], code: str, look: Peek, split: str) -> None:
    other = files.get(code)
    if other is not None:
        raise UserError(
            f'is {split} in "{code}", and so is {other.path}',
            where=str(look.path),
            remedy="give files of one task at a time, with the language in each name, as in test-ja.csv",
        )
    files[code] = look


def common_name(peeks: Sequence[Peek], words: Iterable[str]) -> str:
    """What the files of a task have in common in their names, without the words that name split or language."""
    skipped = {*words, *(word for names in SPLITS.values() for word in names)}
    folder = peeks[0].path.resolve().parent
    stems = [path.stem.lower() for path in (peek.path for peek in peeks)]
    parts = [part for part in _parts(stems[0]) if part not in skipped and all(part in _parts(stem) for stem in stems)]
    while not parts and folder.name:
        parts = [part for part in _parts(folder.name.lower()) if part not in skipped and part != "data"]
        folder = folder.parent
    return "_".join(parts)


def _parts(name: str) -> list[str]:
    return [
        part for part in "".join(sign if sign.isalnum() and sign.isascii() else " " for sign in name).split() if part
    ]
