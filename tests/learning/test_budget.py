"""How much a pass holds: what the device is given, what a runtime says, and what records keep of it."""

from __future__ import annotations

import torch

from stepstone.core.recipe import Runtime
from stepstone.learning.budget import eval_tokens, generation_tokens, train_tokens
from stepstone.stages.job import _execution

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_a_processor_is_given_few_and_a_gpu_many() -> None:
    assert eval_tokens(Runtime(), CPU) < eval_tokens(Runtime(), GPU)
    assert train_tokens(Runtime(), CPU) < train_tokens(Runtime(), GPU)


def test_what_a_runtime_says_is_done_on_any_device() -> None:
    asked = Runtime(train_tokens=7, eval_tokens=9)
    assert {(train_tokens(asked, device), eval_tokens(asked, device)) for device in (CPU, GPU)} == {(7, 9)}
    assert generation_tokens(asked, num_beams=4) == 2
    assert generation_tokens(asked, num_beams=99) == 1


def test_records_say_what_was_used_whether_or_not_it_was_asked_for() -> None:
    said = _execution(Runtime(device="cpu"))
    assert said["eval_tokens"] == eval_tokens(Runtime(), CPU) and said["train_tokens"] == train_tokens(Runtime(), CPU)
    assert _execution(Runtime(device="cpu", eval_tokens=9, train_tokens=7)) == {
        "device": "cpu",
        "threads": 1,
        "train_tokens": 7,
        "eval_tokens": 9,
        "num_devices": 1,
        "shard": False,
    }
