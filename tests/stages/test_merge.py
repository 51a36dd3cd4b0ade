"""The stage that merges leaves an ordinary encoder, which says what it was merged from and how alike that was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from invented import STUDY
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.arm import Merged
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.specs.merge import MergeResult, MergeSpec
from stepstone.core.stage import Stage
from stepstone.core.study import Study
from stepstone.learning.encoder import load_encoder, with_new_head
from stepstone.learning.tokenizer import copy_tokenizer, load_tokenizer
from stepstone.planning.plan import plan
from stepstone.stages.context import StageContext
from stepstone.stages.run import StageRunner


def _checkpoint(tiny: Path, folder: Path, by: float) -> Path:
    """A checkpoint with three labels whose every weight was moved by as much."""
    labels = {0: "yes", 1: "no", 2: "perhaps"}
    model = with_new_head(AutoModelForSequenceClassification, tiny, 1, num_labels=3, id2label=labels).model
    with torch.no_grad():
        for value in model.parameters():
            value.add_(by)
    model.save_pretrained(folder)
    copy_tokenizer(tiny, folder)
    return folder


@pytest.mark.slow
def test_a_merged_encoder_opens_anywhere_and_its_vectors_are_recorded(tiny: Path, tmp_path: Path) -> None:
    parents = {
        "checkpoint": _checkpoint(tiny, tmp_path / "one", 0.03),
        "merged2": _checkpoint(tiny, tmp_path / "two", -0.01),
        "base": tiny,
    }
    how = Merged(merge=("en", "ja"), method="sum", scale=0.5)
    written = Stage(spec=MergeSpec(how=how, num_models=2), parents=("a", "b", "c"), label="m/merged")
    stage = Stage.model_validate(json.loads(written.model_dump_json()))
    assert stage == written and stage.by_role == {"checkpoint": "a", "merged2": "b", "base": "c"}
    place = Place(cache=tmp_path / "cache")
    context = StageContext(place, BUILT_IN, Runtime(device="cpu"), tmp_path / "resume", parents)
    result = StageRunner().run(stage, tmp_path / "out", context)

    merged, base = load_encoder(tmp_path / "out"), load_encoder(tiny)
    assert merged.lost == () and merged.dropped == () and merged.model.config.num_labels == 2
    for name, value in base.model.state_dict().items():
        if name not in base.new:
            torch.testing.assert_close(merged.model.state_dict()[name], value + 0.01, atol=1e-6, rtol=0)
    assert isinstance(result, MergeResult)
    num = sum(value.numel() for name, value in base.model.named_parameters() if name not in base.new)
    assert result.num_parameters == num and result.left_out == ()
    one, two = result.vectors
    assert one.norm == pytest.approx(0.03 * num**0.5, rel=1e-4) and two.norm == pytest.approx(0.01 * num**0.5, rel=1e-4)
    assert one.cosines == () and two.cosines == pytest.approx((-1.0,))
    assert len(AutoTokenizer.from_pretrained(tmp_path / "out")) == len(load_tokenizer(tiny))


@pytest.mark.trains
def test_arms_are_trained_merged_and_trained_on(tiny: Path, place: Place, tmp_path: Path) -> None:
    """A whole study of one seed: adapters in a fine-tuning and a mixture, their mean, and a target on it with none."""
    recipe = {"num_steps": 3, "batch_size": 4, "max_length": 32, "learning_rate": 1e-3}
    table = {
        **STUDY,
        "languages": ["en", "de"],
        "models": ["own"],
        "seeds": [1],
        "model": {"own": {"folder": str(tiny)}},
        "recipe": {**recipe, "lora_rank": 2},
        "intermediate": {
            "nli": {"arms": {"en": ["mnli:en"], "both": ["mnli:en", "jnli:ja"], "mean": {"merge": ["en", "both"]}}}
        },
        "target": {"xnli": {"recipe": {"lora_rank": 0, "freeze_layers": 1}}},
    }
    planned = plan(Study.parse(table), place)
    runner, folders, results = StageRunner(), {}, {}
    for key, stage in planned.stages.items():
        folders[key] = tmp_path / key
        folders[key].mkdir()
        parents = {role: folders[parent] for role, parent in stage.by_role.items()}
        context = StageContext(place, planned.catalogue, Runtime(device="cpu"), tmp_path / f"{key}.resume", parents)
        results[stage.label] = runner.run(stage, folders[key], context)
    num_lora = results["own/nli.en/s1"].num_trained
    assert 0 < num_lora < results["own/nli.mean/xnli/s1"].num_trained < results["own"].num_parameters
    one, both, mean = (
        load_encoder(folders[planned.labels[f"own/nli.{arm}/s1"]]).model.state_dict() for arm in ("en", "both", "mean")
    )
    weight = "encoder.layer.1.output.dense.weight"
    torch.testing.assert_close(mean[weight], (one[weight] + both[weight]) / 2)
    assert not torch.equal(one[weight], both[weight])
    target = load_encoder(folders[planned.labels["own/nli.mean/xnli/s1"]]).model.state_dict()
    assert torch.equal(target["encoder.layer.0.output.dense.weight"], mean["encoder.layer.0.output.dense.weight"])
    assert not torch.equal(target[weight], mean[weight])
