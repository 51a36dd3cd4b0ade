"""An embedding of which only the rows that occur are trained; the others get the decay that they would have had.

AdamW changes a row without a gradient by its decay alone: w <- w (1 - rate x decay), Loshchilov and Hutter 2019.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

# With more than this share of the rows in use there is little to gain, nor where fewer weights than these are spared.
MAX_SHARE = 0.5
MIN_SPARED = 1_000_000


class OccurringRows(nn.Module):
    """In the place of an embedding: the rows that are trained, and all rows as they were.

    Attributes:
        weight: [rows in use, width], trained.
        rest: float64 scalar, what decay has left of every other row.
    """

    used: torch.Tensor
    places: torch.Tensor
    first: torch.Tensor
    rest: torch.Tensor

    def __init__(self, table: nn.Embedding, used: torch.Tensor) -> None:
        """Args: `table`, the embedding; `used`, the numbers of its rows that training reads, distinct."""
        super().__init__()
        self.table, pad = (table,), table.padding_idx
        first = table.weight.detach()
        self.weight = nn.Parameter(first[used].clone())
        places = torch.full((len(first),), -1, dtype=torch.long, device=first.device)
        places[used] = torch.arange(len(used), device=first.device)
        self.pad = None if pad is None or places[pad] < 0 else int(places[pad])
        self.register_buffer("used", used, persistent=False)
        self.register_buffer("places", places, persistent=False)
        self.register_buffer("first", first, persistent=False)
        self.register_buffer("rest", torch.ones((), dtype=torch.float64))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Rows of `ids`, [..., width]; those that are not trained are read in evaluation alone."""
        places = self.places[ids]
        if self.training:
            return nn.functional.embedding(places, self.weight, self.pad)
        found = nn.functional.embedding(places.clamp(min=0), self.weight, self.pad)
        return torch.where((places >= 0).unsqueeze(-1), found, self.first[ids] * self.rest.to(found.dtype))

    def decay(self, optimiser: torch.optim.Optimizer, *called: Any) -> None:
        """Note a step of AdamW that was just made."""
        # Groups are looked up: they are other tables than before where an optimiser's state was loaded.
        (group,) = (one for one in optimiser.param_groups if any(value is self.weight for value in one["params"]))
        self.rest *= 1 - group["lr"] * group["weight_decay"]

    @torch.no_grad()
    def whole(self) -> nn.Embedding:
        """The embedding as it would be had all of its rows been trained."""
        (table,) = self.table
        table.weight.mul_(self.rest.to(table.weight.dtype))
        table.weight[self.used] = self.weight
        return table


def train_occurring(encoder: PreTrainedModel, pieces: Set[int]) -> bool:
    """Have only the rows of these word pieces trained, where that spares much; returns whether it does.

    Args:
        encoder: without its head; its embedding is replaced.
        pieces: all that training will read, padding among them.
    """
    table = encoder.get_input_embeddings()
    if type(table) is not nn.Embedding or not table.weight.requires_grad or table.max_norm is not None:
        return False
    is_tied = any(part is not table and getattr(part, "weight", None) is table.weight for part in encoder.modules())
    num_spared = (table.num_embeddings - len(pieces)) * table.embedding_dim
    if is_tied or len(pieces) > MAX_SHARE * table.num_embeddings or num_spared < MIN_SPARED:
        return False
    encoder.set_input_embeddings(OccurringRows(table, torch.tensor(sorted(pieces))))
    return True


def restore_table(encoder: PreTrainedModel) -> None:
    """Put the whole embedding back into an encoder on the processor, where only rows of it were trained."""
    rows = encoder.get_input_embeddings()
    if isinstance(rows, OccurringRows):
        encoder.set_input_embeddings(rows.whole())


def follow_decay(model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """After every step of the optimiser, note what decay it would have done to rows that are not trained."""
    for module in model.modules():
        if isinstance(module, OccurringRows):
            optimiser.register_step_post_hook(module.decay)


def num_spared(model: nn.Module) -> int:
    """Weights that change by decay alone, though they are trained as all others are."""
    rows = (module for module in model.modules() if isinstance(module, OccurringRows))
    return sum(one.first.numel() - one.weight.numel() for one in rows)
