"""Whether a definition can score a language and a case at all: tried on rows that are made up, before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.language import LANGUAGES
from stepstone.scoring.definitions import MEASURES, definitions, scorer
from stepstone.scoring.rows import ScoredRow

_SPAN: list[ScoredRow] = [
    {"id": "1", "prediction": "a buoy", "gold": ["a buoy", "the buoy"]},
    {"id": "2", "prediction": "", "gold": ["a reef"]},
]
_UNANSWERABLE: list[ScoredRow] = [
    *({**row, "no_answer": -1.0} for row in _SPAN),
    {"id": "3", "prediction": "a wreck", "gold": [], "no_answer": -1.0},
    {"id": "4", "prediction": "", "gold": [], "no_answer": 1.0},
]
# Nothing is predicted for words that were cut off.
_TAGS: list[ScoredRow] = [{"id": "1", "prediction": ["B-PER", "O", None], "gold": ["B-PER", "O", "O"]}]
_EXAMPLES: dict[str, tuple[tuple[Any, Any], ...]] = {
    **dict.fromkeys(("accuracy", "acc_and_f1", "macro_f1", "mcc"), (("a", "a"), ("b", "a"))),
    **dict.fromkeys(("pearson", "spearman"), ((1.0, 2.0), (2.0, 3.0), (0.0, 1.0))),
    "nearest_neighbour": ((0, 0), (1, 0)),
    "mining_f1": ((True, True), (False, True)),
    **dict.fromkeys(("map@20", "mrr@20"), ((["a", "b"], ["b"]),)),
}


@cache
def find_fault(metric: str, definition: str, language: str, *, unanswerable: bool = False) -> str | None:
    """Why a definition cannot score this language and case; None where it can.

    Args:
        metric: what is scored.
        definition: by whose rules.
        language: of the answers or texts.
        unanswerable: whether questions may have no answer.
    """
    if definition not in definitions(metric):
        return f'the metric {metric} has no definition "{definition}"'
    try:
        scorer(metric, definition).score(_rows(metric, unanswerable=unanswerable), language)
    except UserError as error:
        if unanswerable and find_fault(metric, definition, language) is None:
            return "it knows no questions without an answer"
        return str(error).splitlines()[0]
    return None


def able(metric: str, language: str, *, unanswerable: bool = False) -> tuple[str, ...]:
    """The definitions of a metric that can score this language and case.

    >>> able("squad", "ja", unanswerable=True)
    ('squad-2.0', 'squad-2.0-corrected', 'language-aware')
    """
    names = definitions(metric)
    return tuple(name for name in names if find_fault(metric, name, language, unanswerable=unanswerable) is None)


def nearest_able(metric: str, definition: str, languages: Sequence[str], *, unanswerable: bool = False) -> str:
    """The definition nearest to this one that can score all these languages; empty where none can.

    >>> nearest_able("squad", "mlqa", ["fi", "th"]), nearest_able("squad", "squad-1.1", ["fi"], unanswerable=True)
    ('language-aware', 'squad-2.0')
    """
    known = [able(metric, language, unanswerable=unanswerable) for language in languages]
    common = [name for name in definitions(metric) if all(name in names for names in known)]
    spaced = all(code in LANGUAGES and LANGUAGES[code].spaced for code in languages)
    # These are MLQA's rules, carried to all languages.
    if "language-aware" in common and (definition.startswith("mlqa") or not spaced):
        return "language-aware"
    return next(iter(get_close_matches(definition, common, n=1, cutoff=0.0)), "")


def _rows(metric: str, *, unanswerable: bool) -> list[ScoredRow]:
    assert metric in MEASURES, f"{metric} is no metric"
    if metric == "squad":
        return _UNANSWERABLE if unanswerable else _SPAN
    if metric not in _EXAMPLES:
        return _TAGS
    pairs = enumerate(_EXAMPLES[metric])
    return [{"id": str(number), "prediction": prediction, "gold": gold} for number, (prediction, gold) in pairs]
