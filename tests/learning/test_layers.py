"""A pass that ends at a layer says of it, to the bit, what the whole pass says."""

from __future__ import annotations

import pytest
import torch
from transformers import AlbertConfig, AutoModel, PreTrainedConfig, T5Config

from stepstone.learning.layers import body_of, states_at
from tiny_encoders import CONFIGS, PLACED

pytestmark = pytest.mark.slow

SHARED = (AlbertConfig, {**PLACED, "embedding_size": 16})
WITH_DECODER = (T5Config, {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2})
MADE = {**CONFIGS, "albert": SHARED, "t5": WITH_DECODER}


@pytest.mark.parametrize("architecture", MADE)
def test_states_at_a_layer_are_those_of_the_whole_pass(architecture: str) -> None:
    kind, sizes = MADE[architecture]
    torch.manual_seed(1)
    config: PreTrainedConfig = kind(vocab_size=100, pad_token_id=1, **sizes)
    model = body_of(AutoModel.from_config(config)).eval()
    ids = torch.randint(3, 99, (2, 12))
    mask = torch.ones_like(ids)
    ids[1, 7:], mask[1, 7:] = 1, 0
    inputs = {"input_ids": ids, "attention_mask": mask}
    with torch.inference_mode():
        whole = model(**inputs, output_hidden_states=True).hidden_states
        for layer, states in enumerate(whole):
            assert torch.equal(states_at(model, inputs, layer), states)
        # Nothing is left of what ended a pass.
        assert torch.equal(model(**inputs).last_hidden_state, whole[-1])


def test_layers_above_are_not_computed() -> None:
    kind, sizes = CONFIGS["xlm-roberta"]
    model = AutoModel.from_config(kind(vocab_size=100, **{**sizes, "num_hidden_layers": 4})).eval()
    called: list[int] = []
    for number, layer in enumerate(model.encoder.layer):
        layer.register_forward_hook(lambda *_, number=number: called.append(number))
    ids = torch.randint(3, 99, (1, 5))
    states_at(model, {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, 2)
    assert called == [0, 1]
