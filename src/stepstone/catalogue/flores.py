"""Languages of sets that are made of FLORES-200 sentences: tags, and what the releases call them."""

from __future__ import annotations

from stepstone.core.tag import canonical


def tags(codes: str) -> dict[str, str]:
    """Tag -> FLORES-200 code of each of the codes, which blanks part, sorted by tag.

    Simplified Chinese is `zh`, as in other declarations; the traditional one says its script.

    >>> tags("zho_Hans jpn_Jpan zho_Hant arb_Latn")
    {'ar-Latn': 'arb_Latn', 'ja': 'jpn_Jpan', 'zh': 'zho_Hans', 'zh-Hant': 'zho_Hant'}
    """
    return dict(sorted((_TAGS.get(code) or canonical(code), code) for code in codes.split()))


_TAGS = {"zho_Hans": "zh"}
