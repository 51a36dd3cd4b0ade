"""Adapters and frozen layers that cannot be had are refused before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.specs.finetune import FinetuneSpec
from stepstone.planning import adaptation
from stepstone.planning.heads import find_unfit, recorded
from stepstone.planning.plan import Plan
from stepstone.store.record import Record
from stepstone.store.store import Store


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"lora_alpha": 16}, "intermediate.nli on alpha: lora_alpha: nothing has adapters; give lora_rank as well"),
        ({"lora_rank": 8, "freeze_embeddings": True}, "freeze_embeddings: adapters leave the embeddings frozen"),
        ({"average_last": 3}, 'average_last: goes with selection = "last"'),
        ({"average_last": 3, "selection": "last", "lora_rank": 2}, "average_last: averages weights, and adapters"),
        ({"lora_rank": 8, "lora_targets": ["quary"]}, "on xlm-roberta-base: lora_targets: no linear layer of it is"),
        ({"freeze_layers": 13}, "on xlm-roberta-base: freeze_layers = 13, but it has 12 layers"),
        ({"freeze_layers": 12, "lora_rank": 1}, "freezes all its layers, so that none is left for adapters"),
    ],
)
def test_a_plan_refuses_what_cannot_be_had(make_plan: Callable[..., Plan], recipe: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as caught:
        make_plan(models=["alpha", "xlm-roberta-base"], recipe=recipe)
    assert said in str(caught.value)


def test_without_peft_the_plan_says_how_to_get_it(
    make_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptation, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r'pip install "stepstone\[adapters\]"'):
        make_plan(recipe={"lora_rank": 8})
    assert make_plan(recipe={"freeze_layers": 2}).stages


def test_an_entry_without_adapters_is_the_training_that_never_had_any(make_plan: Callable[..., Plan]) -> None:
    lora = {"lora_rank": 8, "lora_alpha": 16, "lora_targets": ["query"]}
    without = make_plan(recipe=lora, target={"xnli": {"recipe": {"lora_rank": 0}}}, intermediate={}, languages=["en"])
    assert without.stages.keys() == make_plan(target={"xnli": {}}, intermediate={}, languages=["en"]).stages.keys()
    assert (
        without.stages.keys()
        != make_plan(recipe=lora, target={"xnli": {}}, intermediate={}, languages=["en"]).stages.keys()
    )


def test_what_the_obtained_encoder_lacks_stops_its_trainings_alone(
    make_plan: Callable[..., Plan], store: Store, fill: Callable[..., Record]
) -> None:
    plan = make_plan(target={"xnli": {"recipe": {"freeze_layers": 5}}, "tatoeba": {}})
    (encoder,) = [stage for stage in plan.stages.values() if stage.is_encoder]
    fill(encoder, num_layers=4, linear_layers=("attention.query",))
    unfit = find_unfit(plan.stages, plan.catalogue, recorded(store))
    trained = {
        key
        for key, stage in plan.stages.items()
        if isinstance(stage.spec, FinetuneSpec) and stage.spec.recipe.freeze_layers == 5
    }
    assert trained and set(unfit) == trained
    assert "freeze_layers = 5, but it has 4 layers (the encoder alpha)" in next(iter(unfit.values()))


def test_an_encoder_whose_record_is_silent_passes(
    make_plan: Callable[..., Plan], store: Store, fill: Callable[..., Record]
) -> None:
    plan = make_plan(recipe={"lora_rank": 2, "lora_targets": ["query"]})
    (encoder,) = [stage for stage in plan.stages.values() if stage.is_encoder]
    fill(encoder)
    assert not find_unfit(plan.stages, plan.catalogue, recorded(store))
