"""The number of weights that is counted from a config is that of the model which transformers makes of it."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch
import transformers
from transformers import AutoConfig, AutoModel, PreTrainedModel

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.architecture import Architecture
from stepstone.core.model import HubModel
from stepstone.learning.encoder import has_head
from stepstone.learning.layers import layers_of, linear_layers, num_positions

# What a deberta-v2 is in the form of DeBERTa V3.
V3 = {
    "relative_attention": True,
    "position_biased_input": False,
    "pos_att_type": ["p2c", "c2p"],
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
    "max_relative_positions": -1,
}
# Their own pieces have numbers beyond a small vocabulary.
PIECES = {f"{name}_token_id": number for number, name in enumerate(("pad", "bos", "eos", "cls", "sep"))}
MORE: dict[str, dict[str, Any]] = {"deberta-v2": V3, "modernbert": PIECES, "eurobert": PIECES}
SMALL: dict[str, Any] = {
    "vocab_size": 101,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 33,
}
KNOWN = [model for name in BUILT_IN.models() if isinstance(model := BUILT_IN.model(name), HubModel)]


def build(shape: Architecture) -> PreTrainedModel:
    fields = shape.model_dump(exclude={"add_pooling_layer"})
    if shape.model_type != "eurobert":
        fields["num_attention_heads"] = 4
    config = AutoConfig.for_model(**fields, **MORE.get(shape.model_type, {}))
    has_pooler = shape.model_type in ("bert", "xlm-roberta", "xlm-roberta-xl")
    with torch.device("meta"):
        return AutoModel.from_config(config, **({"add_pooling_layer": shape.add_pooling_layer} if has_pooler else {}))


def count(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def check(shape: Architecture) -> None:
    model = build(shape)
    embeddings = model.embed_tokens if shape.model_type == "eurobert" else model.embeddings
    assert shape.num_parameters == count(model)
    assert shape.num_embedding_parameters == count(embeddings)
    assert shape.num_body_parameters == count(model) - count(embeddings)
    assert shape.num_positions == num_positions(model)
    layers = layers_of(model)
    assert len(layers) == shape.num_hidden_layers
    assert sorted(shape.linear_layers) == sorted(linear_layers(layers))


@pytest.mark.parametrize("model_type", ["bert", "xlm-roberta", "xlm-roberta-xl"])
@pytest.mark.parametrize("pooler", [True, False])
@pytest.mark.parametrize("types", [1, 2])
def test_small_encoders_are_counted_to_the_last_weight(model_type: Any, pooler: bool, types: int) -> None:
    check(Architecture(model_type=model_type, type_vocab_size=types, add_pooling_layer=pooler, **SMALL))


@pytest.mark.parametrize("types", [0, 2])
def test_a_deberta_has_relative_positions_and_no_pooler(types: int) -> None:
    check(Architecture(model_type="deberta-v2", type_vocab_size=types, position_buckets=9, **SMALL))


def test_a_modernbert_has_gates_and_no_biases_nor_a_norm_before_its_first_attention() -> None:
    check(Architecture(model_type="modernbert", **SMALL))


@pytest.mark.parametrize(("heads", "shared"), [(4, 4), (6, 2), (3, 1)])
def test_a_eurobert_shares_keys_and_values_between_heads(heads: int, shared: int) -> None:
    check(Architecture(model_type="eurobert", num_attention_heads=heads, num_key_value_heads=shared, **SMALL))


TRAINED = [family for name in BUILT_IN.families() if (family := BUILT_IN.family(name)).is_trained]


@pytest.mark.parametrize("model_type", get_args(Architecture.model_fields["model_type"].annotation))
def test_the_heads_that_an_architecture_has_are_those_of_transformers(model_type: Any) -> None:
    shape = Architecture(model_type=model_type, num_attention_heads=4, **SMALL)
    config = build(shape).config
    assert {family.name: shape.has_head(str(family.auto_class)) for family in TRAINED} == {
        family.name: has_head(getattr(transformers, str(family.auto_class)), config) for family in TRAINED
    }


@pytest.mark.parametrize("model", KNOWN, ids=lambda model: model.name)
def test_the_catalogues_encoders_are_counted_to_the_last_weight(model: HubModel) -> None:
    assert model.architecture is not None
    check(model.architecture)
    assert (model.num_parameters, model.num_embedding_parameters) == (
        model.architecture.num_parameters,
        model.architecture.num_embedding_parameters,
    )


# Millions, as the encoders' papers and public projects print them; they round, and some count no pooler.
@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("mbert", 178),
        ("mdeberta-v3-base", 278),
        ("multilingual-e5-small", 118),
        ("xlm-roberta-base", 278),
        ("xlm-roberta-large", 560),
        ("xlm-roberta-xl", 3_500),
        ("xlm-roberta-xxl", 10_700),
    ],
)
def test_sizes_are_those_that_are_published(name: str, millions: int) -> None:
    assert BUILT_IN.model(name).num_parameters == pytest.approx(millions * 1e6, rel=0.006)


def test_an_encoder_pretrained_here_is_counted_without_a_pooler() -> None:
    model = BUILT_IN.model("lab-small")
    assert not isinstance(model, HubModel)
    check(model.architecture)
    assert model.num_parameters == model.architecture.num_parameters == 995_840
