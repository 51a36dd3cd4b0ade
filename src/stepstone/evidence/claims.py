"""The verdicts on a study's claims: each one effect, one interval, one p; Holm's correction over all of them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stepstone.catalogue.own import catalogue_of
from stepstone.core.claim import CountTest, OrderingTest, PublishedNumber, SlopeTest, Test
from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.claim_steps import ClaimStep, ClaimSteps
from stepstone.evidence.design import Arm
from stepstone.evidence.estimate import Estimate, estimate, gap_because
from stepstone.evidence.flags import is_degenerate
from stepstone.evidence.frame import refuse_mixtures, rows_of
from stepstone.evidence.gathered import Evidence, gather
from stepstone.evidence.rows import ScoredColumn
from stepstone.evidence.tables import Tables, is_one_run
from stepstone.evidence.verdicts import ALPHA, holm
from stepstone.evidence.weighing import Weight, weigh, weigh_count, weigh_order
from stepstone.planning.claim_terms import ClaimedCell, ClaimTerms, NamedArm
from stepstone.planning.claims import StudyClaim, models_of, study_claims

SUPPORTED, CONTRADICTED, UNDECIDED, NOT_TESTED = "supported", "contradicted", "undecided", "not tested"
VERDICTS = (SUPPORTED, CONTRADICTED, UNDECIDED, NOT_TESTED)
COLUMNS: dict[str, str] = {
    "list": "the list of claims, as the study names it",
    "claim": "the claim's id",
    "statement": "what is claimed",
    "title": "the source",
    "place": "where in the source",
    "url": "of the source",
    "reading": "how the statement became a test, where that is a choice",
    "kind": "comparison, size, count, ordering or slope; empty where there is no test",
    "model": "the encoder that it is tested on; several, where it is over models",
    "about": "the difference that is tested; of several, the weakest, or their number",
    "target": "target task, or benchmark; several: the mean over them",
    "part": "the languages",
    "verdict": "supported, contradicted, undecided, not tested",
    "unit": "points, points per doubling, or of how many the effect is a count",
    "effect": "what was estimated",
    "low": "lower end of its interval",
    "high": "upper end of its interval",
    "confidence": "share of draws from the distribution of the effect on the claim's side",
    "p": "two-sided, of the claim and of its opposite",
    "p_holm": "p after Holm's correction over the claims of the study",
    "family_size": "tests that the correction counts",
    "num_seeds": "seeds that all arms have; of several differences, the fewest",
    "num_flagged": "runs that look degenerate among those that it rests on",
    "figures": "published figures, with where each was read",
    "steps": "every difference with its effect, interval and confidence",
    "reason": "why it is not tested",
}


def judge_claims(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The rows of `claim_rows` for what `collect` gathered, without the tables of a report."""
    rows = rows_of(frame)
    refuse_mixtures(rows)
    evidence = gather(rows, (), Settings(num_permutations=0))
    return claim_rows(evidence, Tables(study, rows))


def claim_rows(evidence: Evidence, tables: Tables) -> pd.DataFrame:
    """A row for each claim of the study on each model that it is tested on; `COLUMNS` says what it holds.

    Raises:
        UserError: a claim of the study's own names what the study does not have.
    """
    study = tables.study
    if not study.claims:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = evidence.all_rows
    places = [ClaimedCell(*(None if pd.isna(row[name]) else row[name] for name in ClaimedCell._fields)) for row in rows]
    terms = ClaimTerms.of(places)
    arms = {NamedArm.of(place): Arm(row["model"], row["condition"]) for place, row in zip(places, rows, strict=True)}
    benchmarks = {scored.column.target: scored for scored in tables.columns if scored.column.level == "benchmark"}
    steps = ClaimSteps(study, terms, arms, benchmarks, tables.ladders, evidence)
    found = study_claims(study, catalogue_of(study), terms)
    return _judged([row for one in found for row in _rows(one, evidence, steps)])


@dataclass(frozen=True)
class _Tested:
    """A claim on one model, or over several: its differences, and what they weigh together; None: no test."""

    study_claim: StudyClaim
    model: str
    steps: Sequence[ClaimStep]
    found: Sequence[Estimate]
    weight: Weight | None
    reason: str


def _rows(study_claim: StudyClaim, evidence: Evidence, steps: ClaimSteps) -> Iterator[dict[str, Any]]:
    test = study_claim.claim.test
    if study_claim.why_not or test is None:
        yield _row(_Tested(study_claim, (test and test.model) or "", (), (), None, study_claim.why_not), evidence)
        return
    models = models_of(test, steps.terms)
    together = isinstance(test, SlopeTest) or (isinstance(test, OrderingTest) and test.models)
    for model in [", ".join(models)] if together else models:
        own = steps.of(test, model)
        found = [_estimate(evidence, step) for step in own]
        reason = "; ".join(dict.fromkeys(why for one in found if (why := _why_not(one))))
        yield _row(
            _Tested(study_claim, model, own, found, None if reason else _weight(test, own, found), reason), evidence
        )


