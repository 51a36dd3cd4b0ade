"""Arms that are merged: a stage whose parents are the final checkpoints of the arms, by seed or over all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.specs.merge import MergeSpec
from stepstone.core.stage import Stage
from stepstone.planning.heads import find_unfit, recorded
from stepstone.planning.plan import Plan
from stepstone.store.record import Record
from stepstone.store.store import Store

ARMS = {"en": ["mnli:en"], "chain": ["mnli:en", "then", "jnli:ja"], "ja": ["jnli:ja"]}


def _plan(make_plan: Callable[..., Plan], model: str = "alpha", seeds: list[int] | None = None, **arms: Any) -> Plan:
    nli = {"arms": {**ARMS, **arms}, "num_examples": 100, "at_most": True}
    return make_plan(intermediate={"nli": nli}, models=[model], seeds=seeds or [1, 2])


def _stage(plan: Plan, label: str) -> Stage:
    return plan.stages[plan.labels[label]]


def test_a_merge_has_the_final_checkpoints_of_its_arms_for_parents(make_plan: Callable[..., Plan]) -> None:
    plan = _plan(make_plan, mean={"merge": ["en", "chain"]}, ties={"merge": ["en", "ja"], "method": "ties"})
    for seed in (1, 2):
        mean = _stage(plan, f"alpha/nli.mean/s{seed}")
        assert isinstance(mean.spec, MergeSpec) and mean.coordinates["seed"] == seed
        wanted = [plan.labels[f"alpha/nli.{arm}/s{seed}"] for arm in ("en", "chain")]
        assert mean.by_role == dict(zip(("checkpoint", "merged2"), wanted, strict=True))
        assert _stage(plan, f"alpha/nli.ties/s{seed}").parent("base") == plan.labels["alpha"]
        assert _stage(plan, f"alpha/nli.mean/xnli/s{seed}").checkpoint == mean.key
    assert plan.num_stages["merge"] == 4
    order = list(plan.stages)
    assert all(order.index(parent) < order.index(key) for key, stage in plan.stages.items() for parent in stage.parents)
    # Of each seed: a training of every arm (the chain has two), and in the merged arms all of them again.
    num_arms = (1 + 2 + 1) + (1 + 2) + (1 + 1)
    assert plan.requested["finetune"] == 2 * (3 * num_arms + 2 * 6)


def test_a_merge_over_seeds_is_one_checkpoint_for_all(make_plan: Callable[..., Plan]) -> None:
    plan = _plan(make_plan, soup={"merge": ["en", "ja"], "over": "seeds"})
    soup = _stage(plan, "alpha/nli.soup")
    wanted = [plan.labels[f"alpha/nli.{arm}/s{seed}"] for seed in (1, 2) for arm in ("en", "ja")]
    assert soup.parents == tuple(wanted) and "seed" not in soup.coordinates
    assert plan.num_stages["merge"] == 1
    targets = [_stage(plan, f"alpha/nli.soup/xnli/s{seed}") for seed in (1, 2)]
    assert [stage.checkpoint for stage in targets] == [soup.key, soup.key] and targets[0].key != targets[1].key
    # What is read off it without training is the same for all seeds, and is computed once.
    assert _stage(plan, "alpha/nli.soup/tatoeba/de").checkpoint == soup.key
    assert any("nli.soup: all its seeds start from one checkpoint" in note for note in plan.notes)


def test_names_of_arms_do_not_enter_the_key(make_plan: Callable[..., Plan]) -> None:
    plan = _plan(make_plan, one={"merge": ["en", "ja"]}, two={"merge": ["en", "ja"]}, three={"merge": ["ja", "en"]})
    assert plan.labels["alpha/nli.one/s1"] == plan.labels["alpha/nli.two/s1"] != plan.labels["alpha/nli.three/s1"]


@pytest.mark.parametrize(
    ("model", "seeds", "arm", "said"),
    [
        (
            "xlm-roberta-base",
            [1],
            {"method": "layers", "num_layers": 13},
            "num_layers = 13, but it has 12 layers (the encoder xlm-roberta-base)",
        ),
        ("alpha", [1], {"merge": ["en"], "over": "seeds"}, "merges one checkpoint alone, for the study has one seed"),
        ("alpha", [1], {"scale": 0.5}, 'scale: has no meaning for method = "mean"'),
        ("alpha", [1], {"method": "ties", "embeddings": True}, 'embeddings: has no meaning for method = "ties"'),
        ("alpha", [1], {"method": "sum", "density": 0.5}, 'density: has no meaning for method = "sum"'),
    ],
)
def test_what_cannot_be_merged_is_refused(
    make_plan: Callable[..., Plan], model: str, seeds: list[int], arm: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError) as caught:
        _plan(make_plan, model, seeds, bad={"merge": ["en", "ja"], **arm})
    assert said in str(caught.value) and "intermediate.nli.arms.bad" in str(caught.value)


def test_layers_that_the_obtained_encoder_lacks_are_refused_before_training(
    make_plan: Callable[..., Plan], store: Store, fill: Callable[..., Record]
) -> None:
    plan = _plan(make_plan, swap={"merge": ["en", "ja"], "method": "layers", "num_layers": 5})
    fill(_stage(plan, "alpha"), num_layers=4, linear_layers=("attention.query",))
    unfit = find_unfit(plan.stages, plan.catalogue, recorded(store))
    assert set(unfit) == {plan.labels[f"alpha/nli.swap/s{seed}"] for seed in (1, 2)}
    assert "num_layers = 5, but it has 4 layers (the encoder alpha)" in next(iter(unfit.values()))
