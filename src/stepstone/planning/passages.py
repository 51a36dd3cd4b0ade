"""Running text that holds passages which a study evaluates: a model that reads them first knows them already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stepstone.audit.compare import num_in_text, text_key
from stepstone.core.example import Example, SentenceExample
from stepstone.core.uses import DataUse

ReadUse = Callable[[DataUse], Sequence[Example]]


@dataclass(frozen=True)
class TextUse:
    """Running text that is trained on; `where` is the table of the study that asks for it."""

    where: str
    use: DataUse


def find_known_passages(texts: Iterable[TextUse], evaluated: Iterable[DataUse], read: ReadUse) -> Iterator[str]:
    """What of the evaluated data is a line of running text in its language, in words."""
    by_language: dict[str, list[DataUse]] = {}
    for use in evaluated:
        by_language.setdefault(use.language, []).append(use)
    for text in texts:
        rivals = by_language.get(text.use.language, [])
        lines = _lines(read(text.use)) if rivals else {}
        for use in rivals:
            examples = read(use)
            for corpus, keys in lines.items():
                num = num_in_text(examples, keys)
                if num:
                    yield _describe(text, corpus, use, num, len(examples))


def _describe(text: TextUse, corpus: str, use: DataUse, num: int, num_examples: int) -> str:
    return (
        f"{text.where}: the corpus {corpus} of {text.use.task} in {use.language} holds the passages of {num:,} of the "
        f"{num_examples:,} examples of {use.task} {use.split} {use.language}, which would be known before they are "
        "scored\n  remedy: leave them out of the text, or say allow_overlap = true in the portion"
    )


def _lines(sentences: Iterable[Example]) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = {}
    for one in sentences:
        assert isinstance(one, SentenceExample), "running text"
        found.setdefault(one.corpus, set()).add(text_key(one.text))
    return found
