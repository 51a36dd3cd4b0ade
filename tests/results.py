"""Results as stages of each kind return them, invented but for what a test gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepstone.core.result import Result
from stepstone.core.specs.evaluate import EvaluateSpec
from stepstone.core.specs.mixture import MixtureSpec
from stepstone.core.stage import Stage

_TRAINED = {"num_steps": 20, "num_tokens": 1000}
_INVENTED: dict[str, dict[str, Any]] = {
    "pretrained": {"num_parameters": 1_000_000},
    "pretrain": {**_TRAINED, "num_parameters": 1_000_000, "num_sentences": 100},
    "mlm_probe": {"loss": 2.0, "num_pieces": 50, "num_examples": 10},
    "layer_probe": {"retrieval": [10.0, 60.0, 40.0], "alignment": [5.0, 40.0, 30.0], "num_examples": 10, "num_cut": 0},
    "text_vector": {"vector": [1.0, 2.0], "num_examples": 10, "num_cut": 0},
    "selection_audit": {**_TRAINED, "looks": [], "best_step": 0, "num_dev": 10},
    "merge": {"num_parameters": 1_000_000},
    "translate": {"num_given": 10, "num_examples": 9},
    "mixture": _TRAINED,
    "finetune": {**_TRAINED, "num_examples": 10, "num_features": 10, "num_cut": 0},
}
_PORTION = {
    "rate": 0.5,
    "num_examples": 10,
    "num_inputs": 10,
    "num_cut": 0,
    "num_drawn": 20,
    "num_steps": 20,
    "num_tokens": 500,
}


def invented_result(stage: Stage, given: Mapping[str, Any] | None = None) -> Result:
    """A result of the stage's kind; fields that the kind does not have are passed over."""
    table = _scored(stage.spec) if isinstance(stage.spec, EvaluateSpec) else _INVENTED[stage.kind]
    if isinstance(stage.spec, MixtureSpec):
        table = {**table, "portions": {one.name: _PORTION for one in stage.spec.portions}}
    known = {name: item for name, item in (given or {}).items() if name in stage.spec.result.model_fields}
    return stage.spec.result.model_validate({**table, **known})


def _scored(spec: EvaluateSpec) -> dict[str, Any]:
    names = {"metric": spec.metric, "definition": spec.definition, "main": "accuracy"}
    return {
        "scores": {**names, "values": {"accuracy": 50.0}, "num_examples": 2},
        "trivial": {},
        "truncated": {"examples": 0, "of": 2},
        "seconds_per_example": 0.01,
    }
