"""The stage that merges leaves an ordinary encoder, which says what it was merged from and how alike that was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.specs.merge import MergeResult, MergeSpec
from stepstone.core.stage import Stage
from stepstone.learning.encoder import load_encoder, with_new_head
from stepstone.learning.tokenizer import load_tokenizer
from stepstone.stages.context import StageContext
from stepstone.stages.run import StageRunner

pytestmark = pytest.mark.slow


def _checkpoint(tiny: Path, folder: Path, by: float) -> Path:
    """A checkpoint with three labels whose every weight was moved by as much."""
    labels = {0: "yes", 1: "no", 2: "perhaps"}
    model = with_new_head(AutoModelForSequenceClassification, tiny, 1, num_labels=3, id2label=labels).model
    with torch.no_grad():
        for value in model.parameters():
            value.add_(by)
    model.save_pretrained(folder)
    load_tokenizer(tiny).save_pretrained(folder)
    return folder


def test_a_merged_encoder_opens_anywhere_and_its_vectors_are_recorded(tiny: Path, tmp_path: Path) -> None:
    parents = {
        "checkpoint": _checkpoint(tiny, tmp_path / "one", 0.03),
        "merged2": _checkpoint(tiny, tmp_path / "two", -0.01),
        "base": tiny,
    }
    written = Stage(spec=MergeSpec(method="sum", num_models=2, scale=0.5), parents=("a", "b", "c"), label="m/merged")
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
