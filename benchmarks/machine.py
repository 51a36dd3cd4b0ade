"""What `throughput.py` compares on: encoders of random weights, the operations that they take, the machine's peak."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

from stepstone.learning.tokenizer import SPECIAL


def write_encoder(folder: Path, tokenizer: PreTrainedTokenizerFast, layers: int, width: int) -> None:
    """An encoder in XLM-R's form with weights drawn from a seed."""
    pad = tokenizer.pad_token_id
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        intermediate_size=4 * width,
        max_position_embeddings=512 + SPECIAL.index("<pad>") + 1,
        type_vocab_size=2,
        pad_token_id=pad,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(0)
    XLMRobertaForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def operations(config: XLMRobertaConfig, lengths: Iterable[int]) -> float:
    """Floating-point operations of one forward pass over texts of so many pieces: matrix products alone."""
    width, layers = config.hidden_size, config.num_hidden_layers
    return float(sum(layers * (24 * width**2 * length + 4 * width * length**2) for length in lengths))


def gemm_peak(device: str = "cpu", precision: str = "fp32", seconds: float = 2.0) -> float:
    """GFLOP per second of a large matrix product: of the processor's time, or on a GPU of the clock's."""
    size = 1024 if device == "cpu" else 8192
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    one, two = torch.rand(size, size, device=device, dtype=kind), torch.rand(size, 4 * size, device=device, dtype=kind)
    best, began = 0.0, time.monotonic()
    while time.monotonic() - began < seconds:
        start = _now(device)
        for _ in range(4):
            one @ two
        best = max(best, 4 * 2 * size * size * 4 * size / (_now(device) - start) / 1e9)
    return best


def _now(device: str) -> float:
    if device == "cpu":
        return time.process_time()
    torch.accelerator.synchronize()
    return time.monotonic()
