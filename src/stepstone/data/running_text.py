"""Running text, language by language and corpus by corpus, and the identity of it for keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stepstone.core.errors import UserError
from stepstone.core.example import SentenceExample
from stepstone.core.place import Place
from stepstone.core.task import Task
from stepstone.data.convert import examples_of_rows, read_file_rows
from stepstone.data.find import FoundFiles, describe_missing, find_split_files
from stepstone.data.formats.log import Log
from stepstone.data.generated import foreign_code_digest, generated_content, with_generated_text
from stepstone.data.identity import digest_files
from stepstone.data.load import check_declared


def load_text(
    task: Task,
    languages: Iterable[str],
    corpora: Iterable[str],
    place: Place,
    num_documents: int | None = None,
) -> list[SentenceExample]:
    """Running text of a task of family mlm, language by language, corpus by corpus (none named: all).

    Raises:
        UserError: a language has no text, or a corpus is in none of the languages.
    """
    sentences: list[SentenceExample] = []
    for language, group in _text_groups(task, languages, corpora, place, num_documents):
        log = Log()
        for example in examples_of_rows(task, "train", language, read_file_rows(group, language, log), log):
            assert isinstance(example, SentenceExample), f"{task.name} is not running text"
            sentences.append(example)
    return sentences


def text_content(
    task: Task,
    languages: Iterable[str],
    corpora: Iterable[str],
    place: Place,
    num_documents: int | None = None,
) -> str:
    """The identity of that text."""
    if place.lab_seed is not None:
        amount = "all" if num_documents is None else str(num_documents)
        return foreign_code_digest(task) + generated_content(
            task.name, "train", f"{'+'.join(languages)}:{amount}", place.lab_seed
        )
    groups = list(_text_groups(task, languages, corpora, place, num_documents))
    paths = [path for _, found in groups for path in found.paths()]
    return f"{foreign_code_digest(task)}files:{digest_files(paths, place.cache)}"


def _text_groups(
    task: Task,
    languages: Iterable[str],
    corpora: Iterable[str],
    place: Place,
    num_documents: int | None,
) -> Iterator[tuple[str, FoundFiles]]:
    languages, corpora = tuple(languages), tuple(corpora)
    assert not task.family_declaration.is_labelled, f"{task.name} is not running text"
    for language in languages:
        check_declared(task, "train", language)
    place = with_generated_text(languages, place, num_documents)
    seen: set[str] = set()
    for language in languages:
        groups = [
            (corpus, find_split_files(task, "train", language, place, corpus=corpus)) for corpus in corpora or ("*",)
        ]
        present = [(corpus, found) for corpus, found in groups if found is not None]
        if not present:
            missing = describe_missing(task, "train", language, place)
            raise UserError(f'{task.name}: no text in "{language}"\n  {missing}')
        seen.update(corpus for corpus, _ in present)
        yield from ((language, found) for _, found in present)
    absent = [corpus for corpus in corpora if corpus not in seen]
    if absent:
        raise UserError(f'{task.name}: the corpus "{absent[0]}" is in none of {", ".join(languages)}')
