"""What the name of a data file says: its split, its language, and which task it is of."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import langcodes

from stepstone.core.lineage import LINEAGES
from stepstone.core.tag import base, canonical, is_tag

SPLITS: dict[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "dev": ("dev", "devel", "development", "val", "valid", "validation"),
    "test": ("test", "testing", "eval", "evaluation"),
}
_SPLIT = {word: split for split, words in SPLITS.items() for word in words}
# Codes that are ordinary words in names of files.
_ORDINARY = ("an", "co", "in", "io", "to", "vo", "arm", "her", "ice", "may", "per", "run", "ton", "war", "ang")


def split_by_name(path: Path) -> str | None:
    """The split that a path names, in the file's own name or else in the nearest folder's.

    >>> [split_by_name(Path(name)) for name in ("mails/validation_ja.jsonl", "test/ja.csv", "mails.csv")]
    ['dev', 'test', None]
    """
    for part in (path.stem, *reversed(path.parts[:-1])):
        found = [_SPLIT[word.lower()] for word in _words(part) if word.lower() in _SPLIT]
        if found:
            return found[-1]
    return None


def language_of(path: Path) -> str | None:
    """The language that a path names: a word of the file's name, or else a whole folder's name.

    >>> language_of(Path("mails/test-ja.csv")), language_of(Path("german/test.csv")), language_of(Path("test.csv"))
    ('ja', 'de', None)
    >>> language_of(Path("test.zho_Hant.txt")), language_of(Path("pt-BR/test.csv")), language_of(Path("test-sv.csv"))
    ('zh-Hant', 'pt-BR', 'sv')
    """
    found = _place(path.stem)
    if found is not None:
        return found[0]
    return next((code for part in reversed(path.parts[:-1]) if (code := code_of(part))), None)


def task_words(path: Path) -> tuple[str, ...]:
    """The words of a path that name neither a split nor a language: files of one task have the same.

    >>> task_words(Path("mails/de/test.csv")), task_words(Path("mails-train-pt-BR.csv"))
    (('mails',), ('mails',))
    """
    words = _words(path.stem)
    found = _place(path.stem)
    if found is not None:
        del words[found[1] : found[2]]
    folders = [word for part in path.parts[:-1] if not code_of(part) for word in _words(part)]
    return tuple(word.lower() for word in (*folders, *words) if word.lower() not in _SPLIT)


@cache
def code_of(written: str) -> str | None:
    """The language that words stand for, as a tag or an English name.

    >>> code_of("zh_CN"), code_of("swe"), code_of("Swedish"), code_of("en-de"), code_of("mails")
    ('zh-Hans', 'sv', 'sv', None, None)
    """
    words = _words(written)
    if not words or written.lower() in _SPLIT:
        return None
    if len(words[0]) > 3:
        return _by_name(" ".join(words))
    tag = "-".join(words)
    if not is_tag(tag) or words[0].lower() in _ORDINARY:
        return None
    known = len(base(canonical(words[0]))) == 2 or words[0].lower() in LINEAGES
    return canonical(tag) if known and all(_refines(words[0], word) for word in words[1:]) else None


def _refines(language: str, word: str) -> bool:
    """Whether a word after a language is its script or region; `de` after `en` is another language."""
    if len(word) == 4 or word.isdigit():
        return True
    if len(word) != 2:
        return False
    return word.isupper() or langcodes.Language.make(territory=word.upper()).maximize().language == language.lower()


def _by_name(name: str) -> str | None:
    try:
        found = canonical(str(langcodes.find(name, "en")))
    except (LookupError, ValueError):
        return None
    return found if len(base(found)) == 2 or base(found) in LINEAGES else None


def _place(stem: str) -> tuple[str, int, int] | None:
    """The language that a file's name holds, with the words that it takes: from, and up to."""
    words = _words(stem)
    splits = [place for place, word in enumerate(words) if word.lower() in _SPLIT]
    # Two letters are a code where they end the name, begin it, or stand beside the split: a word in between is none.
    ends = {len(words), *splits}
    starts = {0, *(place + 1 for place in splits)}
    spans = [(first, last) for first in range(len(words)) for last in range(first + 1, min(first + 4, len(words) + 1))]
    spans = [(first, last) for first, last in spans if first in starts or last in ends]
    # The longest, and the last of these: zh-CN is no zh.
    spans.sort(key=lambda span: (span[1] - span[0], span[1]), reverse=True)
    found = ((code_of("-".join(words[first:last])), first, last) for first, last in spans)
    return next(((code, first, last) for code, first, last in found if code), None)


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
