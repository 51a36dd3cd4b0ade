"""mBERT: 104 languages, 12 layers of 768, word pieces of its own."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="mbert",
    repository="google-bert/bert-base-multilingual-cased",
    revision="3f076fdb1ab68d5b2880cb87a0886f315b8146f8",
    num_parameters=178_000_000,
    evidence="revision: read in one public project that pins it; size: as remembered",
)
