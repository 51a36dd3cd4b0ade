"""Encoders of several checkpoints become one: an ordinary folder without a head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from transformers import PreTrainedConfig

from stepstone.core.specs.merge import MergeResult, MergeSpec, TaskVector
from stepstone.learning.merge import merge
from stepstone.learning.tokenizer import copy_tokenizer
from stepstone.stages.context import StageContext


def run(spec: MergeSpec, folder: Path, context: StageContext) -> MergeResult:
    """Merge into `folder`."""
    folders = [context.parents[role] for role in spec.merged]
    merged = merge(spec.how, folders, context.parents.get("base"))
    _forget_head(merged.model.config)
    state = merged.model.state_dict()
    merged.model.save_pretrained(folder, state_dict={name: state[name] for name in merged.names})
    copy_tokenizer(folders[0], folder)
    return MergeResult(
        num_parameters=sum(state[name].numel() for name in merged.names),
        left_out=merged.left_out,
        vectors=_vectors(spec, merged.products),
    )


def _forget_head(config: PreTrainedConfig) -> None:
    """The labels of a head that was left behind say nothing of an encoder."""
    config.num_labels = 2  # the library's default
    config.problem_type = None


def _vectors(spec: MergeSpec, products: np.ndarray) -> tuple[TaskVector, ...]:
    """From scalar products [models, models]: norms, and cosines with those before; NaN where one did not move."""
    norms = np.sqrt(np.diag(products))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosines = products / np.outer(norms, norms)
    return tuple(
        TaskVector(role=role, norm=norms[place], cosines=tuple(cosines[place, :place]))
        for place, role in enumerate(spec.merged[: len(norms)])
    )
