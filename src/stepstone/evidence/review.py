"""The quality review: eight questions to the records of a study, each with its points and its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import pandas as pd

from stepstone.core.specs.encoder import EncoderSpec
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.evidence.attached import attached
from stepstone.evidence.columns import TABLE_LEVELS
from stepstone.evidence.compare import Comparison
from stepstone.evidence.estimate import EXAMPLES_ONLY
from stepstone.evidence.frame import rows_of
from stepstone.evidence.overlaps import Overlaps
from stepstone.evidence.ran import Run
from stepstone.planning.plan import Plan
from stepstone.planning.uses import UNKNOWN

ENOUGH_SEEDS = 5  # with as many, replication has all its points


@dataclass(frozen=True)
class ReviewItem:
    """One question, how many points it can give and gave, and why, in words from the records.

    One that was not audited gives none, which says nothing of the study.
    """

    name: str
    most: float
    points: float
    evidence: str
    is_audited: bool = True


@dataclass(frozen=True)
class Review:
    """All questions; the points that they can give add up to ten."""

    items: tuple[ReviewItem, ...]

    @property
    def points(self) -> float:
        """The sum."""
        return sum(item.points for item in self.items)

    @property
    def most(self) -> float:
        """The sum of what can be had."""
        return sum(item.most for item in self.items)


@dataclass(frozen=True)
class _Records:
    """What a study has to show."""

    plan: Plan
    frame: pd.DataFrame
    comparison: Comparison
    overlaps: Overlaps | None


# A share of the points, 0 to 1, None where nobody looked; and its evidence.
Judgement = tuple[float | None, str]


def review(plan: Plan, frame: pd.DataFrame, comparison: Comparison, overlaps: Overlaps | None = None) -> Review:
    """Ask every question of what `collect` gathered; `overlaps` are what `data check --json` found."""
    records = _Records(plan, frame, comparison, overlaps)
    items = []
    for name, (most, question) in _QUESTIONS.items():
        share, evidence = question(records)
        # A share that is no number comes of records that lack it.
        kept = 0.0 if share is None or share != share else min(1.0, max(0.0, share))
        items.append(ReviewItem(name, most, most * kept, evidence, is_audited=share is not None))
    return Review(tuple(items))


def _replication(records: _Records) -> Judgement:
    """Runs of the middle cell, of those that another seed changes: none for one, all for five."""
    frame = records.frame
    runs = frame.assign(run=frame["key"].where(frame["status"] == "done"))
    cells = runs.groupby(["model", "condition", "target", "language"], sort=False)
    counts = cells["run"].nunique()[(cells["key"].nunique() > 1) | (cells["seed"].nunique() == 1)]
    if counts.empty:
        return None, "no cell is trained"
    num = median(counts)
    said = f"{num:g} seeds in the middle cell, {counts.min()} in the one with fewest"
    said += f", {len(records.plan.study.seeds)} planned"
    return (num - 1) / (ENOUGH_SEEDS - 1), said


def _completeness(records: _Records) -> Judgement:
    num, there = len(records.frame), int((records.frame["status"] == "done").sum())
    return (there / num if num else 0.0), f"{there:,} of {num:,} cells are done"


def _pinning(records: _Records) -> Judgement:
    """Whether encoders and data are known by a digest or a commit."""
    specs = [stage.spec for stage in records.plan.stages.values()]
    encoders = {spec.model.name: spec.content for spec in specs if isinstance(spec, EncoderSpec)}
    data = {(use.task, use.split, use.language): use.content for spec in specs for use in spec.uses()}
    known = [*encoders.values(), *data.values()]
    loose = [name for name, content in encoders.items() if _is_loose(content)]
    loose += [" ".join(name) for name, content in data.items() if _is_loose(content)]
    said = (
        f"{len(encoders)} encoder{'s' * (len(encoders) != 1)} and {len(data)} data sets, each by a digest or a commit"
    )
    if loose:
        said = f"{len(loose)} of {len(known)} encoders and data sets have none, such as {loose[0]}"
    return ((len(known) - len(loose)) / len(known) if known else 0.0), said


def _is_loose(content: str) -> bool:
    """Whether an identity is none: nothing was looked at, or a table of the hub is at no commit."""
    return content in ("", UNKNOWN, "missing") or "@None" in content


def _contamination(records: _Records) -> Judgement:
    targets = list(dict.fromkeys(cell.target for cell in records.plan.cells))
    if records.overlaps is None:
        return None, "nobody looked for test examples in training data: `data check STUDY --json`, then `--audit FILE`"
    checked = [name for name in targets if name in records.overlaps.tasks]
    share, where = records.overlaps.worst(checked)
    said = f"{len(checked)} of {len(targets)} targets were checked; "
    said += f"at most {100 * share:.2g} % of a test set is known ({where})" if share else "no test example is known"
    return len(checked) / len(targets) * (1 - share), said


def _selection(records: _Records) -> Judgement:
    """Whether every step was chosen without looking at what is evaluated."""
    specs = [stage.spec for stage in records.plan.stages.values() if isinstance(stage.spec, FinetuneSpec)]
    odd = [one for one in specs if _is_chosen_elsewhere(one)]
    chosen = Counter(one.recipe.selection if one.dev else "last" for one in specs)
    said = ", ".join(f"{num:,} by {name}" for name, num in chosen.items()) or "nothing was trained"
    evaluations = (stage.spec for stage in records.plan.stages.values())
    tuned = {spec.data.task for spec in evaluations if isinstance(spec, EvaluateSpec) and spec.tune}
    said += f"; thresholds of {', '.join(sorted(tuned))} by dev data in the target language" if tuned else ""
    said += f"; {len(odd)} by dev data in another language than the training's" if odd else ""
    return (len(specs) - len(odd)) / len(specs) if specs else 1.0, said


def _is_chosen_elsewhere(spec: FinetuneSpec) -> bool:
    chosen = spec.recipe.selection == "source-dev" and spec.dev is not None
    return chosen and spec.dev is not None and spec.dev.language != spec.train.language


def _multiplicity(records: _Records) -> Judgement:
    """Half for the correction, half for naming what is asked beforehand."""
    rows = (
        [row for row in rows_of(records.comparison.gains) if row["p"] == row["p"]]
        if len(records.comparison.gains)
        else []
    )
    study = records.plan.study
    named = [text for text, there in (("a primary comparison", study.primary), ("claims", study.claims)) if there]
    said = f"{len(rows):,} gains are tested, corrected after Holm; named beforehand: {' and '.join(named) or 'nothing'}"
    return 0.5 * bool(rows) + 0.5 * bool(named), said if rows else f"nothing is tested yet; {said.partition('; ')[2]}"


def _calibration(records: _Records) -> Judgement:
    """Rows of tables whose interval is over seeds and examples and that rest on no degenerate run."""
    gains = rows_of(records.comparison.gains)
    shown = [row for row in gains if row["level"] in TABLE_LEVELS]
    if not shown:
        return 0.0, "there is no comparison"
    fixed = f"{EXAMPLES_ONLY}: no run differs"
    over = [row for row in shown if row["basis"] in ("seeds and examples", fixed)]
    sound = [row for row in over if not row["num_flagged"]]
    said = f"of {len(shown):,} gains, {len(over):,} have an interval over all that varies"
    return len(sound) / len(shown), f"{said}, {len(over) - len(sound):,} of these with a run that looks degenerate"


def _provenance(records: _Records) -> Judgement:
    """A quarter each: versions recorded, one set of them, the machine, the commit of the code."""
    run: Run | None = attached(records.frame, "run", None)
    tables = [table for table, _ in run.provenance] if run is not None else []
    if not tables:
        return 0.0, "no record is there"
    checks = {
        "versions of libraries": all("python" in table and len(table) > 2 for table in tables),
        "one set of versions": len(tables) == 1,
        "machine": all("machine" in table for table in tables),
        "commit of the code": all(table.get("commit") for table in tables),
    }
    there, lacking = ([name for name, known in checks.items() if known is wanted] for wanted in (True, False))
    said = f"there: {', '.join(there) or 'nothing'}" + (f"; not there: {', '.join(lacking)}" if lacking else "")
    return len(there) / len(checks), said


_QUESTIONS: dict[str, tuple[float, Callable[[_Records], Judgement]]] = {
    "replication": (2.0, _replication),
    "completeness": (1.0, _completeness),
    "pinned data and models": (1.0, _pinning),
    "contamination": (1.0, _contamination),
    "selection": (1.0, _selection),
    "multiple testing": (1.0, _multiplicity),
    "calibration": (2.0, _calibration),
    "provenance": (1.0, _provenance),
}


def review_rows(found: Review) -> Sequence[tuple[str, str, str]]:
    """Question, points and evidence as texts, the sum last."""
    rows = [(item.name, _points(item), item.evidence) for item in found.items]
    unseen = [item for item in found.items if not item.is_audited]
    said = f"{' and '.join(item.name for item in unseen)}: not audited, counted as 0" if unseen else ""
    return [*rows, ("sum", f"{found.points:.1f} of {found.most:g}", said)]


def _points(item: ReviewItem) -> str:
    return f"{item.points:.1f} of {item.most:g}" if item.is_audited else "not audited"
