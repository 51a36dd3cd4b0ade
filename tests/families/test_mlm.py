"""Masked language modelling: the loss at masked positions equals that of the whole model, and masking is fair."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    DebertaV2Config,
    DebertaV2ForMaskedLM,
    ElectraConfig,
    ElectraForMaskedLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    RemBertConfig,
    RemBertForMaskedLM,
    XLMRobertaForMaskedLM,
    XLMRobertaXLConfig,
    XLMRobertaXLForMaskedLM,
)

from stepstone.families import mlm
from stepstone.learning.batch import Feature
from stepstone.learning.tokenizer import load_tokenizer
from tiny import sentences

SIZES = {
    "vocab_size": 220,
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 70,
    "pad_token_id": 1,
}


def _features(folder: Path) -> tuple[list[Feature], object]:
    tokenizer = load_tokenizer(folder)
    ids = tokenizer(sentences()[:40], return_attention_mask=False)["input_ids"]
    return [Feature(pieces, place) for place, pieces in enumerate(ids)], tokenizer


@pytest.mark.parametrize(
    "build",
    [
        lambda folder: XLMRobertaForMaskedLM.from_pretrained(folder),
        lambda folder: BertForMaskedLM(BertConfig(**SIZES)),
        lambda folder: DebertaV2ForMaskedLM(DebertaV2Config(**SIZES, type_vocab_size=0)),
        lambda folder: RemBertForMaskedLM(RemBertConfig(**SIZES)),
        lambda folder: XLMRobertaXLForMaskedLM(XLMRobertaXLConfig(**SIZES)),
        lambda folder: DebertaV2ForMaskedLM(DebertaV2Config(**SIZES, type_vocab_size=0, legacy=False)),
        lambda folder: ModernBertForMaskedLM(ModernBertConfig(**SIZES)),
        lambda folder: ElectraForMaskedLM(ElectraConfig(**SIZES, embedding_size=16)),
    ],
    ids=["xlm-roberta", "bert", "deberta-v2", "rembert", "xlm-roberta-xl", "deberta-v3", "modernbert", "electra"],
)
def test_the_loss_equals_that_of_the_whole_model(tiny: Path, build: object) -> None:
    features, tokenizer = _features(tiny)
    torch.manual_seed(0)
    model = build(tiny).eval()  # type: ignore[operator]
    batch = mlm.family.collate(mlm.mask(features, tokenizer, 0.2, np.random.default_rng(0)), tokenizer.pad_token_id)
    labels = torch.full_like(batch.inputs["input_ids"], -100)
    labels.view(-1)[batch.targets["positions"]] = batch.targets["pieces"]
    with torch.no_grad():
        whole = model(**batch.inputs, labels=labels).loss
        ours = mlm.family.loss(model, batch) / batch.weight
    torch.testing.assert_close(ours, whole, rtol=1e-5, atol=1e-5)


def test_the_losses_of_features_sum_to_that_of_their_batch(tiny: Path) -> None:
    features, tokenizer = _features(tiny)
    masked = mlm.mask(features, tokenizer, 0.2, np.random.default_rng(0))
    batch = mlm.family.collate(masked, tokenizer.pad_token_id)
    model = XLMRobertaForMaskedLM.from_pretrained(tiny).eval()
    with torch.no_grad():
        losses, whole = mlm.family.losses(model, batch), mlm.family.loss(model, batch)
    assert len(losses) == len(masked) and batch.groups[3] == len(masked[3].fields["pieces"])
    assert sum(losses) == pytest.approx(float(whole), rel=1e-5)


def test_a_text_is_masked_alike_in_whatever_set_it_stands(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    texts = sentences()[:30]
    masked = {feature.example: feature for feature in mlm.mask_alike(texts, tokenizer, 48, 0.3)}
    turned = {29 - feature.example: feature for feature in mlm.mask_alike(texts[::-1], tokenizer, 48, 0.3)}
    assert masked.keys() == turned.keys() and len(masked) > 20
    assert all(masked[place].ids == turned[place].ids for place in masked)
    different = {tuple(feature.fields["positions"].tolist()) for feature in masked.values()}
    assert len(different) > 10
    assert all(len(feature.fields["pieces"]) for feature in masked.values())


def test_masking_spares_special_pieces_and_keeps_its_shares(tiny: Path) -> None:
    features, tokenizer = _features(tiny)
    many = [Feature(feature.ids, feature.example) for feature in features for _ in range(50)]
    masked = mlm.mask(many, tokenizer, 0.15, np.random.default_rng(1))
    special = set(tokenizer.all_special_ids)
    free = sum(piece not in special for feature in many for piece in feature.ids)
    chosen = sum(len(feature.fields["positions"]) for feature in masked)
    assert 0.14 < chosen / free < 0.16
    hidden = kept = 0
    for before, after in zip(many, masked, strict=True):
        for place in after.fields["positions"]:
            assert before.ids[place] not in special
            hidden += after.ids[place] == tokenizer.mask_token_id
            kept += after.ids[place] == before.ids[place]
        untouched = set(range(len(before))) - set(after.fields["positions"].tolist())
        assert all(before.ids[place] == after.ids[place] for place in untouched)
    assert 0.77 < hidden / chosen < 0.83
    assert 0.08 < kept / chosen < 0.13
