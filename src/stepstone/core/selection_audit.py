"""What a study asks about how its checkpoints are chosen: which targets and arms are scored at every look."""

from __future__ import annotations

from pydantic import Field

from stepstone.core.value import Value


class SelectionAudit(Value):
    """Targets that are trained once more, scored on all dev and test sets at every look."""

    targets: tuple[str, ...] | None = Field(
        None, min_length=1, description="none: every target of which a step is chosen by source dev"
    )
    conditions: tuple[str, ...] | None = Field(
        None, min_length=1, description='as in "none", "nli.ja"; none: all of the study'
    )
    translator: str | None = Field(
        None,
        description="puts source dev into the evaluated languages; none: there is no translated dev",
        examples=["nllb"],
    )
    translated_dev: dict[str, str] = Field(
        {},
        description="by target a task whose dev sets are translations of source dev, in place of the translator's",
        examples=[{"xnli": "xnli"}],
    )
