"""A condition: the hops that one arm of a study takes before its targets, and the factors that set it apart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypedDict

from stepstone.core.arm import Merged
from stepstone.core.mixing import Mixing
from stepstone.core.setting import Setting
from stepstone.core.task import Task

BASELINE = "none"  # the label of the arm without an intermediate task
CONTROL = "control"  # in place of an arm: more of the target's own task instead
_PLACED = ("intermediate", "arm", "intermediate_language", "method", "setting")


@dataclass(frozen=True)
class Source:
    """What a hop takes of one task: its languages, how much, and what it changes in the recipe.

    Attributes:
        task: what is trained on.
        languages: one, or several of running text.
        num_examples: drawn at random; None: all.
        at_most: a language that has fewer examples gives what it has.
        to: languages that it is translated into, in turn.
        translator: the name of what translates it.
        patch: what differs from the hop's recipe.
        share: its rate in a mixture; None: as the mixture says.
        loss_weight: of the mean loss of its inputs.
        head: the head that it is named for; None: the one of its labels.
        exponent: of running text: languages are drawn in proportion to their size to this power.
        mlm_probability: of running text: share of its pieces that are predicted.
        allow_overlap: of running text: it may hold passages that the study evaluates.
    """

    task: Task
    languages: tuple[str, ...]
    num_examples: int | None
    at_most: bool = False
    to: tuple[str, ...] = ()
    translator: str | None = None
    patch: dict[str, Any] = field(default_factory=dict)
    share: float | None = None
    loss_weight: float = 1.0
    head: str | None = None
    exponent: float = 0.3
    mlm_probability: float = 0.15
    allow_overlap: bool = False

    @property
    def language(self) -> str:
        """The only language that it is in."""
        (language,) = self.languages
        return language

    @property
    def trained_in(self) -> str:
        """The language of what is trained on, which translation may have changed."""
        return self.to[-1] if self.to else self.language

    @property
    def is_text(self) -> bool:
        """Whether it is running text."""
        return not self.task.family_declaration.is_labelled

    @property
    def name(self) -> str:
        """What it is called in records: `mnli.ja`, `text.en+ja`, `mnli.en>ja`."""
        return ">".join((f"{self.task.name}.{'+'.join(self.languages)}", *self.to))


@dataclass(frozen=True)
class Hop:
    """One training: of one source, or of several together.

    Attributes:
        where: the table of the study that it comes from, as in `intermediate.nli`.
        name: what its stage is called.
        sources: what it takes of each task.
        patch: what the study's table changes in the recipe.
        keep_head: whether it goes on with the head of the hop before.
        mixing: how several sources are drawn.
    """

    where: str
    name: str
    sources: tuple[Source, ...]
    patch: dict[str, Any]
    keep_head: bool = False
    mixing: Mixing = field(default_factory=Mixing)

    @property
    def is_mixture(self) -> bool:
        """Whether it trains several heads, or a language model's."""
        return len(self.sources) > 1 or self.sources[0].is_text

    @property
    def only(self) -> Source:
        """The source of a hop that is no mixture."""
        (source,) = self.sources
        return source

    def where_of(self, source: Source) -> str:
        """Where messages say that a source is: its table, and what it takes of it."""
        return f"{self.where}: {source.name}"

    def tried(self, setting: Setting) -> Hop:
        """The same by the values that a setting has of a grid, in place of all other tables'."""
        values, label = dict(setting.intermediate_recipe.values), setting.before_targets.label
        sources = tuple(replace(one, patch={**one.patch, **values}) for one in self.sources)
        return replace(self, name=self.name + label, sources=sources, patch={**self.patch, **values})

    @property
    def languages(self) -> str:
        """The languages of what is trained on: `ja`, `en+ja`, `en>ja`."""
        named = (">".join(("+".join(source.languages), *source.to)) for source in self.sources)
        return "+".join(dict.fromkeys(named))


class Factors(TypedDict):
    """What sets a condition apart, as columns of the frame."""

    intermediate: str | None
    intermediate_base: str | None
    num_intermediate_examples: int | None
    arm: str | None
    intermediate_language: str | None
    method: str | None
    setting: str
    baseline: str


@dataclass(frozen=True)
class Condition:
    """One arm, by its factors; without an intermediate it is the baseline.

    Attributes:
        intermediate: the name of the intermediate task in the study.
        arm: its name there, often the language that it is trained in; None for a control.
        hops: its trainings in turn. A control has none of its own, for they differ by target; nor has a merge.
        beside: the arms whose number of steps a control takes.
        setting: how it is trained.
        merged: how the checkpoints of `members` become one; None: it is trained.
        members: the arms whose checkpoints are merged.
        base: the name of the intermediate without its number of examples, where the study tries several; else its name.
        num_examples: asked for by the study, of every hop; None: all, or nothing is said.
    """

    intermediate: str | None = None
    arm: str | None = None
    hops: tuple[Hop, ...] = ()
    beside: tuple[Condition, ...] = field(default=(), repr=False)
    setting: Setting = field(default_factory=Setting)
    merged: Merged | None = None
    members: tuple[Condition, ...] = field(default=(), repr=False)
    base: str | None = None
    num_examples: int | None = None

    @property
    def is_control(self) -> bool:
        """Whether it is trained on more of each target's own task."""
        return self.intermediate is not None and self.arm is None

    def under(self, setting: Setting) -> Condition:
        """The same in a setting, and by its values of a grid."""
        members, beside = (tuple(one.under(setting) for one in of) for of in (self.members, self.beside))
        hops = tuple(hop.tried(setting) for hop in self.hops)
        return replace(self, setting=setting, hops=hops, members=members, beside=beside)

    @cached_property
    def label(self) -> str:
        """What it is called in labels and tables."""
        return label_of(self.intermediate, CONTROL if self.is_control else self.arm) + self.setting.label

    @cached_property
    def languages(self) -> str | None:
        """The languages that it is trained in: `ja`, `en+ja`, `en>ja`, `en, ja` for a chain; None for a control."""
        if self.members:
            return " | ".join(member.languages or "" for member in self.members)
        return ", ".join(hop.languages for hop in self.hops) or None

    @property
    def method(self) -> str | None:
        """How it comes about: trained on one source, a mixture, a chain, a merge, a control; None for the baseline."""
        if self.intermediate is None:
            return None
        if self.is_control or self.merged:
            return CONTROL if self.is_control else "merge"
        if len(self.hops) > 1:
            return "chain"
        return "mixture" if any(hop.is_mixture for hop in self.hops) else "single"

    @cached_property
    def factors(self) -> Factors:
        """Its columns in the frame; of a control, `control` stands in place of arm and languages."""
        return Factors(
            intermediate=self.intermediate,
            intermediate_base=self.base,
            num_intermediate_examples=self.num_examples,
            arm=CONTROL if self.is_control else self.arm,
            intermediate_language=CONTROL if self.is_control else self.languages,
            method=self.method,
            setting=self.setting.text,
            baseline=label_of(None, None) + self.setting.label,
        )

    @cached_property
    def named(self) -> dict[str, str]:
        """Those of its columns that say where a stage stands in the study; what is empty is left out."""
        return {name: str(factor) for name, factor in self.factors.items() if factor and name in _PLACED}


def label_of(intermediate: str | None, arm: str | None) -> str:
    """The label of the condition that has these factors.

    >>> label_of(None, None), label_of("nli", "ja"), label_of("nli", "control")
    ('none', 'nli.ja', 'nli.control')
    """
    return BASELINE if intermediate is None else f"{intermediate}.{arm}"
