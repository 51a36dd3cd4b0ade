"""XLM-R Base: 100 languages, 12 layers of 768."""

from __future__ import annotations

from stepstone.core.model import HubModel

model = HubModel(
    name="xlm-roberta-base",
    repository="FacebookAI/xlm-roberta-base",
    revision="e73636d4f797dec63c3081bb6ed5c7b0bb3f2089",
    num_parameters=278_043_648,
    evidence="revision and size: read in public projects that pin them",
)
