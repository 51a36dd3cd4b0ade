"""Translations beside their originals: which two examples are one, and how many are lost.

What a comparison of a language with another, or of originals with their translation, may train on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stepstone.catalogue.originals import original_name, original_of
from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.task import By

NO_ORIGINAL, NO_TRANSLATION, OTHER_LABEL = "no original", "no translation", "another label"


@dataclass(frozen=True)
class Pairing:
    """Originals with their translations, in the order of the translations.

    Attributes:
        pairs: an original and its translation.
        lost: how many examples have no partner, by why: translations without an original, originals without a
            translation, and pairs whose labels are not the same.
    """

    pairs: tuple[tuple[Example, Example], ...]
    lost: dict[str, int]

    @property
    def originals(self) -> tuple[Example, ...]:
        """The originals that have a translation."""
        return tuple(original for original, _ in self.pairs)

    @property
    def translations(self) -> tuple[Example, ...]:
        """The translations that have an original."""
        return tuple(translation for _, translation in self.pairs)


def pair_examples(originals: Sequence[Example], translations: Sequence[Example], by: By) -> Pairing:
    """Originals with their translations; each is paired once at most.

    Args:
        originals: examples in the language that was translated from.
        translations: examples in another language.
        by: what pairs them (`core.task.Translation`).

    Raises:
        UserError: they are paired by their place, and are not equally many.
    """
    if by == "place" and len(originals) != len(translations):
        raise UserError(
            f"{len(translations):,} translations for {len(originals):,} originals, which nothing but their place pairs",
            remedy="give the release's whole files of both",
        )
    lost: Counter[str] = Counter()
    found = tuple(_same_label(_paired(originals, translations, by, lost), lost))
    num_paired = len(found) + lost[OTHER_LABEL]
    lost[NO_TRANSLATION] = len(originals) - num_paired
    return Pairing(found, {why: num for why, num in lost.items() if num})


def _paired(
    originals: Sequence[Example], translations: Sequence[Example], by: By, lost: Counter[str]
) -> Iterator[tuple[Example, Example]]:
    if by == "place":
        yield from zip(originals, translations, strict=True)
        return
    named: dict[str, list[Example]] = defaultdict(list)
    for original in reversed(originals):
        named[_ORIGINAL[by](original)].append(original)
    for translation in translations:
        # Some texts occur more than once: the first translation of one is that of the first.
        waiting = named.get(_TRANSLATION[by](translation))
        if waiting:
            yield waiting.pop(), translation
        else:
            lost[NO_ORIGINAL] += 1


_ORIGINAL: dict[str, Callable[[Example], str]] = {
    "id": lambda example: example.id,
    "text": lambda example: original_name(example.texts.values()),
}
_TRANSLATION: dict[str, Callable[[Example], str]] = {
    "id": lambda example: example.id,
    "text": lambda example: original_of(example.id),
}


def _same_label(found: Iterator[tuple[Example, Example]], lost: Counter[str]) -> Iterator[tuple[Example, Example]]:
    """Pairs that share their label; an answer's text is translated, and not compared."""
    for original, translation in found:
        if original.has_one_label and original.gold_text != translation.gold_text:
            lost[OTHER_LABEL] += 1
        else:
            yield original, translation
