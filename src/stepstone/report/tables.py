"""The study's table for the terminal, Markdown and LaTeX."""

from __future__ import annotations

import pandas as pd
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from stepstone.core.study import Study
from stepstone.core.visible import one_line
from stepstone.evidence.compare import Comparison
from stepstone.report.answer import answer_paragraph
from stepstone.report.encoders import pretraining_replicates, single, with_size_means
from stepstone.report.grid import Entry, GridRow, ResultGrid, TableColumn, grids
from stepstone.report.holes import unread
from stepstone.report.labels import MINUS, watermark
from stepstone.report.markup import for_latex, for_markdown, for_terminal, markdown_table
from stepstone.report.notes import caption, is_empty

_STYLES = {"level": "dim", "higher": "bold cyan", "lower": "bold yellow", "equivalent": "green", "gap": "dim"}
_WIDTH = 16  # characters of one column, with its padding
_PAPER_COLUMNS = 8


class StudyTable:
    """A study's ending table for rich; wide tables are cut to the terminal's width, and one of gaps alone is none."""

    def __init__(self, comparison: Comparison) -> None:
        study, cells = comparison.study, pd.DataFrame(comparison.evidence.all_rows)
        means = with_size_means(comparison)
        self._grids = grids(means, study)
        self._is_empty = is_empty(comparison)
        self._answer = "" if self._is_empty else answer_paragraph(means, study)
        self._caption = [*unread(cells, study), *caption(comparison, study)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Write the answer, draw one table per model, then write what stands under all of them."""
        if self._answer:
            yield for_terminal(f"{self._answer}\n", style="bold")
        labels = max((len(line.label) for grid in self._grids for line in grid.lines), default=0)
        fitting = max(1, (options.max_width - labels - 2) // _WIDTH)
        for grid in () if self._is_empty else self._grids:
            for piece in grid.cut(fitting):
                yield _draw(piece)
        for line in self._caption:
            yield for_terminal(line, style="dim")


def _draw(grid: ResultGrid) -> Table:
    title = for_terminal(grid.title)
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for column in grid.columns:
        table.add_column(for_terminal(f"{column.target}\n{column.label}"), justify="right", header_style="dim")
    before = grid.lines[0].kind if grid.lines else "score"
    for line in grid.lines:
        if line.kind != before:
            table.add_section()
            before = line.kind
        table.add_row(for_terminal(line.label), *map(_draw_entry, line.entries))
    return table


def _draw_entry(entry: Entry) -> Text:
    text = for_terminal(f"{entry.text}{entry.mark}", style=_STYLES.get(entry.tone, ""))
    text.justify = "right"
    return text.append_text(for_terminal(f"\n{entry.detail}", style="dim")) if entry.detail else text


def markdown(comparison: Comparison, study: Study) -> str:
    """The study's table as Markdown, one table per model; means over the encoders of a size come before these."""
    blocks = []
    each = grids(single(comparison), study) if pretraining_replicates(comparison) else []
    for grid in [*grids(with_size_means(comparison), study), *each]:
        for piece in grid.cut(_PAPER_COLUMNS):
            head = ["", *(for_markdown(f"{c.target}: {c.label}") for c in piece.columns)]
            rows = [[for_markdown(line.label), *map(_plain, line.entries)] for line in piece.lines]
            blocks.append(f"### {for_markdown(piece.title)}\n\n{markdown_table(head, rows, right=range(1, len(head)))}")
    notes = "\n".join(f"- {for_markdown(line)}" for line in caption(comparison, study))
    return "\n\n".join([*blocks, notes]) + "\n"


def _plain(entry: Entry) -> str:
    mark = for_markdown(entry.mark)
    return f"{entry.text}{mark} {for_markdown(entry.detail)}" if entry.detail else f"{entry.text}{mark}"


def latex(comparison: Comparison, study: Study) -> str:
    """The study's table for a paper, one per model, or of means over the encoders of a size; needs booktabs."""
    pieces = [piece for grid in grids(with_size_means(comparison), study) for piece in grid.cut(_PAPER_COLUMNS)]
    notes = for_latex(" ".join(caption(comparison, study)))
    needs = ["needs \\usepackage{booktabs}; names beyond Latin letters need LuaLaTeX or XeLaTeX"]
    head = "".join(f"% {one_line(line)}\n" for line in [*needs, *filter(None, [watermark(study)])])
    return head + "\n".join(_latex_table(piece, notes) for piece in pieces)


def _latex_table(grid: ResultGrid, notes: str) -> str:
    width = len(grid.columns)
    body: list[str] = []
    for place, line in enumerate(grid.lines):
        if place and line.kind != grid.lines[place - 1].kind:
            body.append("\\midrule")
        body += _latex_line(line)
    return "\n".join(
        [
            "\\begin{table}",
            "\\centering\\small",
            f"\\begin{{tabular}}{{l{'r' * width}}}",
            "\\toprule",
            _latex_targets(grid.columns),
            " & " + " & ".join(for_latex(column.label) for column in grid.columns) + " \\\\",
            "\\midrule",
            *body,
            "\\bottomrule",
            "\\end{tabular}",
            f"\\caption{{{for_latex(grid.title)}. {notes}}}",
            "\\end{table}",
            "",
        ]
    )


def _latex_targets(columns: tuple[TableColumn, ...]) -> str:
    targets = list(dict.fromkeys(column.target for column in columns))
    spans = [(name, sum(column.target == name for column in columns)) for name in targets]
    return "".join(f" & \\multicolumn{{{num}}}{{c}}{{{for_latex(name)}}}" for name, num in spans) + " \\\\"


def _latex_line(line: GridRow) -> list[str]:
    details = [f"{{\\scriptsize {for_latex(e.detail)}}}" if e.detail else "" for e in line.entries]
    return [
        for_latex(line.label) + " & " + " & ".join(map(_latex_value, line.entries)) + " \\\\",
        " & " + " & ".join(details) + " \\\\",
    ]


def _latex_value(entry: Entry) -> str:
    """A number in math mode, for its minus sign; words and nothing are text."""
    is_number = entry.text not in ("", "gap")
    value = f"${entry.text.replace(MINUS, '-')}$" if is_number else entry.text
    return value + for_latex(entry.mark)
