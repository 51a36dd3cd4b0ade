"""Names and texts of others in the terminal, in Markdown and in LaTeX, where nothing in them may be markup.

Pages escape by themselves; figures take texts as they are, once they are visible.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from stepstone.core.visible import one_line, visible


def for_terminal(text: str, style: str = "") -> Text:
    """A text for rich, in which brackets are brackets."""
    return Text(visible(text), style=style)


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[str] = ()) -> Table:
    """A table for rich without lines; the columns named in `right` are aligned to the right, and no cell is cut."""
    cells = [list(map(for_terminal, row)) for row in (columns, *rows)]
    table = _Fitted(cells, box=None, pad_edge=False, header_style="bold")
    for name, head in zip(columns, cells[0], strict=True):
        table.add_column(head, justify="right" if name in right else "left", overflow="fold")
    for row in cells[1:]:
        table.add_row(*row)
    return table


class _Fitted(Table):
    """A table whose columns are at least as wide as their longest words, where the terminal has that room.

    Left to itself, rich takes room from the widest column whatever is in it, so that names are broken within.
    """

    def __init__(self, cells: Sequence[Sequence[Text]], **style: Any) -> None:
        super().__init__(**style)
        self._words = [
            max(cell_len(word) for cell in of for word in cell.plain.split() or [""]) for of in zip(*cells, strict=True)
        ]
        self._lines = [
            max(cell_len(line) for cell in of for line in cell.plain.splitlines() or [""])
            for of in zip(*cells, strict=True)
        ]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give every column its width, then draw."""
        room = options.max_width - 2 * (len(self.columns) - 1)  # a blank on either side of what parts columns
        for column, width in zip(self.columns, _widths(self._words, self._lines, room), strict=True):
            column.width = width
        yield from super().__rich_console__(console, options)


def _widths(words: Sequence[int], lines: Sequence[int], room: int) -> list[int]:
    """Widths of columns that fit into `room`, given the lengths of their longest words and lines.

    >>> _widths([4, 8], [4, 40], 100), _widths([4, 8], [4, 40], 30), _widths([4, 50], [4, 50], 30)
    ([4, 40], [4, 26], [4, 26])
    """
    if sum(lines) <= room:
        return list(lines)
    longest = max(words)
    while longest > 1 and sum(min(word, longest) for word in words) > room:
        longest -= 1
    least = [min(word, longest) for word in words]
    wanting = [line - width for line, width in zip(lines, least, strict=True)]
    spare = max(0, room - sum(least))
    return [width + spare * want // max(1, sum(wanting)) for width, want in zip(least, wanting, strict=True)]


# An underscore within a word and a smaller-than sign before a blank are no markup.
_MARKDOWN = re.compile(r"[\\`*\[\]~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|<(?=[A-Za-z/!?])")
_ENTITIES = {"<": "&lt;", "&": "&amp;"}


def for_markdown(text: str) -> str:
    r"""A text in one line of Markdown that shows it as it is; bars are escaped by `markdown_table`.

    >>> print(for_markdown("a *name* <b>, snake_case, p < 0.05"))
    a \*name\* &lt;b>, snake_case, p < 0.05
    """
    return _MARKDOWN.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), one_line(text))


def code(text: str) -> str:
    """A text as Markdown's code, fenced by more backticks than it holds.

    >>> print(code("nli.en"), code("a`b"))
    `nli.en` `` a`b ``
    """
    text = one_line(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"{fence}{text}{fence}"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> str:
    r"""A Markdown table; the columns at the places `right`, the first being 0, are aligned to the right.

    >>> print(markdown_table(("model", "score"), [("a|b", "50.0")], right=(1,)))
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


_LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": "\\textbackslash{}",
    "^": "\\textasciicircum{}",
    "~": "\\textasciitilde{}",
    # In the default font encoding these three print as other signs.
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    "\N{MINUS SIGN}": "$-$",
    "\N{EN DASH}": "--",
    "\N{ALMOST EQUAL TO}": "$\\approx$",
    "\N{DAGGER}": "$\\dagger$",
    "\N{DOUBLE DAGGER}": "$\\ddagger$",
    "\N{MIDDLE DOT}": "$\\cdot$",
}


def for_latex(text: str) -> str:
    r"""A text in LaTeX's text mode.

    >>> print(for_latex("p < 0.05, a_b|c"))
    p \textless{} 0.05, a\_b\textbar{}c
    """
    return "".join(_LATEX.get(letter, letter) for letter in one_line(text))
