"""The evidence of a large study, measured and estimated in two processes: each has some targets, and all of theirs.

Numbers are the same: draws are named by target, and a column's estimates rest on its own targets alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain

from stepstone.core.second import SecondProcess, pays
from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Column, Contrast
from stepstone.evidence.gathered import Evidence, cells_of, gather
from stepstone.evidence.messages import EvidenceRequest, pack_question, read_answer
from stepstone.evidence.part import answer_to
from stepstone.evidence.rank_sets import rank_questions
from stepstone.evidence.size.table import slope_questions
from stepstone.evidence.tables import Tables, is_one_run, is_planned


def gather_for(tables: Tables, settings: Settings) -> Evidence:
    """The evidence of a study: that of a large one with most of its estimates, half of them made in a second process.

    Raises:
        UserError: two evaluations that belong together were not made on the same examples.
    """
    here, there = _halves(tables.rows)
    if not there or not pays(len(tables.rows)):
        return gather(tables.rows, tables.pairs, settings)
    whole = Evidence(cells_of(tables.rows), {}, settings)
    asked = _asked(whole, tables)
    first, second = (_question(part, whole, asked, tables, settings) for part in (here, there))
    with SecondProcess("stepstone.evidence.part") as process:
        coming = process.ask(pack_question(second))
        own = answer_to(first)
        try:
            other = read_answer(coming.result())
        except OSError:
            other = answer_to(second)
    found = Evidence(whole.cells, {**own.tests, **other.tests}, settings)
    for question, part in ((first, own), (second, other)):
        for (column, contrast), one in zip(question.asked, part.estimates, strict=True):
            found.estimates[found.alike(column), contrast] = one
    return found


def _halves(rows: Sequence[FrameRow]) -> tuple[list[str], list[str]]:
    """The targets of either process, in their order, so that what is wrong first is still said first."""
    targets = [row["target"] for row in rows]
    names = list(dict.fromkeys(targets))
    before = accumulate((targets.count(name) for name in names), initial=0)
    places = dict(zip(names, before, strict=False))
    first = [name for name in names if 2 * places[name] < len(rows)]
    return first, [name for name in names if name not in first]


def _asked(whole: Evidence, tables: Tables) -> list[tuple[Column, Contrast]]:
    """What the tables will estimate, each thing once."""
    found: dict[tuple[Column, Contrast], None] = {}
    ranked = rank_questions(whole, tables.columns)
    for contrast, scored in chain(tables.questions(), slope_questions(whole, tables), ranked):
        if not scored.lacks and is_planned(whole, contrast.arms, scored) and not is_one_run(whole, contrast, scored):
            found[whole.alike(scored.column), contrast] = None
    return list(found)


def _question(
    targets: Sequence[str],
    whole: Evidence,
    asked: Iterable[tuple[Column, Contrast]],
    tables: Tables,
    settings: Settings,
) -> EvidenceRequest:
    own = [(column, one) for column, one in asked if all(cell.target in targets for cell in column.cells)]
    rows = [row for row in tables.rows if row["target"] in targets]
    return EvidenceRequest(rows, whole.arms, tables.pairs, settings, own)
