"""The shape of an encoder, and how many weights follow from it; counted without building it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stepstone.core.value import Value


class Architecture(Value):
    """The fields of an encoder's config.json that decide how many weights it has, under their names there.

    Counted is what transformers' AutoModel holds: embeddings, layers and the pooler of an architecture that has
    one, but no head. A deberta-v2 is one in the form of DeBERTa V3: positions are relative, content and position
    share their projections, and the table of relative positions is normalised.
    """

    model_type: Literal["bert", "xlm-roberta", "xlm-roberta-xl", "deberta-v2"]
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    position_buckets: int = Field(0, description="deberta-v2: half the rows of the table of relative positions")
    add_pooling_layer: bool = Field(True, description="whether there is a pooler; a deberta-v2 never has one")

    @property
    def num_parameters(self) -> int:
        """All weights."""
        return self.num_embedding_parameters + self.num_body_parameters

    @property
    def num_embedding_parameters(self) -> int:
        """Weights of words, absolute positions and token types, and of the norm on them where there is one."""
        positions = 0 if self.model_type == "deberta-v2" else self.max_position_embeddings
        tables = (self.vocab_size + positions + self.type_vocab_size) * self.hidden_size
        return tables if self.model_type == "xlm-roberta-xl" else tables + self._norm

    @property
    def num_body_parameters(self) -> int:
        """Weights of the layers and of what stands beside them: relative positions, a last norm, the pooler."""
        return self.num_hidden_layers * self._layer + self._beside + self._pooler

    @property
    def linear_layers(self) -> tuple[str, ...]:
        """Names of the linear layers within a layer."""
        ending = "_proj" if self.model_type == "deberta-v2" else ""
        projections = tuple(f"attention.self.{name}{ending}" for name in ("query", "key", "value"))
        return (*projections, "attention.output.dense", "intermediate.dense", "output.dense")

    @property
    def _layer(self) -> int:
        """Four projections of attention, two of the feed-forward part, a norm after (or before) each."""
        width, inner = self.hidden_size, self.intermediate_size
        return 4 * (width + 1) * width + (width + 1) * inner + (inner + 1) * width + 2 * self._norm

    @property
    def _beside(self) -> int:
        if self.model_type == "deberta-v2":
            return 2 * self.position_buckets * self.hidden_size + self._norm
        return self._norm if self.model_type == "xlm-roberta-xl" else 0

    @property
    def _pooler(self) -> int:
        has_one = self.add_pooling_layer and self.model_type != "deberta-v2"
        return (self.hidden_size + 1) * self.hidden_size if has_one else 0

    @property
    def _norm(self) -> int:
        return 2 * self.hidden_size
