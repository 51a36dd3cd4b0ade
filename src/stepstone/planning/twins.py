"""What the lab has of a study's tasks: twins, what stands in for others, and what is left out for want of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.own import catalogue_of
from stepstone.core.condition import BASELINE, CONTROL, label_of
from stepstone.core.errors import UserError
from stepstone.core.intermediate import Intermediate
from stepstone.core.probes import TextProbe
from stepstone.core.selection_audit import SelectionAudit
from stepstone.core.study import Study
from stepstone.core.target import Target
from stepstone.core.task import Task
from stepstone.lab import write
from stepstone.lab.files import declared
from stepstone.lab.files.own import SIZES, describe


def stand_ins(study: Study) -> tuple[str, ...]:
    """What the lab generates in place of each of the study's tasks that has no twin of its own, in words."""
    catalogue = catalogue_of(study)
    named = [name for entry in study.intermediate.values() for name in entry.all_tasks]
    named += [name for target, entry in study.target.items() for name in _tasks_of(target, entry, catalogue)]
    known = [catalogue.task(name) for name in dict.fromkeys(named) if name in catalogue.tasks()]
    others = (task for task in known if task.name not in write.tasks() and declared.has_stand_in(task))
    return (*map(describe, filter(write.generates, catalogue.study_tasks.values())), *map(declared.describe, others))


def find_absent(task: Task) -> tuple[str, ...]:
    """What the lab would have to write for this task and cannot."""
    parts = task.resolved.parts or (task,)
    return tuple(part.name for part in parts if not write.generates(part))


def num_in_lab(task: Task, split: str) -> int:
    """Rows that the lab writes of a split in one language; of a task that joins others, those of all its parts."""
    if task.resolved.parts:
        return sum(num_in_lab(part, split) for part in task.resolved.parts)
    return write.lab_size(task.name, split) if task.name in write.tasks() else SIZES[split]


def leave_out(study: Study, catalogue: Catalogue) -> tuple[Study, tuple[str, ...]]:
    """A lab study without what the lab cannot generate, and one line for each task of that kind.

    Raises:
        UserError: it can generate none of the targets.
    """
    if study.lab is None:
        return study, ()
    targets = {name: _absent(_tasks_of(name, entry, catalogue), catalogue) for name, entry in study.target.items()}
    arms = {(name, code): _absent_hops(study, name, code, catalogue) for name, code in _arms(study)}
    probed = {where: _absent((one.task,), catalogue) for where, one in study.probes if isinstance(one, TextProbe)}
    missing: dict[str, list[str]] = {}
    named = ((f"probes.{where}", parts) for where, parts in probed.items())
    for what, parts in (
        *_named(targets),
        *named,
        *((f"intermediate {name}.{code}", arms[name, code]) for name, code in arms),
    ):
        for part in parts:
            missing.setdefault(part, []).append(what)
    lines = tuple(f"the lab has no twin of {part}; left out: {', '.join(of)}" for part, of in missing.items())
    kept = {name: entry for name, entry in study.target.items() if not targets[name]}
    if not kept:
        raise UserError("\n  ".join([f"study {study.name}: the lab can generate none of its targets", *lines]))
    if not lines:
        return study, ()
    probes = study.probes.model_copy(update=dict.fromkeys(where for where, absent in probed.items() if absent))
    changes = {"target": kept, "intermediate": dict(_kept_intermediates(study, arms)), "probes": probes}
    smaller = study.model_copy(update=changes)
    return _without_primary(smaller.model_copy(update={"selection_audit": _audit(study, smaller, catalogue)}), lines)


def _audit(study: Study, smaller: Study, catalogue: Catalogue) -> SelectionAudit | None:
    """The selection audit of what is left; None where nothing of it is."""
    audit = study.selection_audit
    if audit is None:
        return None
    gone = {label_of(*arm) for arm in _arms(study)} - {label_of(*arm) for arm in _arms(smaller)}
    targets = audit.targets and tuple(name for name in audit.targets if name in smaller.target)
    conditions = audit.conditions and tuple(name for name in audit.conditions if name not in gone)
    given = audit.translated_dev.items()
    kept = {name: of for name, of in given if name in smaller.target and not _absent((of,), catalogue)}
    if targets == () or conditions == ():
        return None
    return audit.model_copy(update={"targets": targets, "conditions": conditions, "translated_dev": kept})


def _tasks_of(name: str, entry: Target, catalogue: Catalogue) -> tuple[str, ...]:
    """A target's own task and those that it is trained on."""
    if entry.train is not None or name not in catalogue.tasks():
        return (name, *(entry.train or ()))
    return (name, *catalogue.task(name).trained_on)


def _absent(names: tuple[str, ...], catalogue: Catalogue) -> tuple[str, ...]:
    """What of these tasks the lab cannot generate; a name that is no task's is for others to refuse."""
    known = [name for name in dict.fromkeys(names) if name in catalogue.tasks()]
    return tuple(dict.fromkeys(part for name in known for part in find_absent(catalogue.task(name))))


def _arms(study: Study) -> Iterator[tuple[str, str]]:
    return ((name, arm) for name, entry in study.intermediate.items() for arm in entry.all_arms)


def _absent_hops(study: Study, name: str, arm: str, catalogue: Catalogue) -> tuple[str, ...]:
    """What the lab cannot generate of an arm and of all that it comes after."""
    return _absent(tuple(task for step, one in study.chain(name, arm) for task in study.tasks_of(step, one)), catalogue)


def _named(targets: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((f"target {name}", parts) for name, parts in targets.items())


def _kept_intermediates(
    study: Study, arms: Mapping[tuple[str, str], tuple[str, ...]]
) -> Iterator[tuple[str, Intermediate]]:
    for name, entry in study.intermediate.items():
        kept = entry.keep(arm for arm in entry.all_arms if not arms[name, arm])
        if kept is not None:
            yield name, kept


def _without_primary(study: Study, lines: tuple[str, ...]) -> tuple[Study, tuple[str, ...]]:
    """The study without its primary comparison, where what that compares was left out."""
    wanted = study.primary
    if wanted is None:
        return study, lines
    entry = study.intermediate.get(wanted.intermediate)
    arms = (BASELINE, CONTROL, *(entry.all_arms if entry else ()))
    is_there = entry is not None and wanted.target in (*study.target, *study.benchmarks)
    if is_there and {wanted.language, wanted.against} <= set(arms):
        return study, lines
    return study.model_copy(update={"primary": None}), (*lines, "with it the primary comparison is left out")
