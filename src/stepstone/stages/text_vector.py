"""What a task's texts are to an encoder: the mean of their vectors, by which tasks are compared (TextEmb)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stepstone.core.example import Example
from stepstone.core.specs.probe import TextVectorResult, TextVectorSpec
from stepstone.families.family import InferenceContext
from stepstone.families.pooling import embed
from stepstone.stages.body import open_body
from stepstone.stages.context import StageContext
from stepstone.stages.limits import check_max_length
from stepstone.stages.read import read_examples


def run(spec: TextVectorSpec, folder: Path, context: StageContext) -> TextVectorResult:
    """The mean over the texts of all examples; the encoder stays open for other tasks."""
    checkpoint = context.parents["checkpoint"]
    model, tokenizer = context.keep((checkpoint, spec.kind), lambda: open_body(checkpoint, context))
    check_max_length(model, spec.limits, checkpoint)
    layer = int(model.config.num_hidden_layers) if spec.layer is None else spec.layer
    task = context.catalogue.task(spec.data.task)
    examples = read_examples(spec.data, task, context, seed=0)
    reading: InferenceContext[Example] = InferenceContext(task, tokenizer, spec.limits, context.runtime, layer)
    vectors, num_cut = embed(model, [" ".join(example.own_texts) for example in examples], reading)
    mean = vectors.mean(axis=0, dtype=np.float64)
    return TextVectorResult(
        vector=tuple(float(f"{value:.7g}") for value in mean), num_examples=len(examples), num_cut=num_cut
    )
