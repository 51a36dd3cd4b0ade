"""The conditions of a study: the baseline, every arm of every intermediate with its names looked up, and controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from stepstone.core.arm import Merged, Portion, Trained
from stepstone.core.condition import BASELINE, Condition, Hop, Source
from stepstone.core.intermediate import Intermediate, TrainingSize
from stepstone.core.task import Task
from stepstone.planning.idle import find_idle
from stepstone.planning.names import NameLookup
from stepstone.planning.portion_heads import find_mistakes


def find_conditions(names: NameLookup) -> tuple[Condition, ...]:
    """All arms in the study's order; mistakes are added to those of `names`."""
    found = [Condition()]
    for name, entry in names.study.intermediate.items():
        if name == BASELINE or "/" in name:
            names.wrong(f"intermediate.{name}", 'give another name: "none" and slashes have a meaning in labels')
        arms = _arms(name, entry, names)
        controls = [Condition(name, None, beside=tuple(arms))] if names.study.control else []
        found += [replace(one, base=entry.base or name, num_examples=entry.num_examples) for one in (*arms, *controls)]
    return tuple(found)


def _arms(name: str, entry: Intermediate, names: NameLookup) -> list[Condition]:
    trained = {arm: _trained(name, arm, names) for arm, how in entry.all_arms.items() if isinstance(how, Trained)}
    return [
        Condition(name, arm, merged=how, members=tuple(trained[other] for other in how.merge))
        if isinstance(how, Merged)
        else trained[arm]
        for arm, how in entry.all_arms.items()
    ]


def _trained(name: str, arm: str, names: NameLookup) -> Condition:
    """The chain of hops that ends in this arm, those of the intermediates that it comes after first."""
    steps = [_hops(step, one, (name, arm), names) for step, one in names.study.chain(name, arm)]
    return Condition(name, arm, tuple(hop for hops in reversed(steps) for hop in hops))


def _hops(name: str, arm: str, asked_by: tuple[str, str], names: NameLookup) -> list[Hop]:
    """The hops of one arm of an intermediate, without those that it comes after."""
    entry = names.study.intermediate[name]
    how = entry.all_arms.get(arm)
    if not isinstance(how, Trained):
        known = ", ".join(other for other, one in entry.all_arms.items() if isinstance(one, Trained))
        message = f'comes after "{name}", which has no arm "{arm}" that is trained (it has {known})'
        names.wrong(key_of(*asked_by, names.study.intermediate[asked_by[0]]), message)
        return []
    hops = []
    for place, portions in enumerate(how.hops, start=1):
        sources = tuple(_sources(key_of(name, arm, entry), portions, entry, names))
        label = f"{name}.{arm}" if place == len(how.hops) else f"{name}.{arm}:{place}"
        if sources:
            hop = Hop(f"intermediate.{name}", label, sources, entry.recipe, mixing=entry.mixing)
            for mistake in (*find_mistakes(hop), *find_idle(hop)):
                names.wrong(key_of(name, arm, entry), mistake)
            hops.append(hop)
    return hops


def key_of(name: str, arm: str, entry: Intermediate) -> str:
    """Where a study says what an arm is."""
    return f"intermediate.{name}.{'tasks' if arm in entry.tasks else 'arms'}.{arm}"


def _sources(where: str, portions: Sequence[Portion], entry: Intermediate, names: NameLookup) -> Iterator[Source]:
    """What a hop takes of each task; several languages of a labelled task are a source each."""
    tasks = [(portion, names.task(where, portion.task)) for portion in portions]
    known = [(portion, task) for portion, task in tasks if task is not None]
    labelled = [portion for portion, task in known if task.family_declaration.is_labelled]
    parts = _split(entry.num_examples, sum(len(one.language) for one in labelled if one.num_examples is None))
    shares = iter(parts)
    for portion, task in known:
        if not task.family_declaration.is_labelled:
            yield from _text(where, portion, task, names)
            continue
        for language in portion.language:
            amount = TrainingSize(num_examples=portion.num_examples or next(shares), at_most=entry.at_most)
            code = names.trained_in(where, task, language, amount)
            if code is not None:
                yield _source(task, (code,), amount, portion, portion.translator or entry.translator)


def _split(num: int | None, parts: int) -> list[int | None]:
    """An arm's examples shared by its labelled sources as equally as can be, so that all arms have the same number."""
    if num is None:
        return [None] * parts
    return [num // parts + (place < num % parts) for place in range(parts)]


def _text(where: str, portion: Portion, task: Task, names: NameLookup) -> Iterator[Source]:
    codes = [names.has_training_data(where, task, language) for language in portion.language]
    if portion.to:
        names.wrong(where, f"{portion.text}: running text is not translated; name the languages that it is in")
    elif all(codes):
        yield _source(
            task, tuple(code for code in codes if code), TrainingSize(num_examples=portion.num_examples), portion
        )


def _source(
    task: Task, codes: tuple[str, ...], amount: TrainingSize, portion: Portion, translator: str | None = None
) -> Source:
    return Source(
        task=task,
        languages=codes,
        num_examples=amount.num_examples,
        at_most=amount.at_most,
        to=portion.to,
        translator=translator,
        patch=portion.recipe,
        share=portion.share and portion.share / len(portion.language)
        if task.family_declaration.is_labelled
        else portion.share,
        loss_weight=portion.loss_weight,
        head=portion.head,
        exponent=portion.exponent,
        mlm_probability=portion.mlm_probability,
        allow_overlap=portion.allow_overlap,
    )
