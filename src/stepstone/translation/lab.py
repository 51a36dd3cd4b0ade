"""The lab's translator as any other: texts in, outcomes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stepstone.lab.tagged import carry
from stepstone.lab.translator import translate
from stepstone.translation.quality import chrf
from stepstone.translation.texts import TranslatedText

LOST = "the lab's translator does not know the words"


@dataclass
class LabTexts:
    """Translates from one lab language to another."""

    source: str
    to: str
    noise: float
    num_texts: int = 0
    num_tokens: int = field(default=0, init=False)

    def translate(self, texts: Sequence[str]) -> dict[str, TranslatedText]:
        """An outcome for each different text."""
        found = {text: translate(text, self.source, self.to, self.noise) for text in dict.fromkeys(texts)}
        self.num_texts += len(found)
        return {
            text: TranslatedText("", LOST) if written is None else TranslatedText(written)
            for text, written in found.items()
        }

    def carry(
        self, text: str, words: Sequence[str], tags: Sequence[str], labels: Sequence[str]
    ) -> tuple[list[str], list[str]] | None:
        """The words of a sentence's translation, each with the tag of the word that it renders."""
        self.num_texts += 1
        return carry(text, words, tags, labels, (self.source, self.to, self.noise))

    def quality(self, outcomes: Mapping[str, TranslatedText]) -> dict[str, float]:
        """Held against what the lab writes without noise."""
        given = {text: outcome.text for text, outcome in outcomes.items() if not outcome.lost}
        right = {text: translate(text, self.source, self.to) or "" for text in given}
        return {"reference": chrf([(written, right[text]) for text, written in given.items()])} if given else {}
