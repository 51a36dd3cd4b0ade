"""The lab's large encoder: the small one in 6 layers of width 256."""

from __future__ import annotations

from stepstone.catalogue.models import lab_small

model = lab_small.model.model_copy(
    update={"name": "lab-large", "hidden_size": 256, "num_layers": 6, "num_heads": 8, "initializer_range": 0.042}
)
