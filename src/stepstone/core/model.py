"""Where an encoder comes from: the hub or a folder (pretrained), or from scratch (pretrain)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from stepstone.core.architecture import Architecture
from stepstone.core.checked import ByCode, RecipePatch, check_table
from stepstone.core.facts import FactSources
from stepstone.core.recipe import PretrainRecipe
from stepstone.core.value import Seed, Value


def _check_revision(given: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{6,40}|refs/.+", given):
        raise ValueError(
            f'"{given}" may stand for other weights tomorrow: give the commit that it stands for today, 40 hexadecimal '
            "digits (on the hub: Files and versions, History)"
        )
    return given


_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


def _check_repository(given: str) -> str:
    if not _REPOSITORY.fullmatch(given) or "--" in given or ".." in given:
        raise ValueError(
            f'"{given}" is no name of a repository: give OWNER/NAME, as in "FacebookAI/xlm-roberta-base"; '
            'a folder goes under folder = "..."'
        )
    return given


# Never summed with that of other models, so any unit will do.
TextAmounts = Annotated[
    ByCode[Annotated[float, Field(gt=0, allow_inf_nan=False)]],
    Field(description="how much text of each language it was pretrained on, in any one unit; none: it is not known"),
]
# A branch moves, so its name is no identity.
Revision = Annotated[str, AfterValidator(_check_revision)]
# A repository of the hub, as OWNER/NAME.
Repository = Annotated[str, AfterValidator(_check_repository)]


class HubModel(Value):
    """A pretrained encoder on the Hugging Face hub, pinned to a revision."""

    name: str
    repository: str
    revision: Revision | None = Field(description="a commit with safetensors; None: nobody has read of one")
    num_layers: int | None = Field(None, description="its lowest layers alone: a truncation; None: all")
    architecture: Architecture | None = Field(None, description="its config; the size is counted from it")
    num_parameters: int | None = Field(None, description="stated where the architecture is not")
    num_embedding_parameters: int | None = Field(None, description="how many of them are embeddings; stated likewise")
    pretraining_text: TextAmounts = {}
    recipe: dict[str, Any] = Field({}, description="what fine-tuning this model changes in a recipe")
    evidence: FactSources = Field({}, description="where what is stated was read, or that it was not")

    @model_validator(mode="before")
    @classmethod
    def _count(cls, given: Any) -> Any:
        """The architecture decides the size."""
        if not isinstance(given, dict) or given.get("architecture") is None:
            return given
        shape = Architecture.model_validate(given["architecture"]).cut(given.get("num_layers"))
        sizes = {name: getattr(shape, name) for name in ("num_parameters", "num_embedding_parameters")}
        return {**given, **sizes, "architecture": shape}


class FolderModel(Value):
    """A pretrained encoder in a folder, in the Hugging Face layout."""

    name: str
    folder: str
    num_layers: int | None = Field(None, description="its lowest layers alone: a truncation; None: all")
    num_parameters: int | None = None
    num_embedding_parameters: int | None = None
    pretraining_text: TextAmounts = {}
    recipe: dict[str, Any] = {}


class ScratchModel(Value):
    """A small encoder in XLM-R's form, pretrained from scratch on declared text."""

    name: str
    text: str = Field(description="the mlm task whose sentences are read")
    corpora: tuple[str, ...] = Field((), description="corpora of that task; none: all", examples=[("wikipedia",)])
    languages: tuple[str, ...] = Field(description="of the text that it is pretrained on")
    num_documents: int | None = Field(None, ge=1, description="of the lab's text; None for real text: all")
    vocab_size: int = Field(
        6000, ge=8, le=10_000_000, description="word pieces of its tokenizer, which is trained on the same text"
    )
    hidden_size: int = Field(128, ge=1, le=100_000, description="width of its layers")
    num_layers: int = Field(3, ge=1, le=10_000, description="layers")
    num_heads: int = Field(4, ge=1, le=10_000, description="attention heads of a layer")
    max_positions: int = Field(256, ge=8, le=10_000_000, description="word pieces of the longest text that it can read")
    dropout: float = Field(0.1, ge=0, lt=1, description="in pretraining and in fine-tuning")
    initializer_range: float = Field(
        0.02, gt=0, le=100, description="standard deviation of new weights; narrow models need more"
    )
    seed: Seed = Field(1, description="of its first weights and the order of texts")
    pretraining: PretrainRecipe = Field(
        PretrainRecipe(), description="how it is pretrained", examples=[{"num_steps": 1500, "batch_size": 16}]
    )
    recipe: dict[str, Any] = Field({}, description="what fine-tuning this model changes in a recipe")

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.hidden_size % self.num_heads:
            raise ValueError(f"hidden_size: {self.hidden_size} is no multiple of num_heads = {self.num_heads}")
        return self

    @property
    def pretraining_text(self) -> dict[str, float]:
        """Documents of each language: the lab writes as many of each; those of real text are not counted here."""
        return dict.fromkeys(self.languages, float(self.num_documents)) if self.num_documents else {}

    @property
    def architecture(self) -> Architecture:
        """The encoder's shape; it has no pooler."""
        return Architecture(
            model_type="xlm-roberta",
            vocab_size=self.vocab_size,
            hidden_size=self.hidden_size,
            num_hidden_layers=self.num_layers,
            intermediate_size=4 * self.hidden_size,
            max_position_embeddings=self.max_positions + 2,
            type_vocab_size=1,
            add_pooling_layer=False,
        )

    @property
    def num_parameters(self) -> int:
        """Weights of the encoder: embeddings and layers, without the language-model head's bias and dense."""
        return self.architecture.num_parameters

    @property
    def num_embedding_parameters(self) -> int:
        """How many of the weights are embeddings."""
        return self.architecture.num_embedding_parameters


