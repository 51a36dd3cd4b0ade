"""What a verification found: findings with what was expected, what could not be checked, and the verdict."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stepstone.core.value import Value

VERIFIED, FALSIFIED = "VERIFIED", "FALSIFIED"
CheckName = Literal["identity", "member", "key", "plan", "lock", "prediction", "score", "table", "rerun"]


class Finding(Value):
    """One thing that is not as it should be."""

    what: CheckName = Field(description="which check it fails")
    where: str = Field(description="member of the archive, with line or example, and the stage's label")
    expected: str
    found: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.what}: {self.where}: expected {self.expected}, found {self.found}"


class Rerun(Value):
    """A stage that was run again."""

    label: str
    outcome: Literal["same", "differs", "undecided"] = Field(
        description="same: bit for bit; undecided: other bits, where versions or processor are others, too"
    )
    detail: str = ""


class VerificationReport(BaseModel):
    """What `stepstone verify --json` prints."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Literal["VERIFIED", "FALSIFIED"]
    identity: str = Field(description="sha256 of the manifest")
    format: int
    study: str
    stepstone: str = Field(description="the version that sealed it")
    checked: dict[str, int] = Field(description="how many members, records, evaluations, scores and rows were checked")
    findings: tuple[Finding, ...] = Field(description="all that is not as it should be; none: VERIFIED")
    not_checked: tuple[str, ...] = Field(description="what could not be checked here, and why")
    reruns: tuple[Rerun, ...] = ()

    @property
    def is_verified(self) -> bool:
        """Whether nothing was found."""
        return self.verdict == VERIFIED

    def table(self) -> dict[str, Any]:
        """The report as JSON types."""
        return self.model_dump(mode="json")
