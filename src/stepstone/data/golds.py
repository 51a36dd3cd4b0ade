"""The gold of each example as rows of predictions hold it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stepstone.core.example import ChoiceExample, Example, SpanExample, TaggingExample, TextExample
from stepstone.core.example_sides import MiningExample, PairExample, RankingExample


def golds_by_id(examples: Iterable[Example]) -> Iterator[tuple[str, Any]]:
    r"""Id and gold of every row: one of each example, or of mining one of each gold pair, `SOURCE\tTARGET`.

    The gold is None where the release stripped it.
    """
    for line, one in enumerate(examples):
        if isinstance(one, TextExample | ChoiceExample):
            yield one.id, one.label
        elif isinstance(one, SpanExample):
            yield one.id, None if one.answers is None else [answer.text for answer in one.answers]
        elif isinstance(one, TaggingExample):
            yield one.id, None if one.tags is None else list(one.tags)
        elif isinstance(one, RankingExample) and one.is_asked:
            yield one.id, None if one.gold is None else list(one.gold)
        elif isinstance(one, MiningExample) and one.is_asked:
            yield from ((f"{one.id}\t{other}", True) for other in one.gold or ())
        elif isinstance(one, PairExample):
            yield one.id, line
