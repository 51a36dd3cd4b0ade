"""Multilingual E5 Base: XLM-R Base trained further on pairs of texts."""

from __future__ import annotations

from stepstone.catalogue.models import xlm_roberta_base
from stepstone.core.model import HubModel

model = HubModel(
    name="multilingual-e5-base",
    repository="intfloat/multilingual-e5-base",
    revision="d13f1b27baf31030b7fd040960d60d909913633f",
    architecture=xlm_roberta_base.model.architecture,
    evidence={
        "revision": "pinned by public projects",
        "architecture": "XLM-R Base's, from which it was trained; its size is read in public projects",
    },
)
