"""Figures for papers: each drawing of a report again as PDF or PNG, from its SVG, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import vl_convert

from stepstone.core.errors import UserError, nearest

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


def formats_in(folder: Path) -> list[str]:
    """The formats in which every SVG of a folder is there, too."""
    drawn = list(folder.glob("*.svg"))
    return [name for name in FORMATS if drawn and all(path.with_suffix(f".{name}").is_file() for path in drawn)]


def forget_formats(folder: Path, kept: Collection[str]) -> None:
    """Remove what was made of the SVGs of a folder and is not among the names that are kept."""
    for path in folder.glob("*.svg"):
        for name in FORMATS:
            made = path.with_suffix(f".{name}")
            if made.name not in kept:
                made.unlink(missing_ok=True)
