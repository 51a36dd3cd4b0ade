"""From records to gains, intervals, tests and verdicts. Never touches torch."""
