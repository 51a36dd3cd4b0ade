"""Adversarial NLI, round 2."""

from __future__ import annotations

from stepstone.catalogue.tasks import anli

task = anli.declare_round(2, {"train": 45_460, "dev": 1_000, "test": 1_000})
to_example = anli.to_example
