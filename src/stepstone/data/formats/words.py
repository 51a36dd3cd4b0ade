"""Words a line in columns parted by tabs or blanks, sentences by blank lines: CoNLL as people write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stepstone.data.formats.lines import Damage, Layout, Row, lines

# What CoNLL-2003 puts between documents.
_DOCUMENT = "-DOCSTART-"


def read(paths: Sequence[Path], layout: Layout) -> Iterator[Row]:
    """Rows with words and tags; each sentence's place is its first line.

    Options: `words` and `tags` are the numbers of their columns, from 1; without them the first and the last.
    A file of one column has no tags. Lines that begin with `# ` before a sentence are comments.
    """
    path = paths[0]
    word, tag = (_column(layout, name, path) for name in ("words", "tags"))
    sentence: list[list[str]] = []
    start = 1
    for number, line in lines(path):
        if not line.strip() or line.startswith(_DOCUMENT):
            if sentence:
                yield _row(sentence, start, word, tag)
            sentence = []
            continue
        if not sentence and line.startswith("# "):
            continue
        start = start if sentence else number
        columns = line.split("\t") if "\t" in line else line.split()
        _check(columns, sentence, max(word or 0, tag or 0), path, number)
        sentence.append(columns)
    if sentence:
        yield _row(sentence, start, word, tag)


def _column(layout: Layout, name: str, path: Path) -> int | None:
    given = layout.options.get(name)
    if given is None:
        return None
    if not str(given).isdigit() or int(given) < 1:
        raise Damage(f'has no column "{given}"', path, None, f"{name} is the number of a column, from 1")
    return int(given) - 1


def _check(columns: list[str], sentence: list[list[str]], last: int, path: Path, number: int) -> None:
    if last >= len(columns):
        raise Damage(f"has {len(columns)} columns, not {last + 1}", path, number, "name the right columns")
    if sentence and len(columns) != len(sentence[0]):
        message = f"has {len(columns)} columns where its sentence began with {len(sentence[0])}"
        raise Damage(message, path, number, "a line is a word and its tag; a blank line ends a sentence")
    if not columns[0]:
        raise Damage("has no word before its tag", path, number)


def _row(sentence: list[list[str]], start: int, word: int | None, tag: int | None) -> Row:
    words = [columns[word or 0] for columns in sentence]
    bare = len(sentence[0]) == 1
    tags = None if bare else [columns[-1 if tag is None else tag] for columns in sentence]
    return Row(start, {"words": words, "tags": tags})
