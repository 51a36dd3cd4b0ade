"""Charts become SVG: no browser, no network; here, or in a second process (`python -m stepstone.report.renderer`)."""

from __future__ import annotations

import json
from typing import Any

import vl_convert

from stepstone.core.second import serve_requests


def render_svg(chart: dict[str, Any]) -> str:
    """The SVG of a chart as Vega-Lite has it."""
    return vl_convert.vegalite_to_svg(chart, allowed_base_urls=[])


def _reply(question: bytes) -> bytes:
    return render_svg(json.loads(question)).encode()


if __name__ == "__main__":
    serve_requests(_reply)
