"""Which weights of a model are trained: all, those above frozen layers, or low-rank adapters beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field

from stepstone.core.errors import nearest
from stepstone.core.value import MAX_COUNT, Value

_LORA = ("lora_alpha", "lora_dropout", "lora_targets")


class Adaptation(Value):
    """What of an encoder is trained; its head, and a pooler, always are.

    With adapters (LoRA, Hu et al. 2022) every weight of the encoder is frozen, and a layer x -> Wx + b becomes
    x -> Wx + b + (alpha / rank) BAx. They are merged into W when training ends.
    """

    lora_rank: int = Field(0, ge=0, le=100_000, description="rank of the adapters; 0: none")
    lora_alpha: float | None = Field(
        None, gt=0, le=1e9, description="adapters are scaled by alpha / rank; none: the rank"
    )
    lora_dropout: float = Field(0.0, ge=0, lt=1, description="of what goes into an adapter")
    lora_targets: tuple[str, ...] = Field(
        (), description="linear layers that have one; none: all of every layer", examples=[("query", "value")]
    )
    freeze_embeddings: bool = Field(False, description="words, positions and types of text keep their weights")
    freeze_layers: int = Field(
        0, ge=0, le=MAX_COUNT, description="so many lower layers keep their weights, and have no adapters"
    )

    def conflicts(self) -> Iterator[str]:
        """Fields that do not go together."""
        idle = [name for name in _LORA if getattr(self, name) != type(self).model_fields[name].default]
        if idle and not self.lora_rank:
            yield f"{', '.join(idle)}: nothing has adapters; give lora_rank as well"
        if self.lora_rank and self.freeze_embeddings:
            yield "freeze_embeddings: adapters leave the embeddings frozen; leave it out, or lora_rank"

    def describe(self) -> str:
        """In words; empty where all weights are trained.

        >>> Adaptation(lora_rank=8, freeze_layers=6).describe()
        'LoRA of rank 8, lower 6 layers frozen'
        """
        lora = f"LoRA of rank {self.lora_rank}" if self.lora_rank else ""
        embeddings = "embeddings frozen" if self.freeze_embeddings else ""
        layers = f"lower {self.freeze_layers} layers frozen" if self.freeze_layers else ""
        return ", ".join(filter(None, (lora, embeddings, layers)))


def without_idle(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of a recipe without what adapters would need that a later change, `lora_rank = 0`, took away.

    >>> without_idle({"lora_alpha": 16, "lora_rank": 0, "batch_size": 8})
    {'lora_rank': 0, 'batch_size': 8}
    """
    idle = _LORA if changes.get("lora_rank") == 0 else ()
    return {name: value for name, value in changes.items() if name not in idle}


def find_misfits(adaptation: Adaptation, num_layers: int, linear_layers: Iterable[str]) -> Iterator[str]:
    """What of an adaptation an encoder does not have.

    Args:
        adaptation: what is asked for.
        num_layers: how many layers the encoder has; 0 where they are no stack (ALBERT has one layer many times).
        linear_layers: the names of the linear layers within one of them, such as `attention.self.query`.
    """
    if not num_layers:
        if adaptation.freeze_layers or adaptation.lora_rank:
            yield "freeze_layers, lora_rank: its architecture has no stack of layers of its own"
    elif adaptation.freeze_layers > num_layers:
        yield f"freeze_layers = {adaptation.freeze_layers}, but it has {num_layers} layers"
    elif adaptation.lora_rank and adaptation.freeze_layers == num_layers:
        yield f"freeze_layers = {num_layers} freezes all its layers, so that none is left for adapters"
    known = tuple(linear_layers)
    for target in adaptation.lora_targets if known else ():
        if not any(is_called(name, target) for name in known):
            ends = sorted({name.rpartition(".")[2] for name in known})
            yield f'lora_targets: no linear layer of it is called "{target}"; {nearest(target, [*known, *ends])}'


def is_called(name: str, target: str) -> bool:
    """Whether a target names a layer: by its whole name, or the end of it.

    >>> is_called("attention.self.query", "query"), is_called("attention.self.query", "uery")
    (True, False)
    """
    return name == target or name.endswith(f".{target}")
