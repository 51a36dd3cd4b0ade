"""A translation: one split of a task put into another language."""

from __future__ import annotations

from typing import Any, ClassVar

from stepstone.core.result import Result, TranslateResult
from stepstone.core.spec import DataUse, NamedTask, Spec
from stepstone.core.translator import DESCRIBED, Translator
from stepstone.core.value import Json


class TranslateSpec(Spec):
    """One split of a task put into another language. `content` is that of the translator: revision, digest, noise."""

    kind: ClassVar[str] = "translate"
    result: ClassVar[type[Result]] = TranslateResult
    parents: ClassVar[tuple[str, ...]] = ()
    makes_checkpoint: ClassVar[bool] = False

    data: DataUse
    to: str
    translator: Translator
    content: str

    def uses(self) -> tuple[DataUse, ...]:
        """What is translated."""
        return (self.data,)

    def tasks(self) -> tuple[NamedTask, ...]:
        """What is translated."""
        return (NamedTask(self.data.task, "translation"),)

    def hashed(self) -> dict[str, Json]:
        """The identity without the translator's name and place."""
        identity: dict[str, Any] = self.identity()
        kept = {name: item for name, item in identity["translator"].items() if name not in DESCRIBED}
        return {**identity, "translator": kept}
