"""Doctests are looked for only where there are some: collecting a module imports it, and torch with the most."""

from pathlib import Path


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leaves out a module without examples."""
    if collection_path.suffix == ".py" and ">>>" not in collection_path.read_text(encoding="utf-8"):
        return True
    return None
