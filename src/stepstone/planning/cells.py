"""Cells: the scores that a study asks for, by what they are of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCondition:
    """A model and a condition, with the factors that set it apart."""

    model: str
    size: str
    ladder: str
    pretraining_seed: int | None
    num_parameters: int | None
    num_layer_parameters: int | None
    condition: str
    intermediate: str | None
    intermediate_base: str | None
    num_intermediate_examples: int | None
    arm: str | None
    intermediate_language: str | None
    method: str | None
    setting: str
    baseline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(ModelCondition):
    """One score that the study asks for; `key` is that of the evaluate stage, which cells may share."""

    target: str
    language: str
    group: str
    seed: int
    key: str
