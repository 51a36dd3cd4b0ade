"""The table of encoders that users name, a section of docs/models.md, made from `catalogue/encoders.py`.

`python -m stepstone.report.known_encoders docs/models.md` writes it anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stepstone.catalogue.encoders import ENCODERS, TOKENIZERS, KnownEncoder
from stepstone.report.markup import markdown_table

COMMAND = "python -m stepstone.report.known_encoders docs/models.md"
HEADING = "## Encoders by name"
_HEADS = (
    "encoder",
    "in a study",
    "architecture",
    "tokenizer",
    "opens",
    "trains, evaluates, leaves",
    "tried with",
    "to do",
)


def section() -> str:
    """The section as Markdown, with its heading."""
    about = (
        f"Made from `src/stepstone/catalogue/encoders.py` by `{COMMAND}`. **No line was tried with the weights of its "
        "repository here**: what it says is tested with a tiny encoder of random weights of the same architecture, "
        "made by transformers' own class, and a tokenizer of the same kind, learnt from a few sentences. A test takes "
        "each such pair from its folder through a step of training for classification, tagging and, where there is a "
        "head, questions, the evaluations of these and of retrieval's pooled vectors, and an export that transformers "
        "opens with the same predictions (`tests/stages/test_known_encoders.py`)."
    )
    return "\n\n".join([HEADING, about, markdown_table(_HEADS, map(_cells, ENCODERS))]) + "\n"


def replace(page: str) -> str:
    """A page with this section in place of the one that it has."""
    before, after = page.split(f"{HEADING}\n", 1)
    rest = after.partition("\n## ")[2]
    return f"{before}{section()}\n## {rest}"


def _cells(one: KnownEncoder) -> tuple[str, ...]:
    trains = "no" if not one.opens else f"yes; not {', '.join(one.lacks)}" if one.lacks else "yes"
    asked = [f"`{name}`" for name in one.models] or [f'`hub = "{name}"`' for name in one.repositories]
    return (
        one.title,
        ", ".join(asked) if one.opens else ", ".join(f"`{name}`" for name in one.repositories),
        f"`{one.architecture}`",
        TOKENIZERS[one.tokenizer],
        "yes" if one.opens else "refused",
        trains,
        "random weights",
        one.do,
    )


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(replace(path.read_text(encoding="utf-8")), encoding="utf-8")
