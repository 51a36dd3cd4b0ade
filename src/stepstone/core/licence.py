"""Which data may be passed on, by the licence that its task declares."""

from __future__ import annotations

import re

_OPEN = re.compile(r"CC0|CC BY|MIT\b|Apache|BSD|ODC-BY|public domain|free for any purpose", re.IGNORECASE)
# No derivatives: what is taken from a release is no verbatim copy of it.
_DOUBTFUL = re.compile(r"\bND\b|\bothers\b|\bunclear\b")


def allows_redistribution(licence: str) -> bool:
    """Whether a declared licence begins with one that lets answers be passed on; what is not known to, does not.

    >>> [allows_redistribution(one) for one in ("CC BY-NC 4.0", "Apache 2.0", "Quora's terms of service", "")]
    [True, True, False, False]
    """
    return bool(_OPEN.match(licence)) and not _DOUBTFUL.search(licence)
