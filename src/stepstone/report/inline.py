"""A drawing for a page: its colours are the page's, and what its marks are of is shown where a pointer rests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

_SVG = "http://www.w3.org/2000/svg"
# What the renderer says of marks, groups and axes for readers of the screen: the caption stands for all of it.
_DROPPED = ("class", "role", "aria-label", "aria-roledescription", "aria-hidden", "pointer-events", "font-family")
_DEFAULTS = {("opacity", "1"), ("stroke-width", "1"), ("font-size", "11px"), ("fill-opacity", "1")}
_LONG = re.compile(r"-?\d+\.\d{3,}")
_FACES = "Arial, 'Liberation Sans', Helvetica, sans-serif"


def inline(svg: str, name: str, colours: Mapping[str, str]) -> str:
    """Rewrite an SVG for a page, where ids begin with `name`; `colours` gives what stands for which."""
    root = ElementTree.fromstring(svg)
    label = root.get("aria-label", "")
    _strip(root, name, colours)
    root.attrib |= {"role": "img", "aria-label": label, "font-family": _FACES, "font-size": "11px"}
    _prune(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _strip(root: ElementTree.Element, name: str, colours: Mapping[str, str]) -> None:
    for element in root.iter():
        said = element.get("aria-label") if element.get("aria-roledescription") and not _is_group(element) else None
        for key, value in list(element.attrib.items()):
            if key in _DROPPED or key.startswith("{") or (key, value) in _DEFAULTS:
                del element.attrib[key]
            elif key == "id":
                element.set(key, f"{name}-{value}")
            elif value in colours:
                element.set(key, colours[value])
            elif key in ("d", "transform", "x2", "y2", "x", "y", "width", "height"):
                element.set(key, _LONG.sub(lambda found: f"{float(found[0]):.2f}", value))
            elif value.startswith("url(#"):
                element.set(key, value.replace("url(#", f"url(#{name}-"))
        if said:
            ElementTree.SubElement(element, f"{{{_SVG}}}title").text = said


def _is_group(element: ElementTree.Element) -> bool:
    return element.tag == f"{{{_SVG}}}g"


def _prune(element: ElementTree.Element) -> None:
    """Take out what draws nothing, and groups that set nothing for what is in them."""
    kept: list[ElementTree.Element] = []
    for child in element:
        if child.tag != f"{{{_SVG}}}clipPath":
            _prune(child)
        if _draws_nothing(child):
            continue
        kept += list(child) if _is_group(child) and not child.attrib else [child]
    element[:] = kept


def _draws_nothing(element: ElementTree.Element) -> bool:
    if element.get("display") == "none" or (_is_group(element) and not len(element)):
        return True
    is_path = element.tag == f"{{{_SVG}}}path"
    return is_path and not element.get("fill") and not element.get("stroke") and not len(element)
