"""The lowest layers of an encoder as an encoder: what they compute, what is counted, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModel, BertConfig, ModernBertConfig, PreTrainedConfig

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.model import FolderModel
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.result import PretrainedResult
from stepstone.core.specs.encoder import PretrainedSpec
from stepstone.core.study import Study
from stepstone.learning.cut import cut_layers
from stepstone.learning.encoder import load_encoder
from stepstone.planning.plan import Plan, plan
from stepstone.stages.context import StageContext
from stepstone.stages.pretrained import run as obtain

SHAPE = {
    "vocab_size": 90,
    "hidden_size": 16,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
    "pad_token_id": 0,
}


def take(folder: Path, num_layers: int, target: Path) -> PretrainedResult:
    target.mkdir()
    model = FolderModel(name="own", folder=str(folder), num_layers=num_layers)
    context = StageContext(Place(), BUILT_IN, Runtime(device="cpu"), target / "resume", report=lambda event: None)
    return obtain(PretrainedSpec(model=model, content="own"), target, context)


def planned(**models: dict[str, object]) -> Plan:
    study = {"name": "depth", "models": list(models), "model": models, "seeds": [1], "recipe": {"max_length": 64}}
    study["target"] = {"xnli": {}}
    return plan(Study.parse(study), Place(use_hub=False, with_data=False))


def test_it_computes_what_the_whole_encoder_has_at_that_layer(tiny: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in tiny.iterdir()}
    result = take(tiny, 1, tmp_path / "cut")
    whole, cut = load_encoder(tiny).model.eval(), load_encoder(tmp_path / "cut").model.eval()
    pieces = torch.tensor([[0, 7, 11, 5, 2]])
    with torch.no_grad():
        expected = whole(pieces, output_hidden_states=True).hidden_states[1]
        assert torch.equal(cut(pieces).last_hidden_state, expected)
    assert (result.num_layers, result.num_parameters) == (1, cut.num_parameters()) and not result.has_language_model
    # What was linked is not written over.
    assert {path.name: path.read_bytes() for path in tiny.iterdir()} == before


@pytest.mark.parametrize(
    "config", [BertConfig(**SHAPE), ModernBertConfig(**SHAPE, global_attn_every_n_layers=3)], ids=["bert", "modernbert"]
)
def test_what_a_config_says_layer_by_layer_is_cut_too(config: PreTrainedConfig, tmp_path: Path) -> None:
    torch.manual_seed(0)
    encoder = AutoModel.from_config(config)
    cut_layers(encoder, 3, "model.own.num_layers")
    encoder.save_pretrained(tmp_path)
    found = load_encoder(tmp_path)
    assert not found.new and not found.dropped
    pieces = torch.tensor([[4, 7, 11, 5]])
    with torch.no_grad():
        assert torch.equal(found.model.eval()(pieces).last_hidden_state, encoder.eval()(pieces).last_hidden_state)
    kinds = getattr(AutoConfig.from_pretrained(tmp_path), "layer_types", [None] * 3)
    assert len(kinds) == 3


def test_sizes_are_counted_and_the_plan_says_what_it_is(tiny: Path, tmp_path: Path) -> None:
    found = planned(whole={"folder": str(tiny)}, low={"folder": str(tiny), "num_layers": 1})
    sizes = {cell.model: cell.num_parameters for cell in found.cells}
    whole, cut = load_encoder(tiny).model, load_encoder(tiny).model
    cut_layers(cut, 1, "")
    assert sizes == {"whole": whole.num_parameters(), "low": cut.num_parameters()}
    assert found.notes[0] == (
        f"low is the lowest layer of {tiny}: a truncation, not an encoder that was pretrained at that size"
    )
    assert len({found.labels["whole"], found.labels["low"]}) == 2


def test_all_layers_are_no_truncation(tiny: Path) -> None:
    found = planned(whole={"folder": str(tiny)}, all={"folder": str(tiny), "num_layers": 2})
    assert found.labels["whole"] == found.labels["all"] and not any("truncation" in note for note in found.notes)


def test_layers_of_the_hub_s_encoder_are_counted_from_its_declaration() -> None:
    base = BUILT_IN.model("xlm-roberta-base")
    entry = {"hub": base.repository, "revision": base.revision, "num_layers": 6}
    (cell,) = {cell.model: cell for cell in planned(half=entry).cells}.values()
    assert cell.num_layer_parameters is not None and cell.ladder == ""
    # The pooler stands beside the layers.
    beside = 768 * 769
    assert cell.num_layer_parameters - beside == (85_645_056 - beside) // 2


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"folder": "TINY", "num_layers": 3}, "num_layers = 3, but it has 2 layers"),
        ({"folder": "TINY", "num_layers": 0}, "greater than or equal to 1"),
        ({"scratch": {"text": "text", "languages": ["en"]}, "num_layers": 1}, "cuts a pretrained encoder"),
    ],
)
def test_more_layers_than_there_are_are_refused(entry: dict[str, object], said: str, tiny: Path) -> None:
    asked = {name: str(tiny) if item == "TINY" else item for name, item in entry.items()}
    with pytest.raises(UserError, match=r"model\.own") as caught:
        planned(own=asked)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [("albert", {"embedding_size": 8}), ("xlm", {"emb_dim": 16, "n_layers": 4, "n_heads": 2})],
)
def test_layers_that_are_no_stack_are_refused(kind: str, sizes: dict[str, int]) -> None:
    shape = SHAPE if kind == "albert" else {"vocab_size": 90, "pad_index": 0}
    with pytest.raises(UserError, match="no stack that could be cut"):
        cut_layers(AutoModel.from_config(AutoConfig.for_model(kind, **shape, **sizes)), 2, "model.own.num_layers")
