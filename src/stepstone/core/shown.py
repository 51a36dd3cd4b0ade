"""Values that show themselves: on a console of rich, in a notebook, and as text."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 120  # characters of a line in a notebook and of a text

# As rich shows its own things in a notebook: a table scrolls and is not broken.
_HTML = (
    '<pre style="white-space:pre;overflow-x:auto;line-height:normal;'
    "font-family:Menlo,'DejaVu Sans Mono',consolas,'Courier New',monospace\">{code}</pre>"
)


class Shown:
    """A value with a form for people: what the command line prints of it.

    Forms are made where tables are, floors above the values; the package says by which function (`made_by`), which
    is opened when something is shown.
    """

    def __rich__(self) -> RenderableType:
        """The form, for rich."""
        return _forms[0](self)

    def __str__(self) -> str:
        """The form as plain text."""
        from rich.console import Console

        out = io.StringIO()
        Console(file=out, width=WIDTH, color_system=None, force_jupyter=False).print(self)
        return "\n".join(line.rstrip() for line in out.getvalue().rstrip().split("\n"))

    def _repr_html_(self) -> str:
        """The form as HTML, in which every text of the value is escaped."""
        from rich.console import Console

        console = Console(file=io.StringIO(), width=WIDTH, record=True, force_jupyter=False, force_terminal=True)
        console.print(self)
        return console.export_html(inline_styles=True, code_format=_HTML)

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        """The form in IPython's terminal, and beside the HTML in a notebook's file."""
        printer.text(str(self))


_forms: list[Callable[[Any], RenderableType]] = []


def made_by(form: Callable[[Any], RenderableType]) -> None:
    """Take what makes the form of a value."""
    _forms[:] = [form]
