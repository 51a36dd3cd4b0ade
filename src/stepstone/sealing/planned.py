"""The plan of a sealed study: its stages and cells at rest, and held against a plan that is made from the study."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stepstone.core.place import Place
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.core.toml import parse_toml
from stepstone.core.value import digest
from stepstone.planning.audits import AuditCell
from stepstone.planning.cells import Cell
from stepstone.planning.plan import Plan, plan
from stepstone.planning.probe_cells import ProbeCell
from stepstone.planning.rehearse import rehearse
from stepstone.sealing.findings import Finding
from stepstone.sealing.format import PLAN, STUDY, to_json

_STAGES, _CELLS, _PROBES = TypeAdapter(list[Stage]), TypeAdapter(list[Cell]), TypeAdapter(list[ProbeCell])
_AUDITS = TypeAdapter(list[AuditCell])
_STARTS = TypeAdapter(list[tuple[str, str, int, str]])


OWN = "score on its own task"


class MalformedMemberError(Exception):
    """A member is not as a seal writes it."""


def plan_content(planned: Plan) -> bytes:
    """Stages with their parents first, cells, and where targets start from, as a member of the archive."""
    return to_json(
        {
            "stages": [stage.model_dump(mode="json") for stage in planned.stages.values()],
            "cells": [asdict(cell) for cell in planned.cells],
            "own_cells": [asdict(cell) for cell in planned.own_cells],
            "probe_cells": [asdict(cell) for cell in planned.probe_cells],
            "audit_cells": [asdict(cell) for cell in planned.audit_cells],
            "starts": [[*whose, key] for whose, key in planned.starts.items()],
        }
    )


def plan_again(
    study: bytes, catalogues: Sequence[Path], *, rehearsal: bool, claims: Mapping[str, str] | None = None
) -> Plan:
    """The plan that the study file, or its rehearsal, stands for, with the contents of real data left open.

    Args:
        study: the file.
        catalogues: folders of declarations.
        rehearsal: whether it is the study's rehearsal.
        claims: files of claims that stand for those that the study names.

    Raises:
        UserError: the study has mistakes, or names what this version does not know.
    """
    asked = Study.parse(parse_toml(study, where=STUDY), where=STUDY)
    # The folders are those that the caller names: a file from elsewhere is not to say which code is imported.
    lists = tuple((claims or {}).get(name, name) for name in asked.claims)
    asked = asked.model_copy(update={"catalogue": tuple(map(str, catalogues)), "claims": lists})
    return plan(rehearse(asked) if rehearsal else asked, Place(with_data=False))


def read_plan(content: bytes, skeleton: Plan) -> Plan:
    """The plan that was sealed, with study and catalogue of the one that was made again.

    Raises:
        MalformedMemberError: it is not as `plan_content` writes it, or a cell names a stage that is not there.
    """
    try:
        table = json.loads(content)
        stages = {stage.key: stage for stage in _STAGES.validate_python(table["stages"])}
        cells, own = (tuple(_CELLS.validate_python(table[name])) for name in ("cells", "own_cells"))
        probes = tuple(_PROBES.validate_python(table["probe_cells"]))
        audits = tuple(_AUDITS.validate_python(table["audit_cells"]))
        starts = {(model, arm, seed): key for model, arm, seed, key in _STARTS.validate_python(table["starts"])}
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedMemberError(f"{PLAN} is not as a seal writes it") from error
    every: tuple[Cell | ProbeCell | AuditCell, ...] = (*cells, *own, *probes, *audits)
    keys = [cell.key for cell in every]
    named = [*keys, *starts.values(), *_parents(stages)]
    if any(key not in stages for key in named):
        raise MalformedMemberError(f"{PLAN} names a stage that it does not have")
    labels = {stage.label: key for key, stage in stages.items()}
    found = replace(skeleton, stages=stages, starts=starts, labels=labels)
    return replace(found, cells=cells, own_cells=own, probe_cells=probes, audit_cells=audits)


def _parents(stages: Mapping[str, Stage]) -> Iterator[str]:
    """All parents; one that comes after its child is given as a key that no stage has."""
    seen: set[str] = set()
    for key, stage in stages.items():
        yield from (parent if parent in seen else "" for parent in stage.parents)
        seen.add(key)


def find_plan_differences(sealed: Plan, again: Plan) -> Iterator[Finding]:
    """Where the sealed plan is not what the study asks for: other cells, or other stages behind one.

    What data and models contain is known where they are, as is whether an intermediate task has data to be scored on by
    itself; all else of a stage is in the study.
    """
    ours, theirs = _described(sealed), _described(again)
    for name in dict.fromkeys((*theirs, *ours)):
        wanted, found = theirs.get(name), ours.get(name)
        if wanted is None:
            yield Finding(
                what="plan", where=f"{PLAN}, {name}", expected="nothing: the study has no such cell", found=f"{found}"
            )
        elif found != wanted and (found is not None or not name.startswith(OWN)):
            shown = "no such cell" if found is None else f"other stages ({found[:12]})"
            yield Finding(
                what="plan", where=f"{PLAN}, {name}", expected=f"what {STUDY} asks for ({wanted[:12]})", found=shown
            )


def _described(planned: Plan) -> dict[str, str]:
    """Every cell by what it is of, with a digest of the stages behind it that leaves the contents of data open."""
    known: dict[str, str] = {}
    for key, stage in planned.stages.items():
        payload = _without_content(stage.payload())
        known[key] = digest({**payload, "parents": [known[parent] for parent in stage.parents]})
    found = {}
    kinds: dict[str, Sequence[Cell | ProbeCell | AuditCell]] = {
        "score": planned.cells,
        OWN: planned.own_cells,
        "probe": planned.probe_cells,
        "audit": planned.audit_cells,
    }
    for kind, cells in kinds.items():
        for cell in cells:
            axes = {name: value for name, value in asdict(cell).items() if name not in ("key", "reference")}
            found[f"{kind} {_name(axes)}"] = digest([axes, known[cell.key]])
    return found


def _name(axes: Mapping[str, Any]) -> str:
    named = ("model", "condition", "checkpoint", "measure", "target", "task", "language", "seed")
    return "/".join(str(axes[name]) for name in named if axes.get(name) is not None)


def _without_content(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "" if name == "content" else _without_content(item) for name, item in value.items()}
    return [_without_content(item) for item in value] if isinstance(value, list) else value
