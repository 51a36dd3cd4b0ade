"""Gold answers that an archive may not hold: taken out of predictions, and put back from the data itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stepstone.core.errors import UserError
from stepstone.core.example import ChoiceExample, SpanExample, TaggingExample, TextExample
from stepstone.core.example_sides import MiningExample, PairExample, RankingExample
from stepstone.core.licence import allows_redistribution
from stepstone.core.place import Place
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.task import Task
from stepstone.core.value import digest
from stepstone.data.golds import golds_by_id
from stepstone.data.load import data_identity, load_examples

Gold = Callable[[str], Any]
_KNOWN = (TextExample, ChoiceExample, SpanExample, TaggingExample, RankingExample, MiningExample)


def is_withheld(task: Task, *, in_lab: bool) -> bool:
    """Whether golds of a task stay out of an archive: its licence does not let them be passed on.

    What the lab generates is free; and where a line is to be found, its number says nothing of the data.
    """
    is_place = issubclass(task.family_declaration.example, PairExample)
    return not (in_lab or is_place or allows_redistribution(task.licence))


def can_be_restored(task: Task, spec: EvaluateSpec) -> bool:
    """Whether the data gives the golds again: not those of a translation, which only its own stage has."""
    return issubclass(task.family_declaration.example, _KNOWN) and not spec.data.made_by


def withhold(text: str) -> tuple[str, str]:
    """Predictions without their golds, and the digest of these.

    Raises:
        UserError: put back, the golds would not give the same bytes.
    """
    rows = list(_rows(text))
    golds = {str(row["id"]): row["gold"] for row in rows}
    without = _lines({**row, "gold": None} for row in rows)
    if restore(without, golds.__getitem__) != text:
        raise UserError("predictions are not as this version writes them", remedy="evaluate again: stepstone run STUDY")
    return without, digest_of_golds(text)


def restore(text: str, gold: Gold) -> str:
    """Predictions with their golds again."""
    return _lines({**row, "gold": gold(str(row["id"]))} for row in _rows(text))


def digest_of_golds(text: str) -> str:
    """Digest of the golds of predictions with the ids that they are of."""
    return digest([[row["id"], row["gold"]] for row in _rows(text)])


def golds_in(task: Task, spec: EvaluateSpec, place: Place) -> Gold:
    """The gold of every row of an evaluation, from the data.

    Raises:
        UserError: the data is not there, or is not that of the study.
    """
    found: dict[str, Any] = {}
    for use in spec.pool or (spec.data,):
        here = data_identity(task, use.split, use.language, place)
        if here != use.content:
            raise UserError(
                f"is other data than that of the study ({here}, not {use.content})",
                where=f"{task.name} {use.split}, language {use.language}",
                remedy="give the folder that holds the same release",
            )
        examples = load_examples(task, use.split, use.language, place)
        for name, gold in golds_by_id(examples):
            # A question of a shared pool has one id in every language, and what answers it in any of them is right.
            found[name] = [*found[name], *gold] if spec.pool and found.get(name) and gold is not None else gold
    if issubclass(task.family_declaration.example, MiningExample):
        return lambda name: name in found
    return found.get


def _rows(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in text.split("\n") if line)


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
