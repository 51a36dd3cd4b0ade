"""Behaviour per family of tasks: from examples to inputs, from model outputs to predictions."""
