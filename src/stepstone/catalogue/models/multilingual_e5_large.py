"""Multilingual E5 Large: XLM-R Large trained further on pairs of texts."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-large",
    repository="intfloat/multilingual-e5-large",
    revision="ab10c1a7f42e74530fe7ae5be82e6d4f11a719eb",
    num_parameters=560_000_000,
    evidence="revision and size: read in public projects that pin them",
)
