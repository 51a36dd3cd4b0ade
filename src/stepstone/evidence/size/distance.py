"""Languages near the source language and far from it, with much pretraining text and little: what size may part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from statistics import median

from stepstone.core.lineage import UNKNOWN
from stepstone.core.study import Study
from stepstone.core.tag import find_tag
from stepstone.evidence.columns import language_codes
from stepstone.evidence.design import Column, difference_of, mean_column
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.size.text import TextShares, share
from stepstone.lab.profiles import PROFILES

DISTANCE = "distance"  # the level of such a column
FAMILY, SCRIPT, WORD_ORDER = "family", "script", "word order"
ATTRIBUTES = (FAMILY, SCRIPT, WORD_ORDER)
MORE, LESS = "more pretraining text", "less"


def distance_columns(columns: Sequence[ScoredColumn], study: Study, shares: TextShares) -> Iterator[ScoredColumn]:
    """For every target its languages of the source language's family minus the others, the same of scripts and orders
    of words; then those with more pretraining text minus those with less.

    The source language, that of the study's first setting, is in neither mean; a language of which that is not known is
    left out.
    """
    for target, codes in language_codes([named.column for named in columns]).items():
        source = study.sources_of(target)[0]
        others = [code for code in codes if code != source]
        found = [_near_minus_far(target, source, others, attribute, study) for attribute in ATTRIBUTES]
        for column in (*found, _much_minus_little(target, others, shares)):
            if column is not None:
                yield ScoredColumn(column)


def without_typology(columns: Sequence[ScoredColumn], study: Study, shares: Mapping[str, TextShares]) -> Iterator[str]:
    """Which languages are in no comparison of near and far ones, and what to say of them in the study.

    `shares` are those of every ladder.
    """
    own = language_codes([named.column for named in columns])
    codes = dict.fromkeys(
        [code for codes in own.values() for code in codes] + [study.sources_of(name)[0] for name in own]
    )
    for attribute in ATTRIBUTES:
        unknown = [code for code in codes if _of(code, attribute, study) is None]
        if unknown:
            yield (
                f"Nothing is known of the {attribute} of {', '.join(unknown)}, so that no mean over near or far "
                f"languages by {attribute} has it; [language.CODE] {_field(attribute)} states it."
            )
    is_asked = any(len(set(one) - {study.sources_of(name)[0]}) > 1 for name, one in own.items())
    for ladder, known in shares.items():
        if is_asked and not known:
            yield (
                f"How much text of each language all models of {ladder} were pretrained on is not known, so languages "
                "with more and with less of it are not compared; [model.NAME] pretraining_text states it."
            )


def _near_minus_far(target: str, source: str, codes: Sequence[str], attribute: str, study: Study) -> Column | None:
    own = _of(source, attribute, study)
    known = {code: _of(code, attribute, study) for code in codes}
    near = [code for code, value in known.items() if value is not None and value == own]
    far = [code for code, value in known.items() if value is not None and value != own]
    return None if own is None else _difference(target, (f"the same {attribute}", near), (f"another {attribute}", far))


def _much_minus_little(target: str, codes: Sequence[str], shares: TextShares) -> Column | None:
    """Those from the median on minus those below it; where none lies below, those above it minus the others."""
    if not shares or not codes:
        return None
    found = {code: share(code, shares) for code in codes}
    middle = median(found.values())
    is_lowest = middle == min(found.values())
    much = [code for code, own in found.items() if (own > middle if is_lowest else own >= middle)]
    return _difference(target, (MORE, much), (LESS, [code for code in codes if code not in much]))


def _difference(target: str, *parts: tuple[str, Sequence[str]]) -> Column | None:
    if not all(codes for _, codes in parts):
        return None
    return difference_of(DISTANCE, *(mean_column(target, DISTANCE, name, codes) for name, codes in parts))


def _of(code: str, attribute: str, study: Study) -> str | None:
    """The family, script or order of words of a language, in the lab its profile's; None where it is not known."""
    entry = study.language.get(find_tag(code, study.language) or "")
    if attribute == WORD_ORDER and study.lab is not None and code in PROFILES and not (entry and entry.word_order):
        return PROFILES[code].order
    value = str(attrgetter(_field(attribute))(study.language_of(code)))
    return None if value == UNKNOWN else value


def _field(attribute: str) -> str:
    """What a study's [language.CODE] calls it."""
    return attribute.replace(" ", "_")
