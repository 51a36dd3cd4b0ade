"""From stages to records, and what is done with them: run, explain, prune, rescore, submit. Never touches torch."""
