"""Adversarial NLI, round 1."""

from __future__ import annotations

from stepstone.catalogue.tasks import anli

task = anli.declare_round(1, {"train": 16_946, "dev": 1_000, "test": 1_000})
to_example = anli.to_example
