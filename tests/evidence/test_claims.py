"""Planted effects: every verdict comes out as the world is, and what is not true is seldom supported."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from size_worlds import Ladder, measured
from stepstone.core.claim import Claims
from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.claim_steps import EffectRegion
from stepstone.evidence.claims import claim_rows
from stepstone.evidence.distribution import Component
from stepstone.evidence.estimate import Estimate
from stepstone.evidence.frame import collect, rows_of
from stepstone.evidence.gathered import Evidence, gather
from stepstone.evidence.size.columns import AT_SIZE, SLOPE
from stepstone.evidence.size.table import slope_table
from stepstone.evidence.tables import Tables
from stepstone.evidence.variance import Decision, VarianceParts, decide, examples_of, seed_component, seed_variance
from stepstone.evidence.weighing import Weight, weigh, weigh_count, weigh_order
from worlds import num_worlds, state

SIZES = {"lab-nano": 250_000, "lab-micro": 500_000, "lab-mini": 1_000_000}


def effect(model: str, condition: str, target: str, language: str) -> float:
    """English gives 6 points, Japanese 6 and, far away, 12 more in each size than in the one before it."""
    size = list(SIZES).index(model)
    if condition == "mnli.ja":
        return 0.06 + 0.12 * size * (language in ("ja", "ko"))
    return 0.06 * (condition == "mnli.en")


def is_right(cell: Any, place: int) -> bool:
    """Runs differ a little from seed to seed, in each arm its own way."""
    own = (cell.seed * 7 + sum(map(ord, cell.condition))) % 3
    return place < 200 + round(400 * effect(cell.model, cell.condition, cell.target, cell.language)) + own


@dataclass(frozen=True)
class Told:
    """A world's frame and study, and what its one comparison measured."""

    frame: pd.DataFrame
    study: Study
    evidence: Evidence

    def claims(self, file: Path, **changes: Any) -> pd.DataFrame:
        study = self.study.model_copy(update={"claims": (str(file),), **changes})
        return claim_rows(self.evidence, Tables(study, rows_of(self.frame)))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, synthetic: ModuleType) -> Told:
    world = synthetic.World(
        models=SIZES, ladder="lab", targets=("xnli", "pawsx"), num_examples=400, rewrite=synthetic.exactly(is_right)
    )
    plan, store = synthetic.make(tmp_path_factory.mktemp("claims"), world)
    frame = collect(plan, store)
    return Told(frame, plan.study, gather(rows_of(frame), (), Settings(num_resamples=400, num_permutations=0)))


Judge = Callable[..., dict[str, Any]]


@pytest.fixture
def judge(world: Told, tmp_path: Path) -> Judge:
    """The row of one claim, whose test is given."""

    def judged(test: dict[str, Any], **changes: Any) -> dict[str, Any]:
        (row,) = rows_of(world.claims(write(tmp_path / "own.toml", {"id": "asked", "test": test}), **changes))
        return row

    return judged


