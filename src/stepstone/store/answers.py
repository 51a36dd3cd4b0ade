"""What a checkpoint predicted, kept until it is scored: scoring that failed is done again without a model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stepstone.core.result import Pieces, ReadAs, Skipped
from stepstone.core.stage import Stage
from stepstone.core.value import digest, plain
from stepstone.store.keys import keys_in
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.store import Store
from stepstone.store.strict import IntegrityError

_FOLDER = "answers"
# Rankings of large test sets.
_MOST_BYTES = 2**32


@dataclass(frozen=True)
class StoredEvaluation:
    """All that scoring needs of an evaluation.

    Attributes:
        rows: the predictions, as they are kept.
        levels: what rules without learning predict, or score in percent.
        num_cut: examples that cutting has harmed.
        num_examples: examples read.
        seconds: that predicting took.
        pieces: word pieces of the examples' texts.
        skipped: lines and rows of the data that hold no example.
        read_as: how the data was read.
    """

    rows: list[dict[str, Any]]
    levels: dict[str, list[dict[str, Any]] | float]
    num_cut: int
    num_examples: int
    seconds: float
    pieces: Pieces
    skipped: tuple[Skipped, ...] = ()
    read_as: tuple[ReadAs, ...] = ()


def answers_path(store: Store, stage: Stage) -> Path | None:
    """Where they are kept, whether or not they are; evaluations that differ in their definition alone share a place.

    None for a stage that scores nothing, and where its checkpoint is not there. A checkpoint that was trained again
    has another folder, and on a GPU perhaps other weights: its answers have another place. One whose weights were
    released has the same.
    """
    checkpoint = store.record(stage.checkpoint) if stage.checkpoint and stage.spec.judged_by else None
    if checkpoint is None:
        return None
    name = digest({"asked": stage.asked(), "checkpoint": checkpoint.folder})
    return store.root / _FOLDER / name[:2] / f"{name}.json"


def keep_answers(path: Path, answers: StoredEvaluation) -> None:
    """Write them where `find_answers` looks."""
    write_stamped(path, json.dumps(asdict(answers), default=plain).encode())


def find_answers(path: Path | None) -> StoredEvaluation | None:
    """What was kept; None where nothing was, or what is there is not what was written."""
    try:
        table = json.loads(read_stamped(path, _MOST_BYTES)) if path else {}
        skipped = tuple(Skipped.model_validate(one) for one in table.get("skipped", ()))
        read_as = tuple(ReadAs.model_validate(one) for one in table.get("read_as", ()))
        pieces = Pieces.model_validate(table["pieces"])
        found = StoredEvaluation(**{**table, "skipped": skipped, "read_as": read_as, "pieces": pieces})
    except (OSError, IntegrityError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if _is_whole(found) else None


def all_answers(store: Store) -> list[Path]:
    """Every file of them in a store."""
    return [store.root / _FOLDER / name[:2] / f"{name}.json" for name in keys_in(store.root / _FOLDER)]


def _is_whole(answers: StoredEvaluation) -> bool:
    """Whether what was written is what scoring asks for."""
    rows = answers.rows
    are_rows = isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) and "id" in row for row in rows)
    numbers = (answers.num_cut, answers.num_examples, answers.seconds)
    return are_rows and isinstance(answers.levels, dict) and all(isinstance(one, int | float) for one in numbers)
