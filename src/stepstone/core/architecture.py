"""The shape of an encoder, how many weights follow from it, and what it can do; known without building it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from stepstone.core.value import Value

# Gated feed-forward parts, norms that only scale, no biases, positions by rotation.
_GATED = ("modernbert", "eurobert")
# Whoever numbers positions from the padding piece on loses the rows of the table up to it.
_LOST_POSITIONS = {"xlm-roberta": 2, "xlm-roberta-xl": 2}
# Heads that transformers does not have for an architecture, by its auto classes; a test asks the installed one.
_NO_HEADS = {"eurobert": ("AutoModelForQuestionAnswering", "AutoModelForMultipleChoice")}


_LINEAR_LAYERS = {
    "modernbert": ("attn.Wqkv", "attn.Wo", "mlp.Wi", "mlp.Wo"),
    "eurobert": (
        *(f"self_attn.{name}_proj" for name in ("q", "k", "v", "o")),
        *(f"mlp.{name}_proj" for name in ("gate", "up", "down")),
    ),
}


class Architecture(Value):
    """The fields of an encoder's config.json that decide how many weights it has, under their names there.

    Counted is what transformers' AutoModel holds: embeddings, layers and the pooler of an architecture that has
    one, but no head. A deberta-v2 is one in the form of DeBERTa V3: positions are relative, content and position
    share their projections, and the table of relative positions is normalised.
    """

    model_type: Literal["bert", "xlm-roberta", "xlm-roberta-xl", "deberta-v2", "modernbert", "eurobert"]
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int = 0
    position_buckets: int = Field(0, description="deberta-v2: half the rows of the table of relative positions")
    num_attention_heads: int = Field(1, description="eurobert: heads of the queries")
    num_key_value_heads: int = Field(1, description="eurobert: heads of keys and values, which queries share")
    add_pooling_layer: bool = Field(True, description="whether there is a pooler, in an architecture that has them")

    @classmethod
    def of_config(cls, config: Mapping[str, Any]) -> Architecture | None:
        """That of a config.json; None where it is of another form, or lacks what decides the number of weights."""
        known = {name: config[name] for name in cls.model_fields if name in config}
        # Not every deberta-v2 is one in the form of DeBERTa V3.
        if known.get("model_type") == "deberta-v2":
            return None
        try:
            return cls.model_validate(known)
        except ValidationError:
            return None

    def cut(self, num_layers: int | None) -> Architecture:
        """With its lowest layers alone; None: with all."""
        return self if num_layers is None else self.model_copy(update={"num_hidden_layers": num_layers})

    @property
    def num_parameters(self) -> int:
        """All weights."""
        return self.num_embedding_parameters + self.num_body_parameters

    @property
    def num_embedding_parameters(self) -> int:
        """Weights of words, absolute positions and token types, and of the norm on them where there is one."""
        is_absolute = self.model_type in ("bert", *_LOST_POSITIONS)
        positions = self.max_position_embeddings if is_absolute else 0
        tables = (self.vocab_size + positions + self.type_vocab_size) * self.hidden_size
        return tables if self.model_type in ("xlm-roberta-xl", "eurobert") else tables + self._norm

    @property
    def num_body_parameters(self) -> int:
        """Weights of the layers and of what stands beside them: relative positions, a last norm, the pooler."""
        return self.num_hidden_layers * (self._attention + self._feed_forward) + self._beside + self._pooler

    @property
    def linear_layers(self) -> tuple[str, ...]:
        """Names of the linear layers within a layer."""
        if self.model_type in _LINEAR_LAYERS:
            return _LINEAR_LAYERS[self.model_type]
        ending = "_proj" if self.model_type == "deberta-v2" else ""
        projections = tuple(f"attention.self.{name}{ending}" for name in ("query", "key", "value"))
        return (*projections, "attention.output.dense", "intermediate.dense", "output.dense")

    @property
    def num_positions(self) -> int | None:
        """Word pieces that it can place; None where positions are relative."""
        if self.model_type == "deberta-v2":
            return None
        return self.max_position_embeddings - _LOST_POSITIONS.get(self.model_type, 0)

    def has_head(self, auto_class: str) -> bool:
        """Whether transformers has a head of this auto class for it."""
        return auto_class not in _NO_HEADS.get(self.model_type, ())

    @property
    def _attention(self) -> int:
        """Four projections and a norm."""
        width = self.hidden_size
        if self.model_type == "eurobert":
            shared = width * self.num_key_value_heads // self.num_attention_heads
            return 2 * (width + shared) * width + self._norm
        return 4 * (width + self._bias) * width + self._norm

    @property
    def _feed_forward(self) -> int:
        """Two projections, or three where one is a gate, and a norm."""
        width, inner = self.hidden_size, self.intermediate_size
        if self.model_type in _GATED:
            return 3 * width * inner + self._norm
        return (width + 1) * inner + (inner + 1) * width + self._norm

    @property
    def _beside(self) -> int:
        if self.model_type == "deberta-v2":
            return 2 * self.position_buckets * self.hidden_size + self._norm
        # ModernBERT has a last norm, too, and none before its first attention.
        return self._norm if self.model_type in ("xlm-roberta-xl", "eurobert") else 0

    @property
    def _pooler(self) -> int:
        has_one = self.add_pooling_layer and self.model_type in ("bert", *_LOST_POSITIONS)
        return (self.hidden_size + 1) * self.hidden_size if has_one else 0

    @property
    def _norm(self) -> int:
        return self.hidden_size * (1 + self._bias)

    @property
    def _bias(self) -> int:
        return 0 if self.model_type in _GATED else 1
