"""Before anything is trained: all data that is still to be read is read once, and every fault of it is reported."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple, TypeGuard

from stepstone.core.errors import UserError
from stepstone.core.result import ReadAs, Skipped
from stepstone.core.several import listed, together
from stepstone.core.spec import Spec
from stepstone.core.specs.common import CommonResult
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.translate import TranslateSpec
from stepstone.core.stage import Stage
from stepstone.core.uses import DataUse
from stepstone.data.load import is_on_hub, load_examples
from stepstone.planning.demands import find_shortages
from stepstone.planning.faults import SplitCheck, check_split, find_given_fault
from stepstone.planning.in_common import count_common, describe_common
from stepstone.planning.listen import Listener, NullListener
from stepstone.planning.passages import find_known_passages
from stepstone.planning.plan import Plan


class Preflight(NamedTuple):
    """What became of the data of a plan, none of which has a fault.

    Attributes:
        num_unread: data sets of the hub that were left to be read.
        skipped: what holds no example in those that were read.
        read_as: how their files are read where they leave it open.
        common: what paired arms have in common, in sentences.
    """

    num_unread: int = 0
    skipped: tuple[Skipped, ...] = ()
    read_as: tuple[ReadAs, ...] = ()
    common: tuple[str, ...] = ()


def check_data(
    plan: Plan, keys: Container[str], *, with_hub: bool = True, listener: Listener | None = None
) -> Preflight:
    """Read what these stages will read; what was found good once is not read again.

    Generated data is not checked. Test data must have its labels: without them nothing can be scored. Of what is
    trained on there must be as many examples as the study asks for.

    Args:
        plan: the study's.
        keys: of the stages.
        with_hub: whether tables of the hub are loaded for it.
        listener: hears what is read.

    Raises:
        UserError: lists every fault with its file, line and language; or the plan shows a size only.
    """
    if plan.place.lab_seed is not None:
        return Preflight()
    if not plan.place.with_data:
        raise UserError("the study was planned without its data", remedy="plan it with its data to run it")
    stages = [stage for key, stage in plan.stages.items() if key in keys]
    uses = _uses(stages)
    read = {name: use for name, use in uses.items() if with_hub or not is_on_hub(use.content)}
    found = _check_all(read, plan, listener or NullListener())
    good = {name for name, checked in found.items() if not checked.fault}
    paired = count_common(plan, stages, lambda use: not use.made_by and _name(use) in good)
    common = {role: one for role, one in paired.items() if isinstance(one, CommonResult)}
    asked = [one for one in plan.demands if (one.use.made_by in common if one.use.made_by else _name(one.use) in good)]
    short = find_shortages(asked, lambda use: (common.get(use.made_by) or found[_name(use)]).num_examples)
    translated = _find_given_faults(plan, stages, good)
    known = _find_known_passages(plan, stages, good)
    unpaired = (one for one in paired.values() if isinstance(one, str))
    # What a file translates is read for every seed that draws from it, what is paired for every arm.
    once = dict.fromkeys((*_faults(found), *translated, *unpaired))
    faults = [*filter(None, once), *short, *known]
    if faults:
        raise UserError("\n- ".join([f"data that cannot be used as the study asks ({len(faults)}):", *faults]))
    shared = tuple(describe_common(common.values()))
    return Preflight(len(uses) - len(read), tuple(_skipped(read, found)), tuple(_read_as(read, found)), shared)


def _check_all(read: Mapping[str, DataUse], plan: Plan, listener: Listener) -> dict[str, SplitCheck]:
    try:
        return {
            name: check_split(use, plan.catalogue, plan.place, partial(listener.read, name, number, len(read)))
            for number, (name, use) in enumerate(read.items(), start=1)
        }
    finally:
        listener.close()


def _faults(found: Mapping[str, SplitCheck]) -> Iterator[str]:
    """Every fault; what one absent hub keeps from being read is one."""
    yield from (checked.fault for checked in found.values() if not checked.is_unreachable)
    unreachable = together((checked.fault, name) for name, checked in found.items() if checked.is_unreachable)
    for fault, names in unreachable.items():
        yield f"{fault}\n  {len(names):,} data sets of the hub: {listed(names)}"


def _skipped(read: Mapping[str, DataUse], found: Mapping[str, SplitCheck]) -> Iterator[Skipped]:
    for name, use in read.items():
        if counts := found[name].skipped:
            yield Skipped(task=use.task, split=use.split, language=use.language, counts=counts)


def _read_as(read: Mapping[str, DataUse], found: Mapping[str, SplitCheck]) -> Iterator[ReadAs]:
    for name, use in read.items():
        if said := found[name].read_as:
            yield ReadAs(task=use.task, split=use.split, language=use.language, said=said)


def _evaluated(stages: Iterable[Stage]) -> list[DataUse]:
    uses = {_name(stage.spec.data): stage.spec.data for stage in stages if isinstance(stage.spec, EvaluateSpec)}
    return [use for use in uses.values() if not use.made_by]


def _find_known_passages(plan: Plan, stages: Iterable[Stage], good: set[str]) -> Iterable[str]:
    return find_known_passages(
        [text for text in plan.texts if _name(text.use) in good],
        [use for use in _evaluated(stages) if _name(use) in good],
        lambda use: load_examples(plan.catalogue.task(use.task), use.split, use.language, plan.place),
    )


def _find_given_faults(plan: Plan, stages: Iterable[Stage], good: set[str]) -> list[str | None]:
    specs = (stage.spec for stage in stages)
    return [find_given_fault(spec, plan.catalogue, plan.place) for spec in specs if _is_read(spec, good)]


def _is_read(spec: Spec, good: set[str]) -> TypeGuard[TranslateSpec]:
    """Whether it is a translation of data that was found good."""
    return isinstance(spec, TranslateSpec) and _name(spec.data) in good


def _uses(stages: Iterable[Stage]) -> Mapping[str, DataUse]:
    """Every split that is read, each once."""
    found: dict[str, DataUse] = {}
    for stage in stages:
        for use in stage.spec.uses():
            # What another stage makes is not there yet; what it makes it from is a use of its own.
            if use.made_by:
                continue
            found.setdefault(_name(use), use)
    return found


def _name(use: DataUse) -> str:
    return f"{use.task} {use.split} {use.language}"
