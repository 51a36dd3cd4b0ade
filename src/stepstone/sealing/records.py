"""Records of a sealed study held against their keys, their parents, and the lock that is made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.stage import Stage
from stepstone.core.value import digest
from stepstone.planning.plan import Plan
from stepstone.sealing.archive import Archive, DamagedMemberError
from stepstone.sealing.findings import Finding
from stepstone.sealing.format import LOCK, predictions_name, record_member, to_json
from stepstone.sealing.lock import lock
from stepstone.store.record import PREDICTIONS, Record, parse_record
from stepstone.store.strict import IntegrityError


def read_records(archive: Archive, planned: Plan, findings: list[Finding]) -> dict[str, Record]:
    """The records that can be read, by key, parents first; what is wrong with any is added to the findings."""
    found: dict[str, Record] = {}
    for key, stage in planned.stages.items():
        name = record_member(key)
        if name not in archive.names:
            continue
        where = f"{name} ({stage.label})"
        try:
            record = parse_record(archive.read(name), key)
        except (IntegrityError, DamagedMemberError) as error:
            expected = f"a record with the payload of key {key[:12]}"
            findings.append(Finding(what="key", where=where, expected=expected, found=str(error)))
            continue
        findings += _check(archive, record, stage, where, found)
        found[key] = record
    return found


def _check(
    archive: Archive, record: Record, stage: Stage, where: str, earlier: Mapping[str, Record]
) -> Iterator[Finding]:
    """Whether a record is of the stage that its key names, and what it rests on is there."""
    same = (record.payload, record.parents, record.label) == (stage.payload(), stage.parents, stage.label)
    if not same or type(record.result) is not stage.spec.result:
        found = f"that of {record.label}, with {len(record.parents)} parents"
        yield Finding(what="key", where=where, expected=f"the record of {stage.label}", found=found)
    for parent in stage.parents:
        if parent not in earlier:
            yield Finding(what="key", where=where, expected=f"its parent, {record_member(parent)}", found="none")
    if isinstance(stage.spec, EvaluateSpec):
        has = PREDICTIONS in record.files and PREDICTIONS not in record.released
        if not has or predictions_name(record.key) not in archive.names:
            yield Finding(what="prediction", where=where, expected=predictions_name(record.key), found="no predictions")


def check_lock(archive: Archive, planned: Plan, records: Mapping[str, Record]) -> Iterator[Finding]:
    """Whether the lock is the one that plan and records give."""
    made = json.loads(to_json(lock(planned, records)))
    try:
        sealed = json.loads(archive.read(LOCK))
    except (DamagedMemberError, ValueError, RecursionError) as error:
        yield Finding(what="lock", where=LOCK, expected="a lock", found=str(error)[:80])
        return
    entries = sealed if isinstance(sealed, dict) else {}
    for name in dict.fromkeys((*made, *entries)):
        if made.get(name) != entries.get(name):
            expected = f"{name} of plan and records (digest {digest(made.get(name))[:12]})"
            yield Finding(what="lock", where=f"{LOCK}, {name}", expected=expected, found="others")


def other_weights(planned: Plan, records: Mapping[str, Record]) -> Iterator[str]:
    """Evaluations that were read off other weights than their checkpoint's record has: it was trained again since."""
    for key, record in records.items():
        checkpoint = records.get(planned.stages[key].checkpoint or "")
        if checkpoint is not None and record.was_read_off_others(checkpoint):
            yield f"{record.label} was read off weights that its checkpoint had before it was trained again"
