"""Kinds of stages, found by their names: those of encoders in one file, each other one in its own."""
