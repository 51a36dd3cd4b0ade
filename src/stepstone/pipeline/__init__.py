"""From a study to its stages, and from stages to records: plan, jobs, run, explain, prune. Never touches torch."""
