"""Arms of an intermediate: chains of hops, each of one or more portions; or a merge of other arms, without training."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from stepstone.core.checked import Code, NoRepeats, OneOrMore, RecipePatch
from stepstone.core.mistakes import mistakes
from stepstone.core.value import Value

THEN = "then"  # between the hops of a chain
_PORTION = re.compile(r"^(?P<task>[^:>+]+):(?P<languages>[^:>]+)(?P<to>(>[^:>+]+)*)$")
_HOW = 'write "mnli:en", "xnli:en+de" (several languages), "mnli:en>ja" (translated), or a table { task, language }'


PortionLanguages = Annotated[tuple[Code, ...], OneOrMore, NoRepeats, Field(min_length=1)]


class Portion(Value):
    """What one hop takes of a task: its languages, how much of it, and what differs from the hop's recipe."""

    task: str = Field(min_length=1, description="by its name in `stepstone list tasks`")
    language: PortionLanguages = Field(
        description="one language or several; of running text they are drawn by `exponent`"
    )
    to: Annotated[tuple[Code, ...], OneOrMore] = Field(
        (), description="translated into this language; two of them: there and back"
    )
    translator: str | None = Field(None, description="what translates it; none: the intermediate's")
    share: float | None = Field(None, gt=0, lt=1, description="its rate in the mixture; none: as `mixing` says")
    loss_weight: float = Field(1.0, gt=0, description="of the mean loss of its inputs")
    num_examples: int | None = Field(
        None,
        ge=1,
        description="in place of its part of the intermediate's; of running text: sentences of each language",
    )
    head: str | None = Field(
        None,
        pattern=r"^[A-Za-z][A-Za-z0-9_-]*$",
        description="portions that name one head share it; none: those of equal labels do",
        examples=["nli"],
    )
    recipe: RecipePatch = Field(
        {}, description="batch size, lengths and the like of this portion", examples=[{"batch_size": 8}]
    )
    exponent: float = Field(0.3, gt=0, le=1, description="running text: a language's size to this power (XLM-R: 0.3)")
    allow_overlap: bool = Field(False, description="running text: it may hold passages that the study evaluates")
    mlm_probability: float = Field(0.15, gt=0, lt=1, description="running text: share of pieces that are predicted")

    @property
    def text(self) -> str:
        """The portion as it is written in short.

        >>> Portion(task="mnli", language=("en",), to=("ja",)).text
        'mnli:en>ja'
        """
        return f"{self.task}:{'+'.join(self.language)}{''.join(f'>{code}' for code in self.to)}"


