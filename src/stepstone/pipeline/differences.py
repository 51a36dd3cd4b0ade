"""What a stage has otherwise than a record, in words: fields by name, portions by theirs, then the parents in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from stepstone.core.stage import Stage
from stepstone.core.value import Value, plain
from stepstone.planning.plan import Plan
from stepstone.store.record import Record
from stepstone.store.store import Store

# What follows from the task, language and split of data: said only where these are the same.
_FOLLOWS = ("content", "family_version", "labels")
_DATA = ("task", "language", "split")
# What makes data is a place among the parents.
MADE = "made_by"
# Prefixes that say nothing to a reader.
_SPEC, _RECIPE = "spec.", "recipe."


class Change(NamedTuple):
    """A field that differs: its name with dots, and what it was and is."""

    name: str
    before: Any
    after: Any


def differences(plan: Plan, stage: Stage, record: Record, store: Store) -> Iterator[str]:
    """Fields of a stage that differ from a record, as `name old -> new`, then those of its parents."""
    if record.payload.get("kind") != stage.kind:
        yield f"{record.label} ({record.payload.get('kind')}) -> {stage.label} ({stage.kind})"
        return
    makers = _Makers(plan, stage, record, store)
    for change in changes(stage, record.payload):
        if change.name.endswith(MADE):
            change = change._replace(before=makers.earlier(change.before), after=makers.now(change.after))
        if change.before != change.after:
            yield in_words(change)
    for was, now in zip(record.parents, stage.parents, strict=False):
        if was == now:
            continue
        parent, earlier = plan.stages[now], store.record(was)
        if earlier is None:
            yield f"its parent {parent.label} is another one; the record of the earlier one is gone"
        else:
            yield from (f"its parent {parent.label}: {line}" for line in differences(plan, parent, earlier, store))


def in_words(change: Change) -> str:
    """A change as `name old -> new`."""
    name = change.name.removeprefix(_SPEC).removeprefix(_RECIPE)
    return f"{name} {_show(change.before)} -> {_show(change.after)}"


def changes(stage: Stage, payload: Mapping[str, Any]) -> list[Change]:
    """Fields of a stage itself that differ from those of what another of its kind was hashed from."""
    old = {name: item for name, item in payload.items() if name != "parents"}
    new = {name: item for name, item in stage.payload().items() if name != "parents"}
    found = list(_compare(old, new, stage, ""))
    moved = {change.name.rpartition(".")[0] for change in found if change.name.rpartition(".")[2] in _DATA}
    return [change for change in found if not _follows(change.name, moved)]


def _follows(name: str, moved: set[str]) -> bool:
    data, _, field = name.rpartition(".")
    return field in _FOLLOWS and data in moved


def _compare(old: Mapping[str, Any], new: Mapping[str, Any], owner: Any, prefix: str) -> Iterator[Change]:
    """Changes of two tables; what one leaves out is at the default that the owner's class has for it."""
    for name in sorted({*old, *new}):
        before, after = (table.get(name, _default(owner, name)) for table in (old, new))
        if before == after:
            continue
        held = getattr(owner, name, None)
        if _is_named(before) and _is_named(after):
            yield from _compare_lists(before, after, held, prefix + name)
        elif isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _compare(before, after, held, f"{prefix}{name}.")
        else:
            yield Change(prefix + name, before, after)


def _compare_lists(old: Sequence[Any], new: Sequence[Any], held: Any, prefix: str) -> Iterator[Change]:
    """Changes of portions, or of data in several languages, each by its name."""
    before, after = _by_name(old), _by_name(new)
    owners = dict(zip(after, held or (), strict=False))
    shared = [name for name in after if name in before]
    if [name for name in before if name in after] != shared or not shared:
        yield Change(prefix, _names(before), _names(after))
    for name in (*before, *(name for name in after if name not in before)):
        if name in before and name in after:
            yield from _compare(before[name], after[name], owners.get(name), f"{prefix}.{name}.")
        elif shared:
            yield Change(f"{prefix}.{name}", "there" if name in before else None, "there" if name in after else None)


def _is_named(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _by_name(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Tables by what they are of; the second of a name has its place behind it."""
    found: dict[str, Mapping[str, Any]] = {}
    for place, item in enumerate(items):
        name = _name(item)
        found[f"{name}#{place + 1}" if name in found else name] = item
    return found


def _name(item: Mapping[str, Any]) -> str:
    """`mnli.en` of data and of a portion, which has data in one language or several."""
    data: list[Mapping[str, Any]] = item.get("data") or []
    if data:
        return "+".join([_name(data[0]), *(str(use.get("language")) for use in data[1:])])
    return f"{item.get('task')}.{item.get('language')}"


def _names(items: Mapping[str, Any]) -> str:
    return ", ".join(items)


class _Makers(NamedTuple):
    """The labels of the stages that make data: a payload has their places among the parents."""

    plan: Plan
    stage: Stage
    record: Record
    store: Store

    def now(self, place: Any) -> Any:
        """That of the stage."""
        return self.plan.stages[self.stage.parents[place]].label if isinstance(place, int) else None

    def earlier(self, place: Any) -> Any:
        """That of the record."""
        found = self.store.record(self.record.parents[place]) if isinstance(place, int) else None
        return found.label if found else "a stage that is gone" if isinstance(place, int) else None


def _default(owner: Any, name: str) -> Any:
    """The default of a field of a value, for defaults are left out of payloads; None where there is none."""
    if not isinstance(owner, Value) or name not in type(owner).model_fields:
        return None
    field = type(owner).model_fields[name]
    return None if field.is_required() else plain(field.get_default(call_default_factory=True))


def _show(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}".replace("e-0", "e-")
    if isinstance(value, str):
        return f"{value[:24]}..." if len(value) > 40 and " " not in value else value
    if isinstance(value, list | tuple):
        return ", ".join(map(_show, value)) or "none"
    if isinstance(value, Mapping):
        return _name(value) if "task" in value else ", ".join(f"{name} {_show(item)}" for name, item in value.items())
    return "none" if value is None else str(value)
