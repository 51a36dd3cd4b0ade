"""Names and texts of others in the terminal, in Markdown and in LaTeX, where nothing in them may be markup.

Pages escape by themselves; figures take texts as they are, once they are visible.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from stepstone.core.visible import one_line, visible


def for_terminal(text: str, style: str = "") -> Text:
    """A text for rich, in which brackets are brackets."""
    return Text(visible(text), style=style)


def plain_table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[str] = ()) -> Table:
    """A table for rich without lines; the columns named in `right` are aligned to the right, and no cell is cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(for_terminal(name), justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(for_terminal, row))
    return table


# An underscore within a word and a smaller-than sign before a blank are no markup.
_MARKDOWN = re.compile(r"[\\`*\[\]~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|<(?=[A-Za-z/!?])")
_ENTITIES = {"<": "&lt;", "&": "&amp;"}


def for_markdown(text: str) -> str:
    r"""A text in one line of Markdown that shows it as it is; bars are escaped by `table`.

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
