"""MultiNLI in Japanese beside its English originals: the same 25,000 pairs (multilingual-NLI-26lang)."""

from __future__ import annotations

from stepstone.catalogue.tasks import nli26_mnli

task = nli26_mnli.declare("nli26_mnli_ja", "MultiNLI", "mnli", sample="ja")
to_example = nli26_mnli.to_example
