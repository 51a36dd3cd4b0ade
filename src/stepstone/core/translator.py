"""Translators: a sequence-to-sequence model of the hub or a folder, files of translations, or the lab's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from stepstone.core.checked import ByCode
from stepstone.core.home import expanded
from stepstone.core.model import Repository, Revision
from stepstone.core.recipe import Precision
from stepstone.core.value import Value

# What only names a translator or says where it is; its content is in the stage's key.
DESCRIBED = frozenset({"name", "folder", "files"})
# What a translator knows: what its texts say, also which word renders which, or what each word's tag is.
Knows = Literal["texts", "words", "tags"]


class Decoding(Value):
    """How a sequence-to-sequence model translates: one sentence at a time, by beam search."""

    num_beams: int = Field(4, ge=1, le=1000, description="1: greedy")
    max_length: int = Field(256, ge=8, le=1_000_000, description="word pieces of one sentence and of its translation")
    codes: ByCode[str] = Field(
        {},
        description="the model's own names of languages, by tag; others are looked up",
        examples=[{"ja": "jpn_Jpan"}],
    )
    precision: Precision = Field("fp32", description="bf16: autocast matrix products to bfloat16")


class HubTranslator(Decoding):
    """A sequence-to-sequence model on the Hugging Face hub, pinned to a revision."""

    name: str
    repository: str
    revision: Revision


class FolderTranslator(Decoding):
    """A sequence-to-sequence model in a folder, in the Hugging Face layout."""

    name: str
    folder: str


class FileTranslator(Value):
    """Translations that lie ready: a file for each split, with the fields of examples by id."""

    name: str
    files: str = Field(description="path with {task}, {split}, {source} and {to}")

    def path(self, task: str, split: str, source: str, to: str) -> Path:
        """The file of one split."""
        return expanded(self.files.format(task=task, split=split, source=source, to=to))


class LabTranslator(Value):
    """The lab's translator, which knows what its sentences mean."""

    name: str
    noise: float = Field(0.0, ge=0, le=1, description="how likely a word is written as another of its kind")


TranslatorDeclaration = HubTranslator | FolderTranslator | FileTranslator | LabTranslator


class TranslatorEntry(Decoding):
    """A translator in a study: a model of the hub (pinned) or of a folder, files, or the lab's with its noise."""

    hub: Repository | None = Field(
        None, description="a repository of the hub, OWNER/NAME", examples=["facebook/nllb-200-distilled-600M"]
    )
    revision: Revision | None = Field(
        None, description="the commit of that repository", examples=["0123456789abcdef0123456789abcdef01234567"]
    )
    folder: str | None = Field(None, description="a folder in the Hugging Face layout", examples=["my-translator"])
    files: str | None = Field(
        None,
        description="files of translations: a path with {task}, {split}, {source} and {to}",
        examples=["translations/{task}-{split}-{source}-{to}.jsonl"],
    )
    noise: float | None = Field(
        None, ge=0, le=1, description="the lab's: how likely a word is written as another of its kind", examples=[0.1]
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        given = [name for name in ("hub", "folder", "files", "noise") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give one of hub (with revision), folder, files and (in the lab) noise")
        if (self.hub is None) != (self.revision is None):
            raise ValueError("a hub model needs a pinned revision (a commit), and nothing else has one")
        decoding = sorted(set(Decoding.model_fields) & self.model_fields_set)
        if decoding and given[0] in ("files", "noise"):
            raise ValueError(f"{given[0]}: {', '.join(decoding)} are for models")
        return self

    @property
    def knows(self) -> Knows:
        """What carries tags over: in the lab which word renders which, in files what they say of each word."""
        return "tags" if self.files is not None else "texts" if self.noise is None else "words"

    def named(self, name: str) -> TranslatorDeclaration:
        """The translator of this name."""
        decoding: dict[str, Any] = {field: getattr(self, field) for field in Decoding.model_fields}
        if self.hub is not None and self.revision is not None:
            return HubTranslator(name=name, repository=self.hub, revision=self.revision, **decoding)
        if self.folder is not None:
            return FolderTranslator(name=name, folder=self.folder, **decoding)
        if self.files is not None:
            return FileTranslator(name=name, files=self.files)
        return LabTranslator(name=name, noise=self.noise or 0.0)
