"""Declarations of tasks, benchmarks and models: one file each, found by its name."""
