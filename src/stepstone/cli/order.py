"""What every help shows alike: verbs in the order of work, all that a verb says of itself, worked examples."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

# Words of the command line by what they are for, in the order of work.
PANELS = {
    "Begin": ("list", "init", "data"),
    "Run": ("plan", "rehearse", "run", "status", "why"),
    "Read": ("report", "diff", "claims", "review", "rescore", "score"),
    "Pass on": ("export", "submit", "seal", "verify"),
    "Look after": ("prune", "help"),
}


class Verbs(TyperGroup):
    """Verbs, or the words that follow one: without a word their help is shown, which is no mistake."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The words that are left for the verb; where there is none, the help is printed and all is done."""
        if not args and not ctx.resilient_parsing:
            print(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of work; those without a place there come last, as they were registered."""
        placed = [name for names in PANELS.values() for name in names]
        return sorted(self.commands, key=lambda name: placed.index(name) if name in placed else len(placed))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """A section per panel, and one for what is in no panel."""
        panels = {name: title for title, names in PANELS.items() for name in names}
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            line = self.commands[name].get_short_help_str(limit=1_000)
            sections.setdefault(panels.get(name, "Commands"), []).append((name, line))
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def example_lines(*lines: str) -> str:
    r"""What stands at the end of a verb's help; \b keeps lines as they are."""
    return "\n".join(("\b", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)))
