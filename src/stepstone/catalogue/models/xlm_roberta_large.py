"""XLM-R Large: 100 languages, 24 layers of 1024; the model of the 2020 study."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="xlm-roberta-large",
    repository="FacebookAI/xlm-roberta-large",
    revision="c23d21b0620b635a76227c604d44e43a9f0ee389",
    num_parameters=559_890_432,
    evidence="revision and size: read in public projects that pin them",
)
