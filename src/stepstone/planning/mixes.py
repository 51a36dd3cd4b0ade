"""What each portion of a study's mixtures contributes, counted from its data before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from stepstone.core.example import Example
from stepstone.core.home import expanded
from stepstone.core.mixing import PortionSize, find_rates, inputs_per_step, num_steps
from stepstone.core.model import FolderModel
from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.specs.mixture import MixtureSpec, PortionUse
from stepstone.core.stage import Stage
from stepstone.core.uses import DataUse
from stepstone.data.load import load_examples
from stepstone.planning.checkpoints import checkpoint_lineage
from stepstone.planning.lengths import Lengths, measure_lengths, measure_runs, spread
from stepstone.planning.plan import Plan
from stepstone.store.store import Store


@dataclass(frozen=True)
class PortionPlan:
    """One portion of one mixture.

    Attributes:
        mixture: label of the stage, of the first seed that has it.
        portion: its name, as records have it.
        head: that it trains.
        num_examples: labelled examples, or sentences of running text.
        num_inputs: what these become, a passage several windows; as many as they are while there is no tokenizer.
        is_most: whether another stage is still to make them, and may lose some.
        rate: of all inputs, or of all steps where each is one portion's.
        num_steps: of the whole mixture.
        num_drawn: inputs that are expected to be drawn from it.
        tokens: word pieces of one of them on average; None: there is no tokenizer yet.
    """

    mixture: str
    portion: str
    head: str
    num_examples: int
    num_inputs: int
    is_most: bool
    rate: float
    num_steps: int
    num_drawn: float
    tokens: float | None

    @property
    def num_passes(self) -> float | None:
        """How often each input is seen on average."""
        return self.num_drawn / self.num_inputs if self.num_inputs else None

    @property
    def num_tokens(self) -> float | None:
        """Word pieces that are trained on."""
        return None if self.tokens is None else self.tokens * self.num_drawn


def inspect_mixtures(plan: Plan, store: Store) -> list[PortionPlan]:
    """Every mixture of a study, that of one seed for all.

    Raises:
        UserError: its data cannot be read.
    """
    found: dict[tuple[str, str], tuple[str, MixtureSpec]] = {}
    for key, stage in plan.stages.items():
        if isinstance(stage.spec, MixtureSpec):
            of = stage.spec.model_copy(update={"seed": 0}).model_dump_json()
            found.setdefault((str(stage.coordinates.get("model")), of), (key, stage.spec))
    return [row for key, spec in found.values() for row in _portions(plan, store, key, spec)]


def _portions(plan: Plan, store: Store, key: str, spec: MixtureSpec) -> Iterator[PortionPlan]:
    tokenizer, stage = _tokenizer(plan, store, key), plan.stages[key]
    read = [_read(plan, one) for one in spec.portions]
    sizes = [
        sum(_count_made(plan, store, stage, use) for use in one.data) if examples is None else len(examples)
        for one, examples in zip(spec.portions, read, strict=True)
    ]
    lengths = [_lengths(one, examples, tokenizer) for one, examples in zip(spec.portions, read, strict=True)]
    inputs = [round(size * (of.inputs if of else 1)) for size, of in zip(sizes, lengths, strict=True)]
    amounts = [
        PortionSize(None if one.is_text else size, one.share, one.batch_size, num)
        for one, size, num in zip(spec.portions, sizes, inputs, strict=True)
    ]
    steps = num_steps(amounts, spec.mixing, spec.recipe) if spec.recipe.num_steps or _has_examples(amounts) else 0
    rates = find_rates(amounts, spec.mixing)
    drawn = inputs_per_step(amounts, spec.mixing, spec.recipe)
    for place, (one, rate, num) in enumerate(zip(spec.portions, rates, drawn, strict=True)):
        examples, of = read[place], lengths[place]
        yield PortionPlan(
            mixture=stage.label,
            portion=one.name,
            head=one.head,
            num_examples=sizes[place],
            num_inputs=inputs[place],
            is_most=examples is None and not all(store.complete(stage.by_role[use.made_by]) for use in one.data),
            rate=rate,
            num_steps=steps,
            num_drawn=num * steps,
            tokens=of.pieces if of else None,
        )


def _has_examples(amounts: Sequence[PortionSize]) -> bool:
    return any(amount.num_examples for amount in amounts)


def _read(plan: Plan, portion: PortionUse) -> list[Example] | None:
    if any(use.made_by for use in portion.data):
        return None
    return [example for use in portion.data for example in _examples(plan, use)]


def _count_made(plan: Plan, store: Store, stage: Stage, use: DataUse) -> int:
    """How many examples a use has: what its maker has made, or as many as it is given."""
    if not use.made_by:
        return len(_examples(plan, use))
    maker = plan.stages[stage.by_role[use.made_by]]
    record = store.record(maker.key)
    made = getattr(record.result, "num_examples", None) if record else None
    num = int(made or min(_count_made(plan, store, maker, one) for one in maker.spec.uses()))
    return num if use.num_examples is None else min(num, use.num_examples)


def _examples(plan: Plan, use: DataUse) -> list[Example]:
    examples = load_examples(plan.catalogue.task(use.task), use.split, use.language, plan.place)
    return examples if use.num_examples is None else spread(examples, use.num_examples)


def _tokenizer(plan: Plan, store: Store, key: str) -> Tokenizer | None:
    """That of the encoder, from its folder or, once it is obtained, from the store."""
    origin = next(stage for stage in checkpoint_lineage(plan, key) if stage.is_encoder)
    assert isinstance(origin.spec, EncoderSpec)
    model = origin.spec.model
    folders = [expanded(model.folder)] if isinstance(model, FolderModel) else []
    folders += [store.folder(origin.key)] if store.complete(origin.key) else []
    files = (folder / "tokenizer.json" for folder in folders)
    return next((Tokenizer.from_file(str(file)) for file in files if file.is_file()), None)


def _lengths(portion: PortionUse, examples: Sequence[Example] | None, tokenizer: Tokenizer | None) -> Lengths | None:
    if tokenizer is None or not examples:
        return None
    if portion.exponent is not None:
        return measure_runs(examples, portion.limits, tokenizer, portion.exponent)
    return measure_lengths(examples, portion.limits, tokenizer)
