"""What a draft must know and the files do not show: asked with the options that answer it."""

from __future__ import annotations

from collections.abc import Iterator

from stepstone.core.errors import UserError
from stepstone.core.language import language
from stepstone.drafting.guessed import Guess
from stepstone.drafting.peek import Peek
from stepstone.drafting.script import fits_script, scripts_of
from stepstone.drafting.sort import SortedFiles, sampled_texts

# Fields whose text is in the language of the file; the target of a translation is not.
_FIELDS = ("text", "pair", "question", "context", "source", "words")


def raise_questions(files: SortedFiles, found: Guess) -> None:
    """Raise UserError with every question; do nothing where all is clear."""
    if files.questions:
        name = files.questions[0].partition(": ")[0].rpartition("/")[2]
        remedy = f"say it: --lang TAG for all files whose names say none, or --lang {name}=TAG"
        raise UserError("\n  ".join(files.questions), remedy=remedy)
    for by_language in files.files.values():
        for code, look in by_language.items():
            for line in () if files.column else _other_scripts(code, look, found):
                raise UserError(
                    line,
                    where=str(look.path),
                    remedy=f"say which column it is, as in --column text=NAME, or the language: --lang "
                    f"{look.path.name}=TAG",
                )


def _other_scripts(code: str, look: Peek, found: Guess) -> Iterator[str]:
    """Columns that are read and not in the script of their language, where another column of the file is."""
    read = {field: column for field, column in found.columns.items() if field in _FIELDS and isinstance(column, str)}
    texts = {name: sampled_texts(look.rows, [name]) for name in look.columns}
    fitting = [name for name, values in texts.items() if scripts_of(values) and fits_script(code, values)]
    fitting = [name for name in fitting if found.columns.get("label") != name and found.columns.get("target") != name]
    for field, column in read.items():
        if fitting and texts.get(column) and not fits_script(code, texts[column]):
            yield (
                f'the column "{column}" ({field}) is not in {language(code).name}, which the file is taken to be in; '
                f'"{fitting[0]}" is'
            )
