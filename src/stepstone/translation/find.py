"""Where a part of a text stands in the text's translation: by marks that came along, else by its own translation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stepstone.core.marks import Span, mark_span, unmark
from stepstone.translation.texts import TranslatedText, Translator

_EDGES = " .,;:!?\"'。、？！।؟،"


class TextPart(NamedTuple):
    """A part of a text."""

    text: str
    span: Span

    @property
    def inside(self) -> str:
        """What it says."""
        return self.text[slice(*self.span)]


class LocatedPart(NamedTuple):
    """Where a part stands in the translation of its text, and by which way it was found."""

    span: Span
    way: str


def find_parts(
    parts: Sequence[TextPart], outcomes: Mapping[str, TranslatedText], translator: Translator
) -> dict[TextPart, LocatedPart]:
    """Those parts that are found in the translations of their texts, which are clean: marks are for finding alone.

    Marks and, where they are lost, a search for the part's own translation follow Chen et al. 2023 (EasyProject)
    and Lewis et al. 2020 (MLQA's translate-train).
    """
    whole = [part for part in dict.fromkeys(parts) if not outcomes[part.text].lost]
    marked = {part: text for part in whole if (text := mark_span(part.text, part.span)) is not None}
    unclean = translator.translate(list(marked.values()))
    found = {}
    for part, text in marked.items():
        plain, span = unmark(unclean[text].text)
        if span is not None and (place := _look(outcomes[part.text].text, plain[slice(*span)], span[0])):
            found[part] = LocatedPart(place, "marks")
    left = [part for part in whole if part not in found]
    alone = translator.translate([part.inside for part in left])
    for part in left:
        text, inside = outcomes[part.text].text, alone[part.inside].text.strip(_EDGES)
        share = part.span[0] / max(1, len(part.text))
        if inside and (place := _look(text, inside, round(share * len(text)))):
            found[part] = LocatedPart(place, "search")
    return found


def _look(text: str, inside: str, expected: int) -> Span | None:
    """The place of `inside` that is nearest to where it is expected; letters may differ in case."""
    places = [match.span() for match in re.finditer(re.escape(inside), text, re.IGNORECASE)]
    return min(places, key=lambda span: abs(span[0] - expected), default=None)
