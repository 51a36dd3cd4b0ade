"""What a checkpoint predicted, kept until it is scored: scoring that failed is done again without a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from stepstone.core.result import Skipped
from stepstone.core.value import plain
from stepstone.families.family import Levels, Prediction
from stepstone.store.files import write_atomically

NAME = "answers.json"


@dataclass(frozen=True)
class Answers:
    """All that scoring needs of an evaluation.

    Attributes:
        rows: the predictions, as they are kept.
        levels: what rules without learning predict, or score in percent.
        num_cut: examples that cutting has harmed.
        num_examples: examples read.
        seconds: that predicting took.
        num_pieces: word pieces of the examples' texts.
        num_unknown: those that the tokenizer does not know.
        skipped: lines and rows of the data that hold no example.
    """

    rows: list[Prediction]
    levels: Levels
    num_cut: int
    num_examples: int
    seconds: float
    num_pieces: int
    num_unknown: int
    skipped: tuple[Skipped, ...] = ()


def keep_answers(folder: Path, checkpoint: Path, answers: Answers) -> None:
    """Write them into a try's folder of resume points, with the checkpoint that they were read off."""
    said = {"checkpoint": checkpoint.name, "answers": asdict(answers)}
    write_atomically(folder / NAME, json.dumps(said, default=plain))


def find_answers(folders: Sequence[Path], checkpoint: Path) -> Answers | None:
    """What an earlier try read off the same checkpoint, newest first; what is no such file is passed over."""
    for folder in folders:
        try:
            said = json.loads((folder / NAME).read_bytes())
            # A checkpoint that was trained again has another folder, and on a GPU perhaps other weights.
            if said["checkpoint"] == checkpoint.name:
                table = said["answers"]
                skipped = tuple(Skipped.model_validate(one) for one in table.get("skipped", ()))
                return Answers(**{**table, "skipped": skipped})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None
