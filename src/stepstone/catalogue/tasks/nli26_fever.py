"""Fever-NLI in 26 languages: 25,000 pairs for each, translated by machine (multilingual-NLI-26lang)."""

from __future__ import annotations

from stepstone.catalogue.tasks import nli26_mnli

task = nli26_mnli.declare("nli26_fever", "Fever-NLI", "fever")
to_example = nli26_mnli.to_example
