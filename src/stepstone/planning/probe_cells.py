"""What probes fill: a value that is read off a checkpoint, and the checkpoint itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from stepstone.core.condition import Condition
from stepstone.core.model import Model
from stepstone.core.probes import CheckpointRole
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.planning.cells import ModelCondition

MLM, RETRIEVAL, ALIGNMENT, EARLIER, TEXT = "mlm_loss", "retrieval", "alignment", "earlier_task", "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeCell(ModelCondition):
    """One value, or one by layer, that is read off a checkpoint; `key` is that of the probe.

    Attributes:
        checkpoint: encoder, intermediate (after the hops of the condition) or target.
        target: whose training made the checkpoint, or target+language after shots; None of the other two.
        measure: mlm_loss, retrieval, alignment, earlier_task; text, a vector of a condition's task or of a target's.
        task: whose text is read.
        reference: key of what its change is from: of the encoder's own value, or of an earlier task's score right
            after its own training; empty where that is not probed.
    """

    checkpoint: CheckpointRole
    target: str | None
    measure: str
    task: str
    language: str
    group: str
    seed: int
    key: str
    reference: str


@dataclass(frozen=True)
class ProbedCheckpoint:
    """A checkpoint to be probed, and the encoder that it goes back to, by their keys."""

    model: Model
    condition: Condition
    target: str | None
    seed: int
    key: str
    origin: str

    @property
    def kind(self) -> CheckpointRole:
        """What made it."""
        return "encoder" if self.key == self.origin else "intermediate" if self.target is None else "target"

    def label(self, what: str, language: str) -> str:
        """Of a probe; the encoder itself has neither condition nor seed."""
        if self.kind == "encoder":
            return f"{self.model.name}/probe:{what}/{language}"
        place = "/".join([self.condition.label, *([self.target] if self.target else [])])
        return f"{self.model.name}/{place}/probe:{what}/s{self.seed}/{language}"

    def coordinates(self, language: str) -> dict[str, str | int]:
        """Of a probe."""
        found: dict[str, str | int] = {"model": self.model.name, "language": language}
        if self.kind != "encoder":
            found |= {"condition": self.condition.label, "seed": self.seed}
        return found | ({"target": self.target} if self.target else {})


class ChainLink(NamedTuple):
    """A checkpoint of a chain, and the evaluation of the task that it was trained on; None: there is no data for it."""

    probed: ProbedCheckpoint
    spec: EvaluateSpec | None
