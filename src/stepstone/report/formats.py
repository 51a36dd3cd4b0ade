"""Figures for papers: each drawing of a report again as PDF or PNG, from its SVG, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import vl_convert

from stepstone.core.errors import UserError, nearest
from stepstone.store.files import storage_errors, write_atomically

PIXELS = 3  # of a PNG for each of the SVG's

FORMATS: Mapping[str, Callable[[str], bytes]] = {
    "pdf": vl_convert.svg_to_pdf,
    "png": lambda svg: vl_convert.svg_to_png(svg, scale=PIXELS),
}


def check_formats(names: Iterable[str]) -> None:
    """Raise UserError for what is no format that a figure can be written in."""
    for name in names:
        if name not in FORMATS:
            raise UserError(f'figures cannot be written as "{name}"', remedy=nearest(name, FORMATS))


def write_formats(folder: Path, names: Iterable[str]) -> list[Path]:
    """Write every SVG of a folder in these formats too, where that is not done yet; returns what was written."""
    written = []
    for path in sorted(folder.glob("*.svg")):
        for name in names:
            made = path.with_suffix(f".{name}")
            if not made.exists():
                with storage_errors(folder):
                    write_atomically(made, FORMATS[name](path.read_text(encoding="utf-8")))
                written.append(made)
    return written


def forget_formats(path: Path) -> None:
    """Remove what was made of an SVG that is drawn anew."""
    for name in FORMATS:
        path.with_suffix(f".{name}").unlink(missing_ok=True)
