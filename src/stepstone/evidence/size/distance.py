"""Languages near the source language and far from it, as columns whose difference size may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from stepstone.core.lineage import UNKNOWN
from stepstone.core.study import Study
from stepstone.evidence.columns import language_codes
from stepstone.evidence.design import Column, difference_of, mean_of
from stepstone.evidence.rows import Named

DISTANCE = "distance"  # the level of such a column
ATTRIBUTES = ("family", "script")


def distance_columns(columns: Sequence[Named], study: Study) -> Iterator[Named]:
    """For every target its languages of the source language's family minus the others, then the same of scripts.

    The source language itself is in neither mean; a language of which that is not known is left out.
    """
    for target, codes in language_codes([named.column for named in columns]).items():
        for attribute in ATTRIBUTES:
            column = _near_minus_far(target, codes, attribute, study)
            if column is not None:
                yield Named(column)


def without_typology(columns: Sequence[Named], study: Study) -> Iterator[str]:
    """Which languages are in no comparison of near and far ones, and what to say of them in the study."""
    codes = language_codes([named.column for named in columns])
    unknown = dict.fromkeys(code for own in codes.values() for code in own if _of(code, "family", study) is None)
    if unknown:
        yield (
            f"Nothing is known of the family of {', '.join(unknown)}, so that no mean over near or far languages has "
            "it; [language.CODE] family states it."
        )


def _near_minus_far(target: str, codes: Sequence[str], attribute: str, study: Study) -> Column | None:
    source = _source(target, study)
    own = _of(source, attribute, study)
    known = {code: _of(code, attribute, study) for code in codes if code != source}
    near = [code for code, value in known.items() if value is not None and value == own]
    far = [code for code, value in known.items() if value is not None and value != own]
    if own is None or not near or not far:
        return None
    means = (
        mean_of(target, DISTANCE, f"{which} {attribute}", of) for which, of in (("the same", near), ("another", far))
    )
    return difference_of(DISTANCE, *means)


def _source(target: str, study: Study) -> str:
    entry = study.target.get(target)
    return (entry.source_language if entry else None) or study.source_language


def _of(code: str, attribute: str, study: Study) -> str | None:
    """The family or the script of a language; None where it is not known."""
    value = str(attrgetter(attribute)(study.language_of(code)))
    return None if value == UNKNOWN else value
