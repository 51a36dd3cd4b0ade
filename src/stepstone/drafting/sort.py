"""A user's files sorted into splits and languages by their names, and by what they hold where names say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stepstone.core.errors import UserError
from stepstone.data.find import is_hidden
from stepstone.drafting.answers import GivenAnswers
from stepstone.drafting.language_column import language_column, languages_in, odd_rows
from stepstone.drafting.names import SPLITS, language_of, split_by_name, task_words
from stepstone.drafting.peek import Peek, is_data, peek
from stepstone.drafting.script import fits_script, language_by_text

NAMED = 5  # files that were passed over, as a message names them
_SHEETS = (".xlsx", ".xls", ".ods", ".numbers")


class NamedFile(NamedTuple):
    """A file, the folder from which on its name counts, and its split (none: its name says none)."""

    root: Path
    path: Path
    split: str | None


class SortedFiles(NamedTuple):
    """Files by split and language, the column of languages where one file holds several, remarks, and what to ask."""

    files: dict[str, dict[str, Peek]]
    column: str | None
    remarks: tuple[str, ...]
    questions: tuple[str, ...]

    @property
    def peeks(self) -> list[Peek]:
        """Every file once, those of train first."""
        return list({peek.path: peek for by_language in self.files.values() for peek in by_language.values()}.values())


def find_files(paths: Iterable[Path]) -> tuple[list[NamedFile], tuple[str, ...]]:
    """Data files, and those below folders, with their splits; and remarks on what is not read.

    Raises:
        UserError: there is no file to be read, or no name says a split.
    """
    below = [(root, path) for given in paths for root, path in _below(Path(given))]
    found = [NamedFile(root, path, split_by_name(path.relative_to(root))) for root, path in below if is_data(path)]
    named = [one for one in found if one.split is not None]
    others = [f"{path}: not read, {_why_passed_over(path)}" for _, path in below if not is_data(path)]
    if not named:
        listed = ", ".join(str(one.path) for one in found[:5]) or "nothing that could be data"
        raise UserError(
            f"no name says which split it is (found: {listed})",
            remedy="\n  ".join(
                ["name files by their split, as in train.csv, dev.csv and test-ja.csv", *others[:NAMED]]
            ),
        )
    remarks = [f"{one.path}: not read, its name says no split" for one in found if one.split is None]
    return named, (*remarks, *others)


def _why_passed_over(path: Path) -> str:
    return "it is a spreadsheet: save it as CSV" if path.suffix.lower() in _SHEETS else "its ending is of no data"


def by_task(named: Sequence[NamedFile]) -> list[list[NamedFile]]:
    """Files by the words of their names that say a task; all together where these are no tasks by themselves."""
    groups: dict[tuple[str, ...], list[NamedFile]] = {}
    for one in named:
        groups.setdefault(task_words(one.path.relative_to(one.root)), []).append(one)
    splits = [{one.split for one in group} for group in groups.values()]
    are_tasks = all(found & {"test", "dev"} for found in splits) and len({"train" in found for found in splits}) == 1
    return list(groups.values()) if are_tasks else [list(named)]


def sort_files(named: Sequence[NamedFile], answers: GivenAnswers) -> SortedFiles:
    """Look into the files of one task.

    Raises:
        UserError: a file cannot be read, or two files are of one split and language.
    """
    looks = [(one, peek(one.path, answers.columns)) for one in named]
    column = language_column([look for _, look in looks], answers)
    files: dict[str, dict[str, Peek]] = {split: {} for split in SPLITS}
    remarks: list[str] = []
    questions: list[str] = []
    for one, look in looks:
        codes = languages_in(look, column) if column else _language(one, look, answers, remarks, questions)
        if column:
            remarks.append(f'{look.path}: languages ({", ".join(codes)}) by its column "{column}"')
            remarks += odd_rows(look, column)
        for code in codes:
            _put(files[str(one.split)], code, look, str(one.split))
    return SortedFiles(
        {split: items for split, items in files.items() if items}, column, tuple(remarks), tuple(questions)
    )


def _below(given: Path) -> list[tuple[Path, Path]]:
    """Files of a folder, or the file itself, each with the folder from which on its name counts."""
    if given.is_dir():
        inside = sorted(path for path in given.rglob("*") if path.is_file())
        return [(given, path) for path in inside if not is_hidden(path.relative_to(given))]
    if not given.is_file():
        raise UserError("is not there", where=str(given), remedy="give files, or a folder of them")
    # Folders further up are somebody's home, not a language.
    return [(given.parent, given)]


def _language(one: NamedFile, look: Peek, answers: GivenAnswers, remarks: list[str], questions: list[str]) -> list[str]:
    """The language that was given, that the name says, or that the script speaks for; else a question is added."""
    given = answers.language_of(one.path)
    # The name of the folder that was given may be a language, but says nothing of splits.
    code = given or language_of(one.path.relative_to(one.root.parent))
    texts = sampled_texts(look.rows)
    # Burmese and Hebrew, and many others, are words: my-data/train.csv is in none of them.
    if code is not None and (given or fits_script(code, texts)):
        return [code]
    if answers.usual:
        return [answers.usual]
    guessed = language_by_text(texts)
    if code is not None and (guessed is None or _names_it(one.path, code)):
        remarks.append(f'{look.path}: in "{code}" by its name, though its text is in another script')
        return [code]
    if guessed is None:
        questions.append(f"{look.path}: neither its name nor its script says its language")
        return ["und"]
    remarks.append(f'{look.path}: taken for "{guessed}" by its script, for its name says no language')
    return [guessed]


def _names_it(path: Path, code: str) -> bool:
    """Whether the file's own name says a language that is no English word."""
    return language_of(Path(path.name)) == code and code not in ("my", "he")


def sampled_texts(rows: Sequence[dict[str, Any]], columns: Sequence[str] = ()) -> list[str]:
    """Texts in some rows, of all columns or of these."""
    found: list[str] = []
    for row in rows[:200]:
        for name, value in row.items():
            if columns and name not in columns:
                continue
            if name in ("words", "tokens") and isinstance(value, list):
                found.append(" ".join(map(str, value)))
            elif isinstance(value, str):
                found.append(value)
    return found


def _put(files: dict[str, Peek], code: str, look: Peek, split: str) -> None:
    other = files.get(code)
    if other is not None and code != "und":
        raise UserError(
            f'is {split} in "{code}", and so is {other.path}',
            where=str(look.path),
            remedy="give files of one task at a time, with the language in each name, as in test-ja.csv, or say it: "
            f"--lang {look.path.name}=TAG",
        )
    files[code] = look


def common_name(named: Sequence[NamedFile]) -> str:
    """What the names of a task's files have in common, or else the nearest folder that is called something."""
    words = [task_words(one.path.relative_to(one.root)) for one in named]
    parts = [part for part in dict.fromkeys(words[0]) if all(part in other for other in words)]
    folder = named[0].root.resolve()
    while not parts and folder.name:
        parts = [part for part in task_words(Path(folder.name, "x"))[:-1] if part != "data"]
        folder = folder.parent
    return "_".join(parts)
