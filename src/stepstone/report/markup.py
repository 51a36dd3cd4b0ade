"""Markdown that a declaration's text cannot break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """A Markdown table; of its columns, `numbers` after the first are aligned to the right."""
    rule = ["--:" if 1 <= place <= numbers else "---" for place in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def escape(text: str) -> str:
    """A text of a declaration as it can stand in a table: in one line, without bars and tags."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