def _estimate(evidence: Evidence, step: ClaimStep) -> Estimate:
    scored: ScoredColumn = step.column
    if scored.lacks:
        return gap_because(scored.lacks)
    if is_one_run(evidence, step.contrast, scored):
        return gap_because("what is compared is the same runs")
    return estimate(evidence, scored.column, step.contrast)


def _why_not(found: Estimate) -> str:
    if found.parts is None or math.isnan(found.decision.p):
        return found.reason or "no test"
    return ""


def _weight(test: Test, steps: Sequence[ClaimStep], found: Sequence[Estimate]) -> Weight:
    weights = [weigh(one, step.region) for one, step in zip(found, steps, strict=True)]
    if isinstance(test, CountTest):
        return weigh_count(weights, [step.region for step in steps], test.at_least, test.at_most)
    return weigh_order(weights) if isinstance(test, OrderingTest) else weights[0]


def _row(tested: _Tested, evidence: Evidence) -> dict[str, Any]:
    study_claim, claim, test = tested.study_claim, tested.study_claim.claim, tested.study_claim.claim.test
    return {
        **{"list": study_claim.source, "claim": claim.id, "statement": claim.statement, "title": study_claim.title},
        **{"place": claim.place, "url": study_claim.url, "reading": claim.reading, "kind": test.kind if test else ""},
        **{"model": tested.model, "target": ", ".join(test.target) if test else "", "part": _part(test)},
        **_effect(tested.weight),
        **_shown(test, tested),
        "num_seeds": min((len(one.by_seed) for one in tested.found), default=0),
        "num_flagged": _num_flagged(evidence, tested.steps),
        "figures": "; ".join(map(_figure, claim.published)),
        "reason": tested.reason,
    }


def _part(test: Test | None) -> str:
    if test is None:
        return ""
    minus = f" minus {', '.join(test.minus_part)}" if test.minus_part else ""
    return ", ".join(test.part) + minus


def _effect(weight: Weight | None) -> dict[str, Any]:
    """What was estimated, and the side that it speaks for, on which Holm's correction has its say."""
    names = ("effect", "low", "high", "confidence", "p")
    if weight is None:
        return {**dict.fromkeys(names, math.nan), "verdict": NOT_TESTED}
    side = SUPPORTED if weight.p_for < weight.p_against else CONTRADICTED
    return {**{name: getattr(weight, name) for name in names}, "verdict": side}


def _shown(test: Test | None, tested: _Tested) -> dict[str, Any]:
    """What the effect is of, its unit, and all differences behind it; one without a test is shown as far as it goes."""
    found, weight = tested.found, tested.weight
    unit = "points per doubling" if isinstance(test, SlopeTest) else "points"
    steps = [_step(step, one) for step, one in zip(tested.steps, found, strict=True)]
    shown: dict[str, Any] = {"about": steps[0]["of"] if steps else "", "unit": unit, "steps": _json(steps)}
    if isinstance(test, CountTest):
        return {**shown, "about": f"how many of {test.num} are {test.expect}", "unit": f"of {test.num}"}
    if isinstance(test, OrderingTest) and weight:
        return {**shown, "about": next(step["of"] for step in steps if step["effect"] == weight.effect)}
    if weight is None and len(found) == 1:
        return {**shown, "effect": found[0].value, "low": found[0].decision.low, "high": found[0].decision.high}
    return shown


def _step(step: ClaimStep, found: Estimate) -> dict[str, Any]:
    tested = not _why_not(found)
    return {
        "of": step.name,
        "effect": found.value,
        "low": found.decision.low,
        "high": found.decision.high,
        "confidence": weigh(found, step.region).confidence if tested else math.nan,
    }


def _json(steps: Sequence[dict[str, Any]]) -> str:
    """As JSON, where what is not known is null."""
    clean = [{key: None if value != value else value for key, value in step.items()} for step in steps]
    return json.dumps(clean, ensure_ascii=False)


def _num_flagged(evidence: Evidence, steps: Sequence[ClaimStep]) -> int:
    runs = {
        (row["model"], row["condition"], row["target"], row["language"], row["seed"])
        for step in steps
        for row in evidence.rows(step.contrast.arms, step.column.column)
        if is_degenerate(row["flags"])
    }
    return len(runs)


def _figure(figure: PublishedNumber) -> str:
    return f"{figure.what}: {figure.value:g} {figure.unit} ({figure.read})"


def _judged(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The rows with p_holm and family_size; neither side is taken that the correction does not decide."""
    table = pd.DataFrame(list(rows))
    table["p_holm"] = holm(table["p"].tolist())
    table["family_size"] = int(table["p"].notna().sum())
    table.loc[table["p_holm"] >= ALPHA, "verdict"] = UNDECIDED
    return table.reindex(columns=list(COLUMNS))
