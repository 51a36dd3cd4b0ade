"""Stages cut short, of which each takes what a whole one takes but for its steps and examples."""

from __future__ import annotations

from stepstone.core.stage import Stage


def is_short(stage: Stage) -> bool:
    """Whether a few steps of it can be taken from an encoder alone."""
    spec = stage.spec
    return spec.training is not None and spec.roles == ("checkpoint",) and spec.shortened(1, 0) is not None


def short_stage(stage: Stage, parents: tuple[str, ...], num: int, number: int) -> Stage:
    """The training of so many steps, or the evaluation of so many examples; its number makes it another stage."""
    short = stage.spec.shortened(num, number)
    assert short is not None, stage.kind
    return Stage(spec=short, parents=parents, label=stage.label, coordinates=stage.coordinates)
