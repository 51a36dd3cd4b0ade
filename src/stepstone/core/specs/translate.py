"""The spec of a translation: a split of a task, the language that it is put into, and the translator."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from stepstone.core.result import Result
from stepstone.core.spec import Spec
from stepstone.core.translator import DESCRIBED, Decoding, TranslatorDeclaration
from stepstone.core.uses import DataUse, NamedTask
from stepstone.core.value import Json

# As `version`, of models alone: what files and the lab say is as it was. 2: in float32, however weights are stored.
_MODEL_VERSION = 2


class TranslateResult(Result):
    """Translated examples; those whose gold could not be carried over are lost, and counted by reason."""

    num_given: int
    num_examples: int
    lost: dict[str, int] = {}
    projected: dict[str, int] = Field({}, description="answers or tags by how they were found again")
    num_texts: int = Field(0, description="different sentences or texts that were translated; 0 of files")
    num_tokens: int = Field(0, description="word pieces that the model read and wrote; 0 where none has")
    quality: dict[str, float | None] = Field({}, description="chrF in percent, by what it is held against")


class TranslateSpec(Spec):
    """One split of a task put into another language. `content` is that of the translator: revision, digest, noise."""

    kind: ClassVar[str] = "translate"
    result: ClassVar[type[Result]] = TranslateResult
    parents: ClassVar[tuple[str, ...]] = ()
    makes_checkpoint: ClassVar[bool] = False

    data: DataUse
    to: str
    translator: TranslatorDeclaration
    content: str
    seed: int = Field(0, description="by which examples are drawn, as the trainings of this seed draw them")

    def uses(self) -> tuple[DataUse, ...]:
        """What is translated."""
        return (self.data,)

    def tasks(self) -> tuple[NamedTask, ...]:
        """What is translated."""
        return (NamedTask(self.data.task, "translation"),)

    def hashed(self) -> dict[str, Json]:
        """The identity without the translator's name and place."""
        identity: dict[str, Any] = super().hashed()
        kept = {name: item for name, item in identity["translator"].items() if name not in DESCRIBED}
        if isinstance(self.translator, Decoding):
            kept["version"] = _MODEL_VERSION
        return {**identity, "translator": kept}
