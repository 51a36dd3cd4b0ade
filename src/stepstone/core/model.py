"""Where an encoder comes from: the hub or a folder (pretrained), or from scratch (pretrain)."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from stepstone.core.recipe import PretrainRecipe
from stepstone.core.value import Value


class HubModel(Value):
    """A pretrained encoder on the Hugging Face hub, pinned to a revision."""

    name: str
    repository: str
    revision: str
    num_parameters: int | None = None
    recipe: dict[str, Any] = Field({}, description="what fine-tuning this model changes in a recipe")
    evidence: str = Field("", description="where revision and size were read")


class FolderModel(Value):
    """A pretrained encoder in a folder, in the Hugging Face layout."""

    name: str
    folder: str
    num_parameters: int | None = None
    recipe: dict[str, Any] = {}


class ScratchModel(Value):
    """A small encoder in XLM-R's form, pretrained from scratch on declared text."""

    name: str
    text: str = Field(description="the mlm task whose sentences are read")
    corpora: tuple[str, ...] = Field((), description="corpora of that task; none: all")
    languages: tuple[str, ...]
    num_documents: int | None = Field(None, description="of the lab's text; None for real text: all")
    vocab_size: int = 6000
    hidden_size: int = 128
    num_layers: int = 3
    num_heads: int = 4
    max_positions: int = 256
    dropout: float = 0.1
    initializer_range: float = Field(
        0.02, gt=0, description="standard deviation of new weights; narrow models need more"
    )
    seed: int = 1
    pretraining: PretrainRecipe = PretrainRecipe()
    recipe: dict[str, Any] = Field({}, description="what fine-tuning this model changes in a recipe")

    @property
    def num_parameters(self) -> int:
        """Weights of the encoder: embeddings and layers, without the language-model head's bias and dense."""
        width = self.hidden_size
        embeddings = (self.vocab_size + self.max_positions + 3) * width + 2 * width
        layer = 12 * width * width + 13 * width
        return embeddings + self.num_layers * layer


Model = HubModel | FolderModel | ScratchModel
