"""The command line: the lines of the Python API, with options for where and how, never for what."""

from stepstone.cli import claims, data, diff, export, get, help, init, planning, report, run, score, seal, submit, verbs
from stepstone.cli.app import app, main

__all__ = [
    "app",
    "claims",
    "data",
    "diff",
    "export",
    "get",
    "help",
    "init",
    "main",
    "planning",
    "report",
    "run",
    "score",
    "seal",
    "submit",
    "verbs",
]
