"""The lab's micro encoder: the small one in 2 layers of width 64."""

from __future__ import annotations

from stepstone.catalogue.models import lab_small

model = lab_small.model.model_copy(
    update={"name": "lab-micro", "hidden_size": 64, "num_layers": 2, "num_heads": 2, "initializer_range": 0.085}
)
