"""Multilingual E5 Large: XLM-R Large trained further on pairs of texts."""

from __future__ import annotations

from stepstone.catalogue.models import xlm_roberta_large
from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-large",
    repository="intfloat/multilingual-e5-large",
    revision="ab10c1a7f42e74530fe7ae5be82e6d4f11a719eb",
    architecture=xlm_roberta_large.model.architecture,
    evidence={
        "revision": "pinned by public projects",
        "architecture": "XLM-R Large's, from which it was trained; its size is read in public projects",
    },
)
