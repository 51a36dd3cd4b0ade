"""Multilingual E5 Base: XLM-R Base trained further on pairs of texts."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-base",
    repository="intfloat/multilingual-e5-base",
    revision="d13f1b27baf31030b7fd040960d60d909913633f",
    num_parameters=278_000_000,
    evidence="revision and size: read in public projects that pin them",
)
