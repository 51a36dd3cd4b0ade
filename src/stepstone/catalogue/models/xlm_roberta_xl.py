"""XLM-R XL: 100 languages, 36 layers of 2560."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="xlm-roberta-xl",
    repository="facebook/xlm-roberta-xl",
    revision="aa5d120255845efeebc9b7f42822a1dd0f9ece9d",
    num_parameters=3_500_000_000,
    evidence="revision: read in a public project that pins it; size: as remembered",
)
