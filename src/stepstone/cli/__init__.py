"""The command line: the five lines of the Python API, with options for where and how, never for what."""

from stepstone.cli.verbs import app, main

__all__ = ["app", "main"]
