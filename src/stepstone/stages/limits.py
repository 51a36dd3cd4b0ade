"""What an encoder and its tokenizer can read of a stage's data: how long, and with how many unknown pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.recipe import Limits
from stepstone.core.result import UNKNOWN_SHARE, Pieces
from stepstone.learning.layers import num_positions
from stepstone.stages.context import StageContext
from stepstone.stages.pieces import pieces_of


def note_unknown(name: str, examples: list[Example], tokenizer: Any, context: StageContext) -> Pieces:
    """Word pieces of the training texts; where many are unknown, that is reported before the training begins."""
    pieces = pieces_of(examples, tokenizer)
    if pieces.share > UNKNOWN_SHARE:
        said = f"{pieces.share:.1f} % of the word pieces of {name} are unknown"
        context.report({"event": "note", "message": f"{said} to the tokenizer ({tokenizer.unk_token})"})
    return pieces


def check_max_length(model: PreTrainedModel, limits: Limits, folder: Path) -> None:
    """Raise UserError where `max_length` exceeds what the encoder can place."""
    positions = num_positions(model)
    if positions is not None and limits.max_length > positions:
        raise UserError(
            f"max_length = {limits.max_length} exceeds the {positions} positions of the encoder",
            where=str(folder),
            remedy=f"set max_length = {positions} or less in the study's recipe",
        )
