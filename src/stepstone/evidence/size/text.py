"""How much text of each language the models of a ladder were pretrained on."""

from __future__ import annotations

from collections.abc import Mapping

from stepstone.catalogue.catalogue import Catalogue
from stepstone.core.tag import find_tag
from stepstone.evidence.size.ladder import SizedLadder

TextShares = Mapping[str, float]  # of all text, by language; none: that is not known


def shares_of(ladder: SizedLadder, catalogue: Catalogue) -> TextShares:
    """The share of each language, where it is known of every size and the same for all; else nothing."""
    known = catalogue.models()
    every = [_shares(catalogue.model(size).pretraining_text) if size in known else {} for size in ladder.sizes]
    return every[0] if all(one == every[0] for one in every) else {}


def share(code: str, shares: TextShares) -> float:
    """That of one language; 0 where nothing of it was read."""
    return shares.get(find_tag(code, shares) or "", 0.0)


def _shares(text: Mapping[str, float]) -> dict[str, float]:
    total = sum(text.values())
    return {code: size / total for code, size in text.items()}
