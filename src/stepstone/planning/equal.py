"""Whether the arms of an intermediate are trained on equal amounts; what differs is said before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from stepstone.core.condition import Condition, Hop, Source
from stepstone.core.mixing import PortionSize, num_steps
from stepstone.core.model import Model
from stepstone.planning.recipes import Recipes
from stepstone.planning.twins import num_in_lab


def count_examples(source: Source, *, in_lab: bool) -> int | None:
    """Examples that are trained on, or None where the study and the declaration leave it open."""
    if in_lab:
        there = num_in_lab(source.task, "train")
        return min(source.num_examples or there, there)
    declared = source.task.num_rows("train", source.language)
    if not source.at_most:
        return source.num_examples or declared
    return None if declared is None or source.num_examples is None else min(source.num_examples, declared)


def amounts_of(model: Model, hop: Hop, recipes: Recipes, *, in_lab: bool) -> list[PortionSize]:
    """What is known of each source of a hop; where its examples are not, 0."""
    return [
        PortionSize(
            None if source.is_text else count_examples(source, in_lab=in_lab) or 0,
            source.share,
            recipes.of_source(model, hop, source).batch_size,
        )
        for source in hop.sources
    ]


def count_steps(model: Model, hop: Hop, recipes: Recipes, *, in_lab: bool) -> int:
    """Steps of a hop as far as they are known beforehand: counted by examples, not by windows."""
    recipe = recipes.of_intermediate(model, hop)
    if recipe.num_steps is not None:
        return recipe.num_steps
    amounts = amounts_of(model, hop, recipes, in_lab=in_lab)
    return num_steps(amounts, hop.mixing, recipe) if any(one.num_examples for one in amounts) else 1


def find_arm_differences(
    models: Sequence[Model], conditions: Iterable[Condition], recipes: Recipes, *, in_lab: bool
) -> Iterator[str]:
    """In what the arms of each intermediate differ besides task and language: examples, steps, windows."""
    arms: dict[str, list[Condition]] = {}
    for condition in conditions:
        if condition.intermediate is not None and condition.hops:
            arms.setdefault(condition.intermediate, []).append(condition)
    for name, of in arms.items():
        if len(of) > 1:
            yield from _differences(f"intermediate.{name}", of, models, recipes, in_lab)


def _differences(
    where: str, arms: Sequence[Condition], models: Sequence[Model], recipes: Recipes, in_lab: bool
) -> Iterator[str]:
    counts = {arm.label: [count_examples(one, in_lab=in_lab) for one in _labelled(arm)] for arm in arms}
    open_arms = [label for label, nums in counts.items() if None in nums]
    if open_arms:
        have = "have" if len(open_arms) > 1 else "has"
        yield (
            f"{where}: how many examples {' and '.join(open_arms)} {have} is not declared, so its arms may be "
            "trained on unequal numbers; give num_examples without at_most"
        )
        return
    examples = {label: sum(num or 0 for num in nums) for label, nums in counts.items()}
    if len(set(examples.values())) > 1:
        remedy = "" if _are_chains(arms) else f"; num_examples = {min(examples.values())} makes them equal"
        yield f"{where}: its arms are trained on unequal numbers of examples, {_listed(examples)}{remedy}"
    for listed, on in _by_steps(arms, models, recipes, in_lab).items():
        named = "" if len(on) == len(models) else f"on {', '.join(on)} "
        yield f"{where}: {named}its arms take unequal numbers of steps, {listed}"
    if any(_counts_windows(model, hop, recipes) for model in models for arm in arms for hop in arm.hops):
        yield (
            f"{where}: steps are counted by windows, and passages longer than max_length have several, so its arms "
            "may differ in steps where they do not in examples; num_steps in its recipe makes them equal"
        )


def _by_steps(
    arms: Sequence[Condition], models: Sequence[Model], recipes: Recipes, in_lab: bool
) -> dict[str, list[str]]:
    """Unequal steps of arms, in words, with the models that they are taken on."""
    found: dict[str, list[str]] = {}
    for model in models:
        steps = {arm.label: sum(count_steps(model, hop, recipes, in_lab=in_lab) for hop in arm.hops) for arm in arms}
        if len(set(steps.values())) > 1:
            found.setdefault(_listed(steps), []).append(model.name)
    return found


def _labelled(arm: Condition) -> list[Source]:
    return [source for hop in arm.hops for source in hop.sources if not source.is_text]


def _are_chains(arms: Sequence[Condition]) -> bool:
    """Whether some of them have more hops than others."""
    return len({len(arm.hops) for arm in arms}) > 1


def _counts_windows(model: Model, hop: Hop, recipes: Recipes) -> bool:
    has_windows = any(source.task.family_declaration.has_windows for source in hop.sources)
    return has_windows and recipes.of_intermediate(model, hop).num_steps is None


def _listed(amounts: Mapping[str, int]) -> str:
    return ", ".join(f"{label} {num:,}" for label, num in amounts.items())
