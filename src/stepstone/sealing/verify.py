"""Verify a sealed study where there is no store: digests, keys, plan, lock, scores, comparisons, and a re-run."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from stepstone.catalogue.claims import claims_path, is_shipped
from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.launchers.launcher import Launcher
from stepstone.planning.plan import Plan
from stepstone.sealing.archive import Archive, DamagedMemberError
from stepstone.sealing.findings import FALSIFIED, VERIFIED, Finding, Rerun, VerificationReport
from stepstone.sealing.format import (
    ESSENTIAL,
    FAILURES,
    PLAN,
    PUBLISHED,
    STUDY,
    TABLE,
    VERDICTS,
    claims_name,
    lines_name,
    predictions_name,
)
from stepstone.sealing.members import check_identity, check_members, check_strays
from stepstone.sealing.planned import MalformedMemberError, find_plan_differences, plan_again, read_plan
from stepstone.sealing.records import check_lock, other_weights, read_records
from stepstone.sealing.rerun import run_again
from stepstone.sealing.rescoring import check_lines, check_scores
from stepstone.sealing.restoring import WithheldGolds
from stepstone.sealing.table import check_rows, table_rows
from stepstone.store.failures import Failure
from stepstone.store.record import PREDICTIONS, Record
from stepstone.store.store import Store


@dataclass(frozen=True)
class Request:
    """What a verification is given beside the archive.

    Attributes:
        data: folders of the release files, for golds that the archive does not hold and for runs on real data.
        catalogue: folders of declarations that the study needs.
        identity: the published one; None: it is not held against any.
        num_reruns: evaluations that are run again from nothing; None: one, where that was quick.
        launch: a launcher in a folder for logs, for re-runs; None: a worker process on this machine.
    """

    data: tuple[Path, ...] = ()
    catalogue: tuple[Path, ...] = ()
    identity: str | None = None
    num_reruns: int | None = None
    launch: Callable[[Path], Launcher] | None = None


def verify(path: str | Path, request: Request | None = None) -> VerificationReport:
    """Check all that an archive holds against itself; nothing of it is trusted, and nothing in it is run as code.

    Raises:
        UserError: the file is no sealed study, is cut, is unsafe to open or of a newer format; its study names what
            this version does not know; or its golds are to be read from data that was not given.
    """
    with Archive.open(expanded(path)) as archive, TemporaryDirectory(prefix="stepstone-") as folder:
        found = _Verification(archive, request or Request(), Path(folder))
        found.run()
        return found.report()


@dataclass
class _Verification:
    """The state of one verification."""

    archive: Archive
    request: Request
    folder: Path
    findings: list[Finding] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    reruns: tuple[Rerun, ...] = ()
    has_other_claims: bool = False

    def run(self) -> None:
        """All checks in turn; where what the others are held against is not what was sealed, that is the end."""
        self.findings += check_identity(self.archive, self.request.identity)
        self.findings += check_members(self.archive)
        self.checked["members"] = len(self.archive.manifest.members)
        essential = {*ESSENTIAL, *map(claims_name, range(1, len(self.archive.manifest.claims) + 1))}
        planned = None if any(one.where in essential for one in self.findings) else self._plan()
        if planned is None:
            self.not_checked.append("all else: the study or its plan is not what was sealed")
            return
        sealed, again = planned
        records = read_records(self.archive, sealed, self.findings)
        self.checked["records"] = len(records)
        self.findings += check_lock(self.archive, sealed, records)
        self.not_checked += other_weights(sealed, records)
        self._table(sealed, self._scores(sealed, records))
        self._rerun(again, records)

    def report(self) -> VerificationReport:
        """What was found."""
        manifest = self.archive.manifest
        return VerificationReport(
            verdict=FALSIFIED if self.findings else VERIFIED,
            identity=self.archive.identity,
            format=manifest.format,
            study=manifest.study,
            stepstone=manifest.stepstone,
            checked=dict(self.checked),
            findings=tuple(self.findings),
            not_checked=tuple(self.not_checked),
            reruns=self.reruns,
        )

    def _plan(self) -> tuple[Plan, Plan] | None:
        """The sealed plan and the one that the study gives again; None where there is none."""
        named = self.archive.manifest.catalogue
        if named and not self.request.catalogue:
            remedy = "get these folders, read them, for they are code, and name them: --catalogue FOLDER"
            raise UserError(f"the study needs declarations of {', '.join(named)}", remedy=remedy)
        is_rehearsal = self.archive.manifest.rehearsal
        asked, claims = self.archive.read(STUDY), self._claims()
        try:
            again = plan_again(asked, self.request.catalogue, rehearsal=is_rehearsal, claims=claims)
        except UserError as error:
            said = str(error).replace(f"{self.folder}{os.sep}", "")
            raise UserError(
                f"its study is none that this version plans: {said}", where=str(self.archive.path)
            ) from error
        try:
            planned = read_plan(self.archive.read(PLAN), again)
        except MalformedMemberError as error:
            self.findings.append(Finding(what="plan", where=PLAN, expected="the plan of a study", found=str(error)))
            return None
        self.findings += find_plan_differences(planned, again)
        self.findings += check_strays(self.archive, planned, self.archive.manifest.withheld)
        return planned, again

    def _claims(self) -> dict[str, str]:
        """Files of the sealed claims, by what the study calls them; a published paper's list is this version's."""
        found = {}
        for number, name in enumerate(self.archive.manifest.claims, start=1):
            content = self.archive.read(claims_name(number))
            if is_shipped(name):
                if content != claims_path(name).read_bytes():
                    self.not_checked.append(
                        f"the verdicts on {name} and its published scores: this version's list of claims is another"
                    )
                    self.has_other_claims = True
                continue
            path = self.folder / claims_name(number)
            path.write_bytes(content)
            found[name] = str(path)
        return found

    def _scores(self, planned: Plan, records: Mapping[str, Record]) -> Store | None:
        """Rescore every evaluation; returns a store with what comparisons are made of, None where any is missing."""
        store, is_whole = Store(self.folder / "copy", warn=lambda message: None), True
        golds = WithheldGolds(planned, self.archive.manifest.withheld, self.request.data, self.folder / "cache")
        self.not_checked += [
            f"scores of {label}: its golds are translations, and not in the seal" for label in golds.closed
        ]
        for key, record in records.items():
            spec, whole = planned.stages[key].spec, None
            if isinstance(spec, EvaluateSpec):
                whole = self._predictions(record, spec, golds)
                is_whole = is_whole and whole is not None
            store.adopt(record, {} if whole is None else {PREDICTIONS: whole})
        return store if is_whole else None

    def _predictions(self, record: Record, spec: EvaluateSpec, golds: WithheldGolds) -> bytes | None:
        """The predictions of an evaluation, checked, with their golds; None where there are none to be scored."""
        try:
            sealed, lines = (self.archive.read(make(record.key)) for make in (predictions_name, lines_name))
        except DamagedMemberError:
            return None  # found missing, or damaged, already
        whole = golds.put_back(record.key, sealed, self.findings)
        if whole is None or PREDICTIONS not in record.files:
            return None
        self.checked["evaluations"] += 1
        self.checked["predictions"] += whole.count(b"\n")
        self.findings += check_lines(record, sealed, whole, lines)
        self.findings += check_scores(record, whole, spec.metric, spec.definition, spec.data.language)
        return whole

    def _table(self, planned: Plan, store: Store | None) -> None:
        """Make the comparisons again."""
        if store is None:
            self.not_checked.append("the comparisons: not all evaluations could be scored again")
            return
        try:
            for key, failure in self._failures():
                if key in planned.stages and not store.complete(key):
                    store.note_failure(key, failure)
            lists = dict(zip(planned.study.claims, self.archive.manifest.claims, strict=True))
            made = table_rows(planned, store, lists)
            self.checked["rows"] = len(made[TABLE])
            if self.has_other_claims:
                del made[VERDICTS], made[PUBLISHED]
            for member, rows in made.items():
                self.findings += check_rows(member, self.archive.read(member), rows)
        # What a stranger's numbers stop, and how, cannot be listed.
        except Exception as error:
            found = f"{type(error).__name__}: {error}".partition("\n")[0][:160]
            self.findings.append(Finding(what="table", where=TABLE, expected="comparisons of the records", found=found))

    def _failures(self) -> Iterator[tuple[str, Failure]]:
        for key, table in json.loads(self.archive.read(FAILURES)).items():
            yield key, Failure(str(table["label"]), str(table["message"]))

    def _rerun(self, again: Plan, records: Mapping[str, Record]) -> None:
        """Run a sample again, unless enough is wrong already."""
        if self.findings:
            self.not_checked.append("no re-run: what there is does not fit together")
            return
        request = self.request
        self.reruns, skipped = run_again(
            again, records, self.folder / "rerun", request.num_reruns, request.data, request.launch
        )
        self.not_checked += skipped
        for one in self.reruns:
            if one.outcome == "differs":
                self.findings.append(Finding(what="rerun", where=one.label, expected="the same bits", found=one.detail))
