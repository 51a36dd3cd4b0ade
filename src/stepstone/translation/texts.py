"""The texts of an example that are translated, and the example with their translations in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol, runtime_checkable

from stepstone.core.example import Example
from stepstone.core.family import ExampleT, FamilyDeclaration


class TranslatedText(NamedTuple):
    """A translation; where there is none, the reason in its place."""

    text: str
    lost: str = ""


class Translator(Protocol):
    """What puts texts into another language."""

    num_texts: int
    num_tokens: int

    def translate(self, texts: Sequence[str]) -> dict[str, TranslatedText]:
        """An outcome for each different text."""

    def quality(self, outcomes: Mapping[str, TranslatedText]) -> dict[str, float]:
        """Percent of chrF by what some of these translations are held against."""


@runtime_checkable
class WordTranslator(Translator, Protocol):
    """What knows of each word of a translation which word it renders."""

    def carry(
        self, text: str, words: Sequence[str], tags: Sequence[str], labels: Sequence[str]
    ) -> tuple[list[str], list[str]] | None:
        """The words of a sentence's translation with their tags, which are among `labels`; None where there is none."""


class ProjectedExamples(NamedTuple):
    """Translated examples; reasons by id of those that were lost; and how answers or tags were found again.

    `texts`: what was translated, where that is no field of an example, as the running text of tagged words.
    """

    examples: list[Example]
    lost: dict[str, str]
    ways: dict[str, int]
    texts: Sequence[str] = ()


def translatable_texts(example: Example, family: FamilyDeclaration[Any]) -> Iterator[str]:
    """The texts that a translator puts into another language, empty ones and the benchmark's own prompts left out."""
    for name in family.translated:
        value = getattr(example, name)
        texts = value if isinstance(value, tuple) else (value,)
        yield from (text for text in texts if text and text not in family.prompts)


def with_translations(
    example: ExampleT, family: FamilyDeclaration[Any], outcomes: Mapping[str, TranslatedText]
) -> ExampleT:
    """The example with translations in place of its texts; what was not translated stays."""

    def new(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(new, value))
        return outcomes[value].text if value in outcomes else value

    fields = {name: new(getattr(example, name)) for name in family.translated}
    return replace(example, **fields)


def first_loss(texts: Iterator[str], outcomes: Mapping[str, TranslatedText]) -> str:
    """Why a text of an example has no translation; empty where all have one."""
    return next((outcomes[text].lost for text in texts if outcomes[text].lost), "")


def by_label(examples: Sequence[Example], family: FamilyDeclaration[Any], translator: Translator) -> ProjectedExamples:
    """Examples whose gold is the same in every language."""
    outcomes = translator.translate([text for example in examples for text in translatable_texts(example, family)])
    lost = {
        example.id: why for example in examples if (why := first_loss(translatable_texts(example, family), outcomes))
    }
    kept = [with_translations(example, family, outcomes) for example in examples if example.id not in lost]
    return ProjectedExamples(kept, lost, {})