def write(path: Path, *claims: dict[str, Any]) -> Path:
    """A file of claims; JSON's values are TOML's, tables but inline ones aside."""
    lines = ['title = "A paper"']
    for claim in claims:
        lines.append("[[claim]]")
        lines += [f"{name} = {_toml(value)}" for name, value in {"statement": "So", "place": "p", **claim}.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + "}"
    return "[" + ", ".join(map(_toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


NANO = {"model": "lab-nano"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("test", "verdict", "found"),
    [
        ({"kind": "comparison", "arm": "mnli.en", "target": "xnli", **NANO}, "supported", 6),
        ({"kind": "comparison", "arm": "mnli.en", "target": ["xnli", "pawsx"], "by": 4, **NANO}, "supported", 6),
        ({"kind": "comparison", "arm": "mnli.en", "target": "xnli", "by": 9, **NANO}, "contradicted", 6),
        ({"kind": "comparison", "arm": "mnli.en", "target": "xnli", "expect": "lower", **NANO}, "contradicted", 6),
        ({"kind": "comparison", "arm": ["mnli.en", "mnli.ja"], "target": "xnli", **NANO}, "supported", 6),
        (
            {"kind": "comparison", "arm": "mnli.ja", "against": "mnli.en", "target": "xnli", "part": "far"}
            | {"minus_part": ["en", "de"], "model": "lab-mini"},
            "supported",
            24,
        ),
        ({"kind": "size", "arm": "mnli.en", "target": "xnli", "effect": 6, "tolerance": 3, **NANO}, "supported", 6),
        ({"kind": "size", "arm": "mnli.en", "target": "xnli", "effect": 12, "tolerance": 2, **NANO}, "contradicted", 6),
        (
            {"kind": "count", "arm": "mnli.ja", "target": ["xnli", "pawsx"], "at_least": 2, **NANO},
            "supported",
            2,
        ),
        (
            {
                "kind": "count",
                "arm": ["mnli.en", "mnli.ja"],
                "target": "xnli",
                "expect": "lower",
                "at_least": 1,
                **NANO,
            },
            "contradicted",
            0,
        ),
        ({"kind": "count", "arm": "mnli.ja", "target": ["xnli", "pawsx"], "at_most": 1, **NANO}, "contradicted", 2),
        (
            {"kind": "ordering", "arms": ["mnli.ja", "none"], "target": "xnli", "model": "lab-mini"},
            "supported",
            18,
        ),
        (
            {"kind": "ordering", "arms": ["mnli.ja", "none", "mnli.en"], "target": "xnli", "model": "lab-mini"},
            "contradicted",
            -6,
        ),
        (
            {"kind": "ordering", "models": ["lab-mini", "lab-micro", "lab-nano"], "arm": "mnli.ja", "target": "xnli"},
            "supported",
            6,
        ),
        ({"kind": "slope", "arm": "mnli.ja", "target": "xnli", "part": "far", "by": 10}, "supported", 12),
        ({"kind": "slope", "arm": "mnli.ja", "against": "mnli.en", "target": "xnli"}, "supported", 6),
        ({"kind": "slope", "arm": "mnli.ja", "target": "xnli", "expect": "lower"}, "contradicted", 6),
        ({"kind": "slope", "arm": "mnli.ja", "against": [], "target": "xnli"}, "supported", 6),
    ],
)
def test_a_planted_effect_has_its_verdict_and_its_size(
    judge: Judge, test: dict[str, Any], verdict: str, found: float
) -> None:
    row = judge(test)
    assert (row["verdict"], row["reason"]) == (verdict, "")
    assert row["effect"] == pytest.approx(found, abs=0.6) and row["low"] <= row["effect"] <= row["high"]
    assert (row["confidence"] > 0.95) == (verdict == "supported")
    assert row["p_holm"] == row["p"] < 0.05 and row["family_size"] == 1


@pytest.mark.slow
def test_what_does_not_differ_is_undecided_and_its_confidence_is_neither_high_nor_low(judge: Judge) -> None:
    row = judge({"kind": "comparison", "arm": "mnli.ja", "against": "mnli.en", "target": "xnli", **NANO})
    assert row["verdict"] == "undecided" and 0.02 < row["confidence"] < 0.98


@pytest.mark.slow
def test_without_a_model_it_is_tested_on_every_one_and_all_are_one_family(world: Told, tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.toml",
        {"id": "gains", "test": {"kind": "comparison", "arm": "mnli.en", "target": "xnli"}},
        {"id": "other", "untested": "it is of people"},
    )
    table = world.claims(path)
    assert table["model"].tolist() == [*SIZES, ""] and set(table["family_size"]) == {3}
    assert table["verdict"].tolist() == ["supported"] * 3 + ["not tested"]
    assert (table["p_holm"][:3] >= table["p"][:3]).all() and table["reason"].iloc[3] == "it is of people"


SIMPLE = {"kind": "comparison", "arm": "mnli.en", "target": "xnli", **NANO}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("test", "changes", "reason"),
    [
        (SIMPLE, {"seeds": (1,)}, "one seed"),
        ({"kind": "slope", "arm": "mnli.ja", "target": "xnli", "models": ["lab-nano", "lab-mini"]}, {}, "two sizes"),
        ({**SIMPLE, "target": "xtreme"}, {"benchmarks": ("xtreme",)}, "xtreme: the study lacks of it"),
    ],
)
def test_what_a_study_cannot_test_has_a_reason(
    judge: Judge, test: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    row = judge(test, **changes)
    assert row["verdict"] == "not tested" and reason in row["reason"] and math.isnan(row["confidence"])


@pytest.mark.parametrize(("num_pretrained", "num_seeds"), [(1, 3), (2, 1), (2, 2)])
def test_a_claim_of_a_slope_is_judged_by_the_slope_of_the_tables(
    tmp_path: Path, num_pretrained: int, num_seeds: int
) -> None:
    test = {"kind": "slope", "arm": "nli.ja", "against": "nli.en", "target": "xnli", "models": ["m0", "m1", "m2", "m3"]}
    path = write(tmp_path / "own.toml", {"id": "named", "test": test}, {"id": "all", "test": {**test, "models": []}})
    world = Ladder((1_000_000, 3_000_000, 4_000_000, 40_000_000), num_pretrained, num_seeds, sd_encoder=1.0)
    evidence, tables = measured(replace(world, asked={"claims": (str(path),)}), np.random.default_rng(1))
    table = slope_table(evidence, tables)
    (known,) = rows_of(table[table["comparison"].eq(SLOPE) & table["of"].eq("language")])
    for row in rows_of(claim_rows(evidence, tables)):
        assert (row["reason"], row["model"]) == ("", "m0, m1, m2, m3")
        assert (row["effect"], row["low"], row["high"]) == pytest.approx(
            [known[name] for name in ("value", "low", "high")]
        )
        assert row["p"] == pytest.approx(known["p"])


def test_where_a_size_has_several_encoders_a_claim_is_of_their_mean_as_in_the_tables(tmp_path: Path) -> None:
    sides = {"arm": "nli.ja", "against": "nli.en", "target": "xnli"}
    path = write(
        tmp_path / "own.toml",
        {"id": "each", "test": {"kind": "comparison", **sides}},
        {"id": "one", "test": {"kind": "comparison", **sides, "model": "m1-p2"}},
        {"id": "larger", "test": {"kind": "ordering", **sides, "models": ["m2", "m0"]}},
    )
    world = Ladder(num_pretrained=3, num_seeds=1, sd_encoder=1.0, asked={"claims": (str(path),)})
    evidence, tables = measured(world, np.random.default_rng(1))
    table = slope_table(evidence, tables)
    known = rows_of(table[table["comparison"].eq(AT_SIZE) & table["of"].eq("language")])
    *each, one, larger = rows_of(claim_rows(evidence, tables))
    names = ("value", "low", "high", "p")
    for row, at in zip(each, known, strict=True):
        assert row["model"] == at["size"]
        assert [row[name] for name in ("effect", *names[1:])] == pytest.approx([at[name] for name in names])
    assert one["verdict"] == "not tested" and "one seed" in one["reason"]
    assert larger["effect"] == pytest.approx(known[2]["value"] - known[0]["value"]) and larger["p"] > 0


@pytest.mark.slow
def test_a_gap_is_not_tested_and_says_what_is_missing(world: Told, tmp_path: Path) -> None:
    lost = {"condition": "mnli.en", "language": "ko"}
    held = world.evidence.without(lambda row: lost.items() <= row.items())
    told = replace(world, evidence=held)
    (row,) = rows_of(told.claims(write(tmp_path / "own.toml", {"id": "asked", "test": SIMPLE})))
    assert (row["verdict"], row["reason"]) == ("not tested", "1 of 4 missing")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arm": "mnli.jp"}, r'claim asked: test\.arm: no arm "mnli\.jp"; did you mean "mnli\.ja"\?'),
        ({"target": "xnly"}, r'test\.target: no target "xnly"; did you mean "xnli"\?'),
        ({"model": "lab-nanno"}, r'test\.model: no model "lab-nanno"; did you mean "lab-nano"\?'),
        ({"part": "farr"}, r'test\.part: xnli has no part "farr"; did you mean "far"\?'),
        ({"against": {"source_language": "de"}}, r"test\.against: targets are not trained as in"),
    ],
)
def test_a_name_that_the_study_does_not_have_is_refused_with_the_nearest(
    judge: Judge, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        judge({**SIMPLE, **change})


@pytest.mark.slow
def test_in_a_rehearsal_it_is_not_tested_instead(judge: Judge) -> None:
    row = judge({**SIMPLE, "part": "fr"}, rehearsal_of="whole")
    assert row["verdict"] == "not tested" and 'xnli has no part "fr"' in row["reason"]


def one(value: float, sd: float = 1.0, df: float = 8) -> Estimate:
    """An estimate with Student's t around it."""
    parts = VarianceParts(Component(sd**2, df), (Component(0.0, 99),), 0.0)
    return Estimate({1: value}, parts, decide(value, parts), "", "")


def test_the_confidence_is_the_share_of_draws_on_the_claims_side() -> None:
    draws = 1.5 + np.random.default_rng(1).standard_t(8, 400_000)
    for region in (EffectRegion(0, math.inf), EffectRegion(-math.inf, 1), EffectRegion(1, 3)):
        share = float(((draws > region.low) & (draws < region.high)).mean())
        assert weigh(one(1.5), region).confidence == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("value", [-3.0, -0.5, 0.4, 2.4, 5.0])
def test_interval_and_p_agree(value: float) -> None:
    found = one(value)
    weight = weigh(found, EffectRegion(0.0, math.inf))
    assert weight.p == pytest.approx(found.decision.p)
    band = weigh(found, EffectRegion(-4.0, 4.0))
    inside = found.decision.low > -4 and found.decision.high < 4
    assert (band.p < 0.05 and band.p_for < band.p_against) == inside


def test_an_order_is_as_sure_as_its_weakest_step_allows() -> None:
    strong, weak = (weigh(one(value), EffectRegion(0, math.inf)) for value in (4.0, 1.0))
    both = weigh_order([strong, weak])
    assert (both.effect, both.p_for) == (1.0, weak.p_for)
    assert both.confidence == pytest.approx(strong.confidence + weak.confidence - 1)


def test_a_count_is_that_of_independent_draws() -> None:
    steps = [Weight(1.0, 0.0, 2.0, share, 1 - share, share) for share in (0.9, 0.6, 0.3)]
    regions = [EffectRegion(0, math.inf)] * 3
    least = weigh_count(steps, regions, 2, None)
    assert least.confidence == pytest.approx(0.9 * 0.6 * 0.3 + 0.9 * 0.6 * 0.7 + 0.9 * 0.4 * 0.3 + 0.1 * 0.6 * 0.3)
    most = weigh_count(steps, regions, None, 1)
    assert most.confidence == pytest.approx(1 - least.confidence)
    # One claim is the opposite of the other.
    assert (most.p_for, most.p_against) == (least.p_against, least.p_for)


NUM_STUDIES = num_worlds(600)


@pytest.mark.slow
@pytest.mark.parametrize("num_seeds", [2, 4])
def test_what_is_not_so_is_seldom_supported(num_seeds: int) -> None:
    """Of a true zero, and of a true effect at the edge of what is claimed, some 2.5 of 100 are supported."""
    rng = np.random.default_rng(num_seeds)
    supported: dict[str, list[bool]] = {"sign": [], "size": [], "order": [], "count": []}
    decided = []
    for _ in range(NUM_STUDIES):
        runs = rng.normal(0, 1, num_seeds) + rng.normal(0, 1, (4, num_seeds)) + rng.normal(0, 0.8, (4, 1))
        pooled = seed_variance([dict(enumerate(row)) for row in runs.tolist()])
        assert pooled is not None
        drawn = rng.normal(0, 0.8, (100, 4, 1)) + runs
        found = []
        for arm in (1, 2, 3):
            gain, replicates = runs[arm] - runs[0], drawn[:, arm] - drawn[:, 0]
            examples, shared = examples_of(replicates, 400)
            parts = VarianceParts(seed_component([(2.0, pooled.interaction)], gain.tolist()), (examples,), shared)
            found.append(Estimate(dict(enumerate(gain)), parts, Decision(math.nan, math.nan, 0.5), "", ""))
        positive = EffectRegion(0, math.inf)
        steps = [weigh(one, positive) for one in found]
        decided.append(steps[0].p < 0.05)
        for name, weight in (
            ("sign", steps[0]),
            ("size", weigh(found[0], EffectRegion(0, 8))),
            ("order", weigh_order(steps)),
            ("count", weigh_count(steps, [positive] * 3, 1, None)),
        ):
            supported[name].append(weight.p < 0.05 and weight.p_for < weight.p_against)
    most = 0.025 + 3 * math.sqrt(0.025 * 0.975 / NUM_STUDIES)
    for name, verdicts in supported.items():
        assert state(f"{num_seeds} seeds, {name} supported", verdicts) <= most, name
    assert state(f"{num_seeds} seeds, a sign decided", decided) <= 0.07


def test_every_mistake_of_a_file_is_named_with_its_key(tmp_path: Path) -> None:
    path = write(
        tmp_path / "own.toml",
        {"id": "A b", "test": {"kind": "comparison", "arn": "mnli.en", "target": "xnli"}},
        {"id": "two", "test": {"kind": "sloppe"}},
        {"id": "three"},
        {"id": "four", "test": {"kind": "count", "arm": "a.en", "target": ["b", "c"], "at_least": 3}},
    )
    with pytest.raises(UserError) as refused:
        Claims.load(path)
    said = str(refused.value)
    for part in (
        "claim.0.id",
        'claim.0.test: arm: is missing; arn: no such key; did you mean "arm"?',
        'claim.1.test: kind: no kind of test "sloppe"; did you mean "slope"?',
        "claim.2: test: give a test, or the reason",
        "claim.3.test: (top level): at_least: 2 differences are counted",
    ):
        assert part in said
