"""LingNLI in 26 languages: 5,000 pairs for each, translated by machine (multilingual-NLI-26lang)."""

from __future__ import annotations

from stepstone.catalogue.tasks import nli26_mnli

task = nli26_mnli.declare("nli26_ling", "LingNLI", "ling", num_rows=5_000)
to_example = nli26_mnli.to_example
