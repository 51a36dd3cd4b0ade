"""Whether the archive is what its manifest says, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stepstone.core.visible import visible
from stepstone.planning.plan import Plan
from stepstone.sealing.archive import Archive, DamagedMemberError
from stepstone.sealing.findings import Finding
from stepstone.sealing.format import (
    ESSENTIAL,
    MANIFEST,
    TOLERANCE,
    lines_name,
    predictions_name,
    record_member,
    stamp,
)


def check_identity(archive: Archive, wanted: str | None) -> Iterator[Finding]:
    """Whether the manifest is the one that was published, where that is known, and as the archive itself states it."""
    for stated in dict.fromkeys((wanted or archive.stated_identity, archive.stated_identity)):
        if stated != archive.identity:
            yield Finding(what="identity", where=MANIFEST, expected=visible(stated), found=archive.identity)
    found = archive.manifest.tolerance
    if found != TOLERANCE:
        yield Finding(what="member", where=MANIFEST, expected=f"tolerance {TOLERANCE}", found=str(found))


def check_members(archive: Archive) -> Iterator[Finding]:
    """Whether there are the members that the manifest lists, with their bytes, and no others."""
    stamps = archive.manifest.members
    for name in sorted({*stamps, *archive.names, *ESSENTIAL}):
        if name not in stamps:
            yield Finding(what="member", where=name, expected="a member that the manifest lists", found="it does not")
            continue
        try:
            found = stamp(archive.read(name))
        except DamagedMemberError as error:
            yield Finding(what="member", where=name, expected=f"sha256 {stamps[name]['sha256']}", found=str(error))
            continue
        if found != stamps[name]:
            expected, shown = (f"sha256 {one['sha256']}, {one['bytes']:,} bytes" for one in (stamps[name], found))
            yield Finding(what="member", where=name, expected=expected, found=shown)


def check_strays(archive: Archive, planned: Plan, withheld: Collection[str]) -> Iterator[Finding]:
    """Whether every record and all predictions are of a stage of the plan, and the manifest is of its study."""
    known = {make(key) for key in planned.stages for make in (record_member, predictions_name, lines_name)}
    for name in archive.names:
        if "/" in name and name not in known:
            yield Finding(what="member", where=name, expected="the key of a stage of the plan", found="none has it")
    for key in withheld:
        if predictions_name(key) not in archive.names:
            expected = f"predictions without golds, {predictions_name(key)}"
            yield Finding(what="member", where=f"{MANIFEST}, withheld", expected=expected, found="none")
    if planned.study.name != archive.manifest.study:
        found = archive.manifest.study
        yield Finding(what="plan", where=f"{MANIFEST}, study", expected=planned.study.name, found=found)