class Trained(Value):
    """An arm that is trained: its hops in turn, the portions of each together."""

    hops: tuple[tuple[Portion, ...], ...]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that it trains on, each once."""
        return tuple(dict.fromkeys(portion.task for hop in self.hops for portion in hop))


class Merged(Value):
    """An arm made of the checkpoints of other arms of the same intermediate, without training.

    mean: the average of their weights. sum: the encoder plus `scale` times the sum of what each arm changed
    (task arithmetic, Ilharco et al. 2023). ties: the same after trimming and electing signs (Yadav et al. 2023).
    layers: the lowest `num_layers` layers of the first arm, with `embeddings` the embeddings too, and everything else
    of the second (layer swapping, Bandarkar et al. 2025). Heads are left behind: what comes next draws a new one.
    """

    merge: tuple[str, ...] = Field(min_length=1, description="arms of this intermediate")
    method: Literal["mean", "sum", "ties", "layers"] = Field("mean", description="see above")
    over: Literal["arms", "seeds"] = Field("arms", description="seeds: every seed of these arms, in one checkpoint")
    scale: float = Field(1.0, gt=0, description="sum and ties: of the summed changes")
    density: float = Field(0.2, gt=0, le=1, description="ties: share of each arm's changes that is kept")
    num_layers: int | None = Field(
        None, ge=1, description="layers: how many are the first arm's, from below", examples=[6]
    )
    embeddings: bool = Field(False, description="layers: whether the embeddings are the first arm's, too")

    @property
    def has_base(self) -> bool:
        """Whether the method asks for the encoder that all arms began from."""
        return self.method in ("sum", "ties")

    def find_misfits(self, num_layers: int) -> Iterator[str]:
        """What it asks of an encoder of so many layers that this does not have."""
        if (self.num_layers or 0) > num_layers:
            yield f"num_layers = {self.num_layers}, but it has {num_layers} layers"

    @model_validator(mode="after")
    def _fits(self) -> Merged:
        if len(set(self.merge)) < len(self.merge):
            raise ValueError("merge: an arm is named more than once")
        if self.over == "arms" and len(self.merge) < 2:
            raise ValueError('merge: name two arms or more, or say over = "seeds"')
        if (self.method == "layers") != (self.num_layers is not None):
            raise ValueError('num_layers: goes with method = "layers", which needs it')
        if self.method == "layers" and (len(self.merge) != 2 or self.over == "seeds"):
            raise ValueError("merge: layers are swapped between two arms of one seed")
        for name, methods in (("scale", ("sum", "ties")), ("density", ("ties",)), ("embeddings", ("layers",))):
            if self.method not in methods and getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f'{name}: has no meaning for method = "{self.method}"')
        return self


DeclaredArm = Trained | Merged
TableT = TypeVar("TableT", bound=Value)


def parse_portion(given: str) -> Portion:
    """A portion from its short form; raises ValueError that shows how it is written."""
    match = _PORTION.match(given.replace(" ", ""))
    if match is None:
        raise ValueError(f'"{given}" is no portion: {_HOW}')
    to = tuple(code for code in match["to"].split(">") if code)
    return _made(Portion, {"task": match["task"], "language": match["languages"].split("+"), "to": to})


def parse_arm(given: Any) -> DeclaredArm:
    """An arm as a study writes it: a portion, a list of portions with "then" between hops, or a table that merges.

    Raises:
        ValueError: every mistake of it, by portion.
    """
    if isinstance(given, Trained | Merged):
        return given
    if isinstance(given, Mapping) and "merge" in given:
        return _made(Merged, given)
    items = [given] if isinstance(given, str | Mapping | Portion) else given
    if not isinstance(items, list | tuple) or not items:
        raise ValueError(f"give a list of portions: {_HOW}")
    hops: list[list[Portion]] = [[]]
    for item in items:
        if item == THEN:
            hops.append([])
        else:
            hops[-1].append(_portion(item))
    if not all(hops):
        raise ValueError(f'a hop is empty: "{THEN}" stands between portions')
    for hop in hops:
        _check_hop(hop)
    return Trained(hops=tuple(map(tuple, hops)))


def _portion(given: Any) -> Portion:
    if isinstance(given, Portion):
        return given
    if isinstance(given, str):
        return parse_portion(given)
    if isinstance(given, Mapping):
        return _made(Portion, given)
    raise ValueError(f"{given!r} is no portion: {_HOW}")


def _check_hop(hop: Sequence[Portion]) -> None:
    """Raise ValueError where a portion is named twice, or given rates do not leave room for the others."""
    names = [portion.text for portion in hop]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f'"{repeated}" is in one hop twice; give it a share instead')
    given = [portion.share for portion in hop if portion.share is not None]
    if len(given) == len(hop) and abs(sum(given) - 1) > 1e-6:
        raise ValueError(f"share: {' + '.join(f'{one:g}' for one in given)} = {sum(given):g}; they must sum to 1")
    if len(given) < len(hop) and sum(given) >= 1:
        raise ValueError(f"share: {sum(given):g} leaves nothing for the other portions")


def _made(table: type[TableT], given: Mapping[str, Any]) -> TableT:
    try:
        return table.model_validate(given)
    except ValidationError as error:
        lines = [line.removeprefix("(top level): ") for line in mistakes(error, table)]
        raise ValueError("; ".join(lines)) from error


ArmEntry = Annotated[Trained | Merged, BeforeValidator(parse_arm)]
