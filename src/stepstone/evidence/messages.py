"""What two processes that share a study's evidence say to each other: questions as JSON, answers as safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from safetensors.numpy import load, save

from stepstone.evidence.alignment import FrameRow
from stepstone.evidence.bootstrap import Settings
from stepstone.evidence.design import Arm, Column, Contrast, TargetLanguage, Unit
from stepstone.evidence.distribution import Component
from stepstone.evidence.estimate import Estimate
from stepstone.evidence.measure import MeasuredSet
from stepstone.evidence.variance import Decision, VarianceParts

# What measuring and estimating look at.
_READ = ("model", "condition", "target", "language", "seed", "metric", "definition", "value", "key", "predictions")
_SAID = "said"  # the array that holds the JSON


class EvidenceRequest(NamedTuple):
    """Cells to measure, the study's arms in order, pairs whose answers are swapped, and what to estimate."""

    rows: Sequence[FrameRow]
    arms: Sequence[Arm]
    pairs: Sequence[Contrast]
    settings: Settings
    asked: Sequence[tuple[Column, Contrast]]


class EvidenceReply(NamedTuple):
    """What was measured, and the estimates in the order of the question."""

    tests: Mapping[TargetLanguage, MeasuredSet]
    estimates: Sequence[Estimate]


def pack_question(question: EvidenceRequest) -> bytes:
    """As JSON; columns and contrasts, which come again and again, are written once."""
    columns = list(dict.fromkeys(column for column, _ in question.asked))
    contrasts = list(dict.fromkeys(contrast for _, contrast in question.asked))
    places = {one: place for known in (columns, contrasts) for place, one in enumerate(known)}
    said = {
        "rows": [[*(row[name] for name in _READ), list(row["flags"])] for row in question.rows],
        "arms": question.arms,
        "pairs": [asdict(one) for one in question.pairs],
        "settings": asdict(question.settings),
        "columns": [asdict(one) for one in columns],
        "contrasts": [asdict(one) for one in contrasts],
        "asked": [(places[column], places[contrast]) for column, contrast in question.asked],
    }
    return json.dumps(said).encode()


def read_question(message: bytes) -> EvidenceRequest:
    """The question of a message."""
    said = json.loads(message)
    columns = [_column(one) for one in said["columns"]]
    contrasts = [_contrast(one) for one in said["contrasts"]]
    return EvidenceRequest(
        [dict(zip((*_READ, "flags"), row, strict=True)) for row in said["rows"]],
        [Arm(*arm) for arm in said["arms"]],
        [_contrast(one) for one in said["pairs"]],
        Settings(**said["settings"]),
        [(columns[column], contrasts[contrast]) for column, contrast in said["asked"]],
    )


def _column(said: dict[str, Any]) -> Column:
    return Column(**{**said, "weights": tuple((TargetLanguage(*cell), weight) for cell, weight in said["weights"])})


def _contrast(said: dict[str, Any]) -> Contrast:
    units = (Unit(one["size"], _contrast(one["contrast"]), one["weight"]) for one in said["units"])
    weights = tuple((Arm(*arm), weight) for arm, weight in said["weights"])
    return Contrast(weights, said["reference"], tuple(units))


def pack_answer(answer: EvidenceReply) -> bytes:
    """As safetensors: replicates of every test set [keys, resamples] and [couples, permutations], and the JSON."""
    arrays, tests = {}, []
    for place, (cell, one) in enumerate(answer.tests.items()):
        tests.append([cell, one.num_examples, one.num_clusters, list(one.values.items()), list(one.null)])
        arrays[f"resampled {place}"] = np.stack(list(one.resampled.values()))
        if one.null:
            arrays[f"null {place}"] = np.stack(list(one.null.values()))
    said = {"tests": tests, "estimates": [_written(one) for one in answer.estimates]}
    return bytes(save({**arrays, _SAID: np.frombuffer(json.dumps(said).encode(), dtype=np.uint8)}))


def read_answer(message: bytes) -> EvidenceReply:
    """The answer of a message."""
    arrays = load(message)
    said = json.loads(arrays[_SAID].tobytes())
    tests = {}
    for place, (cell, num_examples, num_clusters, values, couples) in enumerate(said["tests"]):
        resampled = dict(zip((key for key, _ in values), arrays[f"resampled {place}"], strict=True))
        null = zip(((first, second) for first, second in couples), arrays.get(f"null {place}", ()), strict=True)
        tests[TargetLanguage(*cell)] = MeasuredSet(dict(values), resampled, dict(null), num_examples, num_clusters)
    return EvidenceReply(tests, [_estimate(one) for one in said["estimates"]])


def _written(one: Estimate) -> dict[str, Any]:
    return {**asdict(one), "by_seed": list(one.by_seed.items())}  # keys of JSON's objects would be texts


def _estimate(said: dict[str, Any]) -> Estimate:
    parts = said["parts"]
    known = {"by_seed": dict(said["by_seed"]), "decision": Decision(**said["decision"])}
    return Estimate(**{**said, **known, "parts": None if parts is None else _parts(parts)})


def _parts(said: dict[str, Any]) -> VarianceParts:
    seeds = None if said["seeds"] is None else Component(**said["seeds"])
    return VarianceParts(seeds, tuple(Component(**one) for one in said["examples"]), said["shared"])
