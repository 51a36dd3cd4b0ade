"""Markdown that no text in it can break."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    r"""A Markdown table; the columns at the places `right`, the first being 0, are aligned to the right.

    >>> print(table(("model", "score"), [("a|b", "50.0")], right=(1,)))
    | model | score |
    | --- | --: |
    | a\|b | 50.0 |
    """
    return "\n".join(table_lines(head, rows, right))


def table_lines(head: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> Iterator[str]:
    """The lines of such a table, each as soon as its row is known."""
    yield _line(head)
    yield _line(["--:" if place in right else "---" for place in range(len(head))])
    yield from map(_line, rows)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def escape(text: str) -> str:
    """A text of a declaration in one line and without tags."""
    return " ".join(text.split()).replace("<", "&lt;")
