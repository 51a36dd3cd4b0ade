"""What paired arms have in common as far as their data lies ready: counted, and noted so that it is read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from stepstone.core.errors import UserError
from stepstone.core.example import Example
from stepstone.core.specs.common import CommonResult, CommonSpec
from stepstone.core.stage import Stage
from stepstone.core.uses import DataUse
from stepstone.core.value import digest
from stepstone.data.common import find_common, find_originals
from stepstone.data.load import load_examples
from stepstone.planning.plan import Plan
from stepstone.store.stamped import read_stamped, write_stamped
from stepstone.store.strict import IntegrityError


def count_common(
    plan: Plan, stages: Iterable[Stage], is_good: Callable[[DataUse], bool]
) -> dict[str, CommonResult | str]:
    """By role what paired arms have in common, or what is wrong with pairing them.

    What stages translate is not there yet: of such arms there is no count. `is_good` says which uses can be read.
    """
    found, known = dict[str, CommonResult | str](), dict[str, CommonResult | str]()
    for stage in stages:
        spec = stage.spec
        if isinstance(spec, CommonSpec) and all(is_good(use) for use in spec.uses()):
            name = digest(spec.members)
            if name not in known:
                known[name] = _noted(plan, name) or _count(plan, spec, name)
            found[stage.label] = known[name]
    return found


def describe_common(found: Iterable[CommonResult]) -> Iterator[str]:
    """What is lost, in a sentence for each group of arms."""
    yield from dict.fromkeys(
        f"paired arms: {one.num_examples:,} of {one.num_given:,} originals are in all of them{_lost(one)}"
        for one in found
    )


def _lost(one: CommonResult) -> str:
    return "".join(f"; {num:,} are not in {name}" for name, num in one.lost.items())


def _count(plan: Plan, spec: CommonSpec, name: str) -> CommonResult | str:
    try:
        lines = [[_load(plan, use) for use in member.line] for member in spec.members]
        had = [find_originals(line, member.by) for line, member in zip(lines, spec.members, strict=True)]
    except UserError as error:
        return f"{', '.join(member.name for member in spec.members)} cannot be paired: {error}"
    originals = [example.id for example in lines[0][-1]]
    names = (member.name for member in spec.members)
    common = find_common(originals, dict(zip(names, (one.values() for one in had), strict=True)))
    result = CommonResult(num_given=len(originals), num_examples=len(common.ids), lost=common.lost)
    with suppress(OSError):  # a note only saves time
        write_stamped(plan.place.cache / "checked" / f"common-{name[:32]}", result.model_dump_json().encode())
    return result


def _load(plan: Plan, use: DataUse) -> list[Example]:
    return load_examples(plan.catalogue.task(use.task), use.split, use.language, plan.place)


def _noted(plan: Plan, name: str) -> CommonResult | None:
    try:
        return CommonResult.model_validate_json(read_stamped(plan.place.cache / "checked" / f"common-{name[:32]}"))
    except (OSError, IntegrityError, ValueError):
        return None
