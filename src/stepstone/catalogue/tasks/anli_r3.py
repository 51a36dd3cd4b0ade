"""Adversarial NLI, round 3."""

from __future__ import annotations

from stepstone.catalogue.tasks import anli

task = anli.declare_round(3, {"train": 100_459, "dev": 1_200, "test": 1_200})
to_example = anli.to_example
