"""The memory of a training, counted without values: XLM-R XL fits a card of 24 GB with adapters, and not without."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_memory import (
    GIB,
    HEAD,
    TrainingMemory,
    divided_row,
    encoder_config,
    estimate_divided,
    estimate_memory,
    row,
)
from transformers import XLMRobertaConfig

from stepstone.core.recipe import Precision, Recipe
from stepstone.report.markup import table_lines

pytestmark = pytest.mark.slow

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "adapters.md"
SMALL = XLMRobertaConfig(
    vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, num_labels=2
)
# What the driver and libraries take of a card's 24 GiB.
FREE = 23 * GIB


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_xl_fits_one_card_of_24_gb_with_adapters(precision: Precision) -> None:
    found = estimate_memory(encoder_config("xlm-roberta-xl"), Recipe(lora_rank=16, precision=precision), 2, 256)
    assert found.total < FREE and found.num_trained < 0.01 * 3.48e9
    assert found.weights >= (3.48e9 * 4 if precision == "fp32" else 0.64e9 * 4 + 2.8e9 * 2)


def test_xl_as_a_whole_does_not_fit_whatever_its_micro_batch() -> None:
    found = estimate_memory(encoder_config("xlm-roberta-xl"), Recipe(precision="bf16"), 1, 8)
    assert found.total - found.kept > 2 * FREE


def test_the_docs_hold_what_the_command_prints() -> None:
    rows = [row("xlm-roberta-xl", "LoRA of rank 16", "bf16"), row("xlm-roberta-base", "all weights", "fp32")]
    assert {*table_lines(HEAD, rows, range(3, len(HEAD)))} <= {*DOCS.read_text(encoding="utf-8").splitlines()}


def _small(num_texts: int = 2, **recipe: object) -> TrainingMemory:
    return estimate_memory(SMALL, Recipe(**recipe), num_texts, 16)  # type: ignore[arg-type]


def test_what_is_trained_has_gradients_and_two_moments() -> None:
    whole, frozen = _small(), _small(freeze_embeddings=True, freeze_layers=1)
    assert whole.weights == 4 * whole.num_trained == whole.gradients and whole.optimiser == 2 * whole.gradients
    assert frozen.weights == whole.weights and frozen.gradients == 4 * frozen.num_trained < whole.gradients / 2


def test_what_is_kept_grows_with_the_micro_batch_and_shrinks_below_frozen_layers() -> None:
    one, two, four = (_small(num).kept for num in (1, 2, 4))
    assert two - one == pytest.approx((four - two) / 2, rel=0.01)
    assert _small(freeze_embeddings=True, freeze_layers=1).kept < 0.7 * two


def test_frozen_layers_take_half_in_bf16() -> None:
    # Of the first layer: four projections of 32 to 32, and 32 to 64 and back; biases stay.
    saved = 2 * (4 * 32 * 32 + 2 * 32 * 64)
    assert _small(freeze_layers=1).weights - _small(freeze_layers=1, precision="bf16").weights == saved


def test_what_a_device_of_several_holds_falls_with_their_number_and_is_what_docs_say() -> None:
    docs = (DOCS.parent / "devices.md").read_text(encoding="utf-8")
    assert " | ".join(divided_row("xlm-roberta-xl", "bf16", 8)) in docs
    one = estimate_memory(SMALL, Recipe(), 2, 16)
    two, four = (estimate_divided(SMALL, Recipe(), 2, 16, num) for num in (2, 4))
    assert [one.weights // two.weights, one.optimiser // four.optimiser, two.gradients // four.gradients] == [2, 4, 2]
    assert two.kept == four.kept < one.kept and two.gathered == four.gathered > 0 == one.gathered
