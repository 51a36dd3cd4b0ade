"""What dropout costs a training step on a processor, part by part, and what a cheaper mask of hidden states would save.

    python benchmarks/dropout.py --shape 4x192 --batch 12x44

Sides alternate; medians of seconds of the processor, one thread, random weights. The cheaper mask draws 16 random bits
an element, where torch draws a number for each: 6,554 of 65,536 values drop it, a share of .10001 where .1 is asked.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import nn
from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

from stepstone.report.markup import table_lines

SHARE = 0.1
# side: dropout of hidden states, of attention, whether hidden states have the cheaper mask
SIDES = {
    "no dropout": (0.0, 0.0, False),
    "of hidden states": (SHARE, 0.0, False),
    "of attention": (0.0, SHARE, False),
    "of both": (SHARE, SHARE, False),
    "of both, hidden states by 16 bits": (SHARE, SHARE, True),
}


class BitsDropout(nn.Dropout):
    """Dropout of hidden states by 16 random bits an element, four of which come from one draw."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Some elements are 0, the others grow by as much."""
        drawn = torch.empty(-(-states.numel() // 4), dtype=torch.int64).random_().view(torch.int16)
        # The highest bit of `random_` is always 0: of every fourth value 15 bits are drawn.
        drawn[3::4] = drawn[3::4] * 2
        kept = drawn[: states.numel()].view(states.shape) >= round(self.p * 2**16) - 2**15
        return states * kept * (1 / (1 - self.p))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="4x192", help="layers x width")
    parser.add_argument("--batch", default="12x44", help="texts x word pieces of a pass")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    torch.set_num_threads(1)
    ids = torch.randint(4, 8000, tuple(map(int, options.batch.split("x"))))
    models = {name: build(*map(int, options.shape.split("x")), *side) for name, side in SIDES.items()}
    taken: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(options.rounds):
        for name, model in models.items():
            taken[name].append(seconds(lambda model=model: step(model, ids)))  # type: ignore[misc]
    first = median(taken["no dropout"])
    rows = [[name, f"{1e3 * median(times):.1f}", f"{median(times) / first:.2f}"] for name, times in taken.items()]
    for line in table_lines((f"dropout {SHARE}, {options.shape}, {options.batch}", "step, ms", "ratio"), rows, (1, 2)):
        print(line)
    states = torch.rand(options.rounds, 100_000)
    for name, module in {"torch": nn.Dropout(SHARE), "16 bits": BitsDropout(SHARE)}.items():
        each = median(seconds(lambda part=part, module=module: module(part)) for part in states)  # type: ignore[misc]
        dropped = torch.stack([module(part) for part in states]).eq(0).float().mean().item()
        print(f"{name}: {each * 1e4:.1f} ns an element, {100 * dropped:.2f} % dropped")


def build(layers: int, width: int, hidden: float, attention: float, by_bits: bool) -> nn.Module:
    """A classifier of random weights, ready to be trained."""
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=8000,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=max(2, width // 64),
        intermediate_size=4 * width,
        max_position_embeddings=514,
        hidden_dropout_prob=hidden,
        attention_probs_dropout_prob=attention,
        num_labels=3,
    )
    model = XLMRobertaForSequenceClassification(config)
    for part in list(model.modules()) if by_bits else ():
        for name, child in part.named_children():
            # Attention reads the share alone off its own, and makes the mask itself.
            if isinstance(child, nn.Dropout):
                setattr(part, name, BitsDropout(child.p))
    return model.train()


def step(model: nn.Module, ids: torch.Tensor) -> None:
    """Forward and backward."""
    model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids[:, 0] % 3).loss.backward()
    model.zero_grad()


def seconds(work: Callable[[], object]) -> float:
    """What the processor takes for it."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
