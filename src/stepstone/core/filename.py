"""Names of files made of what others call things: harmless, of bounded length, and no two alike."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

# File systems take 255 bytes; an ending and what is written beside a file need some.
MAX_BYTES = 160


def file_names(things: Iterable[Sequence[str]]) -> list[str]:
    """A file name for each thing, which is what its parts are called; the same things have the same name.

    Where two would be one file (also where case or the composition of letters makes no difference), or a name is
    long, a digest of the parts ends it.

    >>> file_names([("gain", "xlm-r", "nli")]), file_names([("gain", "a/b"), ("gain", "a|b")])
    (['gain_xlm-r_nli'], ['gain_a_b-8b1c9e6f', 'gain_a_b-524b7bf4'])
    """
    known = [tuple(parts) for parts in things]
    plain = {parts: _harmless("_".join(parts)) for parts in dict.fromkeys(known)}
    num_like = Counter(map(_folded, plain.values()))
    names = {}
    for parts, name in plain.items():
        cut = name.encode()[:MAX_BYTES].decode(errors="ignore")
        is_plain = cut == name and num_like[_folded(name)] == 1
        names[parts] = name if is_plain else f"{cut}-{_digest(parts)}"
    return [names[parts] for parts in known]


def _harmless(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _digest(parts: Sequence[str]) -> str:
    return sha256(json.dumps(parts).encode()).hexdigest()[:8]
