"""What a study says beforehand about its evidence: the primary comparison, and what power it is to have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from stepstone.core.condition import BASELINE, CONTROL
from stepstone.core.errors import nearest
from stepstone.core.tag import canonical, is_tag
from stepstone.core.value import Value


def _canonical(name: str) -> str:
    """A language under its canonical tag; the name of an arm as it is."""
    return canonical(name) if re.match(r"[A-Za-z]{2,3}([-_]|$)", name) and is_tag(name) else name


ArmOrLanguage = Annotated[str, AfterValidator(_canonical)]


class Primary(Value):
    """The one comparison that the study is made for; it is tested by itself, everything else is exploratory."""

    intermediate: str = Field(description="the intermediate task, as the study calls it")
    language: ArmOrLanguage = Field(description="its arm: the language that it is trained in, or the name of the arm")
    against: str = Field(
        BASELINE,
        description=f'"{BASELINE}", another arm of the same intermediate task, or "{CONTROL}" of equal compute',
    )
    target: str = Field(description="a target or a benchmark")
    part: str = Field("all", description='"all", a group of languages, or a language')
    model: str | None = Field(None, description="none: every model of the study", examples=["xlm-roberta-large"])

    def check_asked(self, arms: Mapping[str, tuple[str, ...]], targets: tuple[str, ...], *, has_control: bool) -> None:
        """Raise ValueError where the study, with these arms of its intermediates, does not have what is compared."""
        if self.intermediate not in arms:
            hint = nearest(self.intermediate, arms)
            raise ValueError(f'primary.intermediate: no intermediate "{self.intermediate}"; {hint}')
        own = arms[self.intermediate]
        for name, value, known in (
            ("language", self.language, own),
            ("against", self.against, (BASELINE, *own, *([CONTROL] if has_control else []))),
            ("target", self.target, targets),
        ):
            if value not in known:
                raise ValueError(f'primary.{name}: "{value}" is not among {", ".join(known)}')
        if self.against == self.language:
            raise ValueError("primary.against: is the language itself")


class Power(Value):
    """What a study is planned to find; what is measured in a pilot takes the place of what is stated here."""

    gain: float = Field(2.0, gt=0, description="a true difference that should be found, in points")
    share: float = Field(0.8, gt=0, lt=1, description="of such studies in which it should be found")
    seed_sd: float = Field(1.0, gt=0, description="standard deviation of a score from run to run, in points")
    disagreement: float = Field(
        0.15, gt=0, le=1, description="share of examples that two arms answer differently (one right, one wrong)"
    )
