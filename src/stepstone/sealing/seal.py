"""Seal a study: its file, plan, records, predictions and comparisons as one archive with one identity."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from stepstone.catalogue.claims import claims_path
from stepstone.core.errors import UserError
from stepstone.core.home import expanded
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.study_file import study_bytes
from stepstone.core.version import __version__
from stepstone.planning.plan import Plan
from stepstone.sealing.archive import write_archive
from stepstone.sealing.format import (
    FAILURES,
    FORMAT,
    LOCK,
    PLAN,
    REMAKE,
    STUDY,
    TABLE,
    Manifest,
    claims_name,
    line_digests,
    lines_name,
    predictions_name,
    record_member,
    seal_identity,
    to_json,
)
from stepstone.sealing.golds import is_withheld, withhold
from stepstone.sealing.lock import lock
from stepstone.sealing.planned import find_plan_differences, plan_again, plan_content
from stepstone.sealing.table import table_content, table_rows
from stepstone.store.failures import Failure
from stepstone.store.files import Stamp
from stepstone.store.given import AnyStore, opened
from stepstone.store.predictions import find_predictions
from stepstone.store.record import PREDICTIONS, Record, record_text
from stepstone.store.store import Store

# What makes the content of every member, by name.
Members = dict[str, Callable[[], bytes]]


@dataclass(frozen=True)
class Sealed:
    """What was sealed. `gaps` are labels of stages that are not in it, `withheld` tasks whose golds are not."""

    path: Path
    identity: str
    num_records: int
    num_evaluations: int
    num_rows: int
    gaps: tuple[str, ...]
    withheld: tuple[str, ...]


def seal(planned: Plan, store: AnyStore, study: str | Path, to: str | Path) -> Sealed:
    """Write the archive; the same study and store give the same bytes.

    A stage without a record, an evaluation without its predictions, and what rests on either are gaps.

    Args:
        planned: the study's plan.
        store: where its records are, or its folder; None: the folder `stepstone-store`.
        study: the file that it was planned from.
        to: the archive.

    Raises:
        UserError: nothing is there to be sealed, the file is another study's, or the archive cannot be written.
    """
    return _seal(planned, opened(store), expanded(study), expanded(to))


def _seal(planned: Plan, store: Store, study: Path, to: Path) -> Sealed:
    asked = study_bytes(study)
    _check_same(planned, asked, study)
    records = find_records(planned, store)
    predictions = {key: _predictions(store, key) for key in records if _is_scored(planned, key)}
    if not predictions:
        raise UserError(f"holds no evaluation of study {planned.study.name}", where=store.address, remedy=_RUN)
    tasks = {key: planned.catalogue.task(_task(planned, key)) for key in predictions}
    withheld = {key: task.name for key, task in tasks.items() if is_withheld(task, in_lab=_in_lab(planned))}
    failures = _failures(planned, store, records)
    rows = _rows(planned, records, predictions, failures)
    members: Members = {
        STUDY: lambda: asked,
        PLAN: partial(plan_content, planned),
        LOCK: lambda: to_json(lock(planned, records)),
        FAILURES: lambda: to_json({key: vars(failure) for key, failure in failures.items()}),
        **{member: partial(table_content, own) for member, own in rows.items()},
        **_claims(planned),
        REMAKE: lambda: _remake(planned, study).encode(),
        **_evidence(records, predictions, withheld),
    }
    golds = {key: withhold(predictions[key]().decode())[1] for key in withheld}
    manifest = write_archive(to, members, partial(_manifest, planned, golds))
    gaps = tuple(stage.label for key, stage in planned.stages.items() if key not in records)
    names = tuple(sorted(set(withheld.values())))
    return Sealed(to, seal_identity(manifest), len(records), len(predictions), len(rows[TABLE]), gaps, names)


_RUN = "run the study first: stepstone run STUDY"


def _claims(planned: Plan) -> Members:
    """The lists of claims that the study names."""
    paths = map(claims_path, planned.study.claims)
    return {claims_name(number): path.read_bytes for number, path in enumerate(paths, start=1)}


def _evidence(records: Mapping[str, Record], predictions: Members, withheld: Collection[str]) -> Members:
    """Records as their files have them, and predictions with a digest of every line, without golds that stay out."""
    members: Members = {record_member(key): partial(_record, record) for key, record in records.items()}
    for key, read in predictions.items():
        made = partial(_without_golds, read) if key in withheld else read
        members |= {predictions_name(key): made, lines_name(key): partial(_lines, made)}
    return members


def find_records(planned: Plan, store: Store) -> dict[str, Record]:
    """The records of a plan that can be sealed: with all that they rest on, and evaluations with their predictions."""
    found: dict[str, Record] = {}
    for key, stage in planned.stages.items():
        record = store.record(key)
        if record is None or any(parent not in found for parent in stage.parents):
            continue
        if not _is_scored(planned, key) or find_predictions(record, store.root) is not None:
            found[key] = record
    return found


def _check_same(planned: Plan, asked: bytes, study: Path) -> None:
    again = plan_again(asked, tuple(map(Path, planned.study.catalogue)), rehearsal=_is_rehearsal(planned))
    other = next(find_plan_differences(planned, again), None)
    if other is not None:
        raise UserError(f"is not the study that was planned ({other.where})", where=str(study), remedy="plan it again")


def _is_scored(planned: Plan, key: str) -> bool:
    return isinstance(planned.stages[key].spec, EvaluateSpec)


def _task(planned: Plan, key: str) -> str:
    spec = planned.stages[key].spec
    assert isinstance(spec, EvaluateSpec), "only evaluations have golds"
    return spec.data.task


def _is_rehearsal(planned: Plan) -> bool:
    return planned.study.rehearsal_of is not None


def _in_lab(planned: Plan) -> bool:
    return planned.study.lab is not None


def _predictions(store: Store, key: str) -> Callable[[], bytes]:
    """What reads the predictions of an evaluation; its files are verified in full."""
    return lambda: (store.folder(key) / PREDICTIONS).read_bytes()


def _without_golds(read: Callable[[], bytes]) -> bytes:
    return withhold(read().decode())[0].encode()


def _lines(made: Callable[[], bytes]) -> bytes:
    return "".join(f"{one}\n" for one in line_digests(made())).encode()


def _record(record: Record) -> bytes:
    return record_text(record).encode()


def _failures(planned: Plan, store: Store, records: Mapping[str, Record]) -> dict[str, Failure]:
    """Why stages are missing, as far as it is known, without the places of logs."""
    noted = ((key, store.failure(key)) for key in planned.stages if key not in records)
    return {key: Failure(failure.label, failure.message) for key, failure in noted if failure is not None}


def _rows(
    planned: Plan,
    records: Mapping[str, Record],
    predictions: Members,
    failures: Mapping[str, Failure],
) -> dict[str, list[dict[str, object]]]:
    """The comparisons and verdicts, made from what is sealed alone, as `verify` makes them again."""
    with TemporaryDirectory(prefix="stepstone-") as folder:
        copy = Store(folder)
        for key, record in records.items():
            copy.adopt(record, {PREDICTIONS: predictions[key]()} if key in predictions else {})
        for key, failure in failures.items():
            copy.note_failure(key, failure)
        return table_rows(planned, copy)


def _manifest(planned: Plan, golds: dict[str, str], stamps: dict[str, Stamp]) -> bytes:
    return Manifest(
        format=FORMAT,
        stepstone=__version__,
        study=planned.study.name,
        catalogue=planned.study.catalogue,
        claims=planned.study.claims,
        rehearsal=_is_rehearsal(planned),
        withheld=golds,
        members=stamps,
    ).content()


def _remake(planned: Plan, study: Path) -> str:
    return "\n".join(_remake_lines(planned, study)) + "\n"


def _remake_lines(planned: Plan, study: Path) -> Iterator[str]:
    """The commands that check, run again and report the study."""
    in_lab = _in_lab(planned)
    where = "" if in_lab else " --data DATA"
    more = "".join(f" --catalogue {folder}" for folder in planned.study.catalogue)
    yield f"# {planned.study.name}: how it is made again\n"
    yield f"With Stepstone {__version__} and the packages of `{LOCK}`, from `{STUDY}` (it was {study.name}):\n"
    yield "```sh"
    yield f"stepstone verify FILE{'' if in_lab else ' --data DATA'}{more}   # checks what is in this archive"
    yield f"stepstone run {STUDY}{where}{more}   # computes all of it again"
    yield f"stepstone report {STUDY}{where}{more}   # the table and the page"
    yield "```\n"
    if not in_lab:
        yield f"DATA holds the release files whose identities `{LOCK}` gives. "
    yield "On a processor of the same kind, with the same versions and numbers of threads, the bits are the same."