Model = HubModel | FolderModel | ScratchModel


def _check_scratch(sizes: dict[str, Any]) -> dict[str, Any]:
    check_table({**sizes, "name": "own"}, ScratchModel)
    return sizes


_OF_LISTED = {"recipe", "pretraining_text"}


class ModelEntry(Value):
    """An encoder: a hub repository with a pinned revision, a folder, one to pretrain, or a listed one's recipe."""

    hub: Repository | None = Field(
        None, description="a repository of the hub, OWNER/NAME", examples=["FacebookAI/xlm-roberta-base"]
    )
    revision: Revision | None = Field(
        None, description="the commit of that repository", examples=["e73636d4f797dec63c3081bb6ed5c7b0bb3f2089"]
    )
    folder: str | None = Field(None, description="a folder in the Hugging Face layout")
    scratch: Annotated[dict[str, Any], AfterValidator(_check_scratch)] | None = Field(
        None,
        description="sizes, text and pretraining recipe of an encoder trained from scratch",
        examples=[{"text": "text", "languages": ["en", "ja"]}],
    )
    num_layers: int | None = Field(
        None, ge=1, description="its lowest layers alone, which makes an encoder of its own: a truncation; none: all"
    )
    num_parameters: int | None = Field(None, ge=1, description="its size, where nothing declares it")
    num_embedding_parameters: int | None = Field(None, ge=0, description="how many of them are embeddings")
    pretraining_text: TextAmounts = Field({}, examples=[{"en": 300.8, "ja": 69.3}])
    recipe: RecipePatch = Field({}, description="what fine-tuning this model changes in a recipe")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        num = sum(place is not None for place in (self.hub, self.folder, self.scratch))
        if num > 1 or (num == 0 and not (self.model_fields_set and self.model_fields_set <= _OF_LISTED)):
            raise ValueError(
                "give one of hub (with revision), folder and scratch; a recipe alone is for a listed model, as is "
                "pretraining_text"
            )
        if self.scratch is not None and self.num_layers is not None:
            raise ValueError(
                "num_layers: cuts a pretrained encoder; of one from scratch it stands in its scratch table"
            )
        if self.scratch is not None and self.pretraining_text:
            raise ValueError("pretraining_text: that of an encoder that is pretrained here is what scratch says")
        if self.hub is not None and self.revision is None:
            raise ValueError("a hub model needs a pinned revision (a commit)")
        if (self.num_embedding_parameters or 0) > (self.num_parameters or 0):
            raise ValueError("num_embedding_parameters: goes with num_parameters, which are at least as many")
        return self


def num_layer_parameters(model: Model) -> int | None:
    """Weights of a model that are no embeddings; None where its size or that of its embeddings is not known."""
    if model.num_parameters is None or model.num_embedding_parameters is None:
        return None
    return model.num_parameters - model.num_embedding_parameters


def conversion(source: str, revision: str = "") -> str:
    """Two lines of Python that make safetensors of a copy of pickled weights, for whoever trusts them.

    >>> print(conversion("a/b"))
    AutoModel.from_pretrained("a/b").save_pretrained("FOLDER")
    AutoTokenizer.from_pretrained("a/b").save_pretrained("FOLDER")
    """
    where = f'"{source}", revision="{revision}"' if revision else f'"{source}"'
    lines = (f'{auto}.from_pretrained({where}).save_pretrained("FOLDER")' for auto in ("AutoModel", "AutoTokenizer"))
    return "\n".join(lines)
