"""A mixture of real formats end to end: heads, accounts, own scores read off a head, what is kept for the next hop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from invented import STUDY
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.result import MixtureResult
from stepstone.core.study import Study
from stepstone.planning.plan import plan
from stepstone.stages.context import StageContext
from stepstone.stages.run import StageRunner

pytestmark = [pytest.mark.trains, pytest.mark.slow]


def test_three_families_and_running_text_train_together_and_a_chain_goes_on(
    tiny: Path, place: Place, data: Path, tmp_path: Path
) -> None:
    for code in ("en", "ja"):
        path = data / "text" / "own" / f"{code}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"d.{i}\tthe miller mends three baskets {i}.\n" for i in range(20)))
    recipe = {"num_steps": 4, "batch_size": 12, "max_length": 48, "max_query_length": 16, "doc_stride": 16}
    table = {
        **STUDY,
        "languages": ["en", "de"],
        "models": ["own"],
        "seeds": [1],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": {**recipe, "eval_every": 2},
        "intermediate": {
            "many": {
                "arms": {
                    "all": ["mnli:en", "jnli:ja", "squad:en", "text:en+ja"],
                    "chain": ["mnli:en", "then", {"task": "text", "language": "en"}],
                },
                "recipe": {"selection": "last"},
            },
            "chosen": {"arms": {"both": ["mnli:en", "jnli:ja"]}},
        },
        "target": {"xnli": {"recipe": {"selection": "last"}}},
    }
    planned = plan(Study.parse(table), place)
    runner, folders, results = StageRunner(), {}, {}
    for key, stage in planned.stages.items():
        folders[key] = tmp_path / key
        folders[key].mkdir()
        parents = {role: folders[parent] for role, parent in stage.by_role.items()}
        context = StageContext(place, planned.catalogue, Runtime(device="cpu"), tmp_path / f"{key}.resume", parents)
        results[stage.label] = runner.run(stage, folders[key], context)

    whole = results["own/many.all/s1"]
    assert isinstance(whole, MixtureResult) and not whole.dev
    assert set(whole.portions) == {"mnli.en", "jnli.ja", "squad.en", "text.en+ja"}
    assert sum(one.num_drawn for one in whole.portions.values()) == 4 * 12
    assert sum(one.rate for one in whole.portions.values()) == pytest.approx(1)
    assert all(one.losses and one.norms for one in whole.portions.values())
    heads = json.loads((folders[planned.labels["own/many.all/s1"]] / "heads" / "heads.json").read_text())
    assert set(heads) == {"mnli", "squad", "mlm"}
    for label in ("own:mnli/s1/en", "own:jnli/s1/ja", "own:squad/s1/en"):
        assert 0 <= results[f"own/many.all/{label}"].score <= 100
    chosen = results["own/chosen.both/s1"]
    assert [step for step, _ in chosen.dev] == [2, 4] and set(chosen.portions) == {"mnli.en", "jnli.ja"}
    for (_, mean), (_, en), (_, ja) in zip(
        chosen.dev, chosen.portions["mnli.en"].dev, chosen.portions["jnli.ja"].dev, strict=True
    ):
        assert mean == pytest.approx((en + ja) / 2)
    # The second hop is running text alone: its head comes from the encoder, for the first hop has lost it.
    assert planned.stages[planned.labels["own/many.chain/s1"]].spec.roles == ("checkpoint", "encoder")
    assert results["own/many.chain/s1"].portions["text.en"].losses
