"""How well a checkpoint's vectors of translations find each other, layer by layer, from one pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from stepstone.core.example_sides import PairExample
from stepstone.core.specs.probe import LayerProbeResult, LayerProbeSpec
from stepstone.families.family import InferenceContext
from stepstone.families.pooling import embed_layers
from stepstone.families.retrieval import find_nearest
from stepstone.scoring.definitions import scorer
from stepstone.scoring.mexa import mexa
from stepstone.stages.body import open_body
from stepstone.stages.context import StageContext
from stepstone.stages.limits import check_max_length
from stepstone.stages.read import read_examples


def run(spec: LayerProbeSpec, folder: Path, context: StageContext) -> LayerProbeResult:
    """Retrieval as the task's evaluation has it, and alignment, in every layer; the encoder stays open."""
    checkpoint = context.parents["checkpoint"]
    model, tokenizer = context.keep((checkpoint, spec.kind), lambda: open_body(checkpoint, context))
    check_max_length(model, spec.limits, checkpoint)
    task = context.catalogue.task(spec.data.task)
    pairs = [one for one in read_examples(spec.data, task, context, seed=0) if isinstance(one, PairExample)]
    reading: InferenceContext[PairExample] = InferenceContext(task, tokenizer, spec.limits, context.runtime)
    sources, cut_sources = embed_layers(model, [pair.source for pair in pairs], reading)
    targets, cut_targets = embed_layers(model, [pair.target for pair in pairs], reading)
    layers = list(zip(np.moveaxis(sources, 1, 0), np.moveaxis(targets, 1, 0), strict=True))
    return LayerProbeResult(
        retrieval=tuple(_retrieval(spec, pairs, *sides) for sides in layers),
        alignment=tuple(mexa(target, source) for source, target in layers),
        num_examples=len(pairs),
        num_cut=cut_sources + cut_targets,
    )


def _retrieval(spec: LayerProbeSpec, pairs: list[PairExample], sources: np.ndarray, targets: np.ndarray) -> float:
    judge = scorer(spec.metric, spec.definition)
    return judge.score(find_nearest(pairs, sources, targets), spec.data.language)[judge.main]
