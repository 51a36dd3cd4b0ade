"""Charts as Vega-Lite has them: layers of marks with their encodings, and panels of such layers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

VegaSpec = dict[str, Any]


def nominal(field: str, **more: Any) -> VegaSpec:
    """A column of names."""
    return {"field": field, "type": "nominal", **more}


def quantity(field: str, **more: Any) -> VegaSpec:
    """A column of numbers."""
    return {"field": field, "type": "quantitative", **more}


def layer(mark: str, encoding: VegaSpec, *filters: str, **look: Any) -> VegaSpec:
    """Marks for the rows that pass all filters; `look` is how they are drawn.

    What a mark is of is said where the encoding has a `description`, and shown where a pointer rests on it.
    """
    chosen = {"transform": [{"filter": one} for one in filters]} if filters else {}
    return {"mark": {"type": mark, "aria": "description" in encoding, **look}, "encoding": encoding, **chosen}


def line_in_panels(field: str, encoding: VegaSpec, **look: Any) -> VegaSpec:
    """One line in each panel of `field`: without the aggregate it would be drawn once per row, and look bold."""
    once = {"aggregate": [{"op": "count", "as": "num"}], "groupby": [field]}
    return {**layer("rule", encoding, **look), "transform": [once]}


def layers(parts: Sequence[VegaSpec], width: float, height: float) -> VegaSpec:
    """Layers upon each other, the first below, in pixels."""
    return {"layer": list(parts), "width": width, "height": height}


def panels(chart: VegaSpec, facet: VegaSpec, **more: Any) -> VegaSpec:
    """The chart once for each name of a facet."""
    return {"facet": facet, "spec": chart, "spacing": 14, **more}
