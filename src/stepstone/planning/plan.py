"""A study becomes stages, each planned once, and cells: one per score that the study asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from stepstone.catalogue.catalogue import Catalogue
from stepstone.catalogue.own import catalogue_of, describe_scores
from stepstone.core.place import Place
from stepstone.core.shown import Shown
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.data.declarations import check_folders
from stepstone.planning.audits import AuditCell
from stepstone.planning.axes import raise_mistakes, resolve
from stepstone.planning.benchmarks import with_benchmarks
from stepstone.planning.cells import Cell
from stepstone.planning.claim_terms import ClaimTerms, placed
from stepstone.planning.claims import StudyClaim, study_claims
from stepstone.planning.demands import ExampleDemand
from stepstone.planning.grids import describe_grid
from stepstone.planning.groups import find_mixed_groups
from stepstone.planning.listen import Listener, NullListener
from stepstone.planning.passages import TextUse
from stepstone.planning.planner import Planner
from stepstone.planning.probe_cells import ProbeCell
from stepstone.planning.sizes import describe_truncations, with_models
from stepstone.planning.twins import leave_out


@dataclass(frozen=True)
class Plan(Shown):
    """Stages by key, parents first; `labels` names them, `requested` counts what separate runs would take.

    `own_cells` are the scores of the intermediate tasks themselves: a cell's target is the task, in its own language.
    `notes` say in words what was left out or is not quite what its name says; `demands` are the trainings that ask
    for a number of examples, `texts` the running text that must hold nothing that is evaluated; `starts` are the
    checkpoints that targets start from, by model, condition and seed. `probe_cells` are what is read off checkpoints
    beside scores, `audit_cells` the trainings that are scored at every look; `claims` are what the study is asked to
    test.
    """

    study: Study
    place: Place
    catalogue: Catalogue
    stages: dict[str, Stage]
    cells: tuple[Cell, ...]
    labels: dict[str, str]
    requested: dict[str, int]
    own_cells: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    demands: tuple[ExampleDemand, ...] = ()
    texts: tuple[TextUse, ...] = ()
    starts: Mapping[tuple[str, str, int], str] = field(default_factory=dict)
    probe_cells: tuple[ProbeCell, ...] = ()
    audit_cells: tuple[AuditCell, ...] = ()
    claims: tuple[StudyClaim, ...] = ()

    @cached_property
    def asides(self) -> frozenset[str]:
        """Keys of what only judges: own tasks' scores, probes and audits. No target's score is among them."""
        judged = (cell.key for cells in (self.own_cells, self.probe_cells, self.audit_cells) for cell in cells)
        return frozenset(judged) - {cell.key for cell in self.cells}

    @property
    def num_stages(self) -> dict[str, int]:
        """Stages planned, by kind."""
        return dict(Counter(stage.kind for stage in self.stages.values()))


def plan(study: Study, place: Place | None = None, listener: Listener | None = None) -> Plan:
    """What must be done for a study, each thing once.

    Args:
        study: the question and its axes.
        place: where data is looked for; whether it is the lab's is for the study to say.
        listener: hears what is looked for and read.

    Raises:
        UserError: lists every unknown or unfit name, or else all the data that is missing.
    """
    place = (place or Place()).model_copy(update={"lab_seed": study.lab.seed if study.lab else None})
    catalogue = catalogue_of(study)
    check_folders(catalogue)
    study, left_out = as_planned(study, catalogue)
    axes = resolve(study, catalogue)
    listener = listener or NullListener()
    planner = Planner(study, place, catalogue, axes, listener)
    try:
        planner.add_all()
    finally:
        listener.close()
    raise_mistakes(study.name, [*planner.find_mistakes(catalogue), *find_mixed_groups(study, planner.ledger.cells)])
    claims = study_claims(study, catalogue, ClaimTerms.of(map(placed, planner.ledger.cells))) if study.claims else ()
    planner.uses.refuse_missing()
    of_study = (*left_out, *describe_scores(study.task, catalogue), *describe_truncations(axes.models))
    ledger = planner.ledger
    grid = describe_grid(study, ledger.stages, (*ledger.cells, *ledger.own_cells))
    notes = (*of_study, *ledger.notes, *planner.probing.notes(), *grid)
    return _planned(planner, catalogue, notes, claims)


def as_planned(study: Study, catalogue: Catalogue) -> tuple[Study, tuple[str, ...]]:
    """The study with its ladder's models and its benchmarks' targets, less what the lab lacks, and what that is."""
    return leave_out(with_benchmarks(with_models(study, catalogue), catalogue), catalogue)


def _planned(planner: Planner, catalogue: Catalogue, notes: Iterable[str], claims: tuple[StudyClaim, ...]) -> Plan:
    ledger = planner.ledger
    return Plan(
        study=planner.study,
        place=planner.uses.place,
        catalogue=catalogue,
        stages=ledger.stages,
        cells=tuple(ledger.cells),
        labels=ledger.labels,
        requested=dict(ledger.requested),
        own_cells=tuple(ledger.own_cells),
        notes=tuple(dict.fromkeys(notes)),
        demands=tuple(dict.fromkeys(planner.trainings.demands)),
        texts=tuple(dict.fromkeys(planner.trainings.texts)),
        starts=ledger.starts,
        probe_cells=tuple(planner.probing.cells),
        audit_cells=tuple(planner.audits.cells),
        claims=claims,
    )
