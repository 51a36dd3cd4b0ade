"""Multilingual E5 Small: a MiniLM trained further on pairs of texts, 12 layers of 384."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-small",
    repository="intfloat/multilingual-e5-small",
    revision="fd1525a9fd15316a2d503bf26ab031a61d056e98",
    num_parameters=118_000_000,
    evidence="revision and size: read in public projects that pin them",
)
