"""The lab's nano encoder: the small one in 2 layers of width 48."""

from __future__ import annotations

from stepstone.catalogue.models import lab_small

model = lab_small.model.model_copy(
    update={"name": "lab-nano", "hidden_size": 48, "num_layers": 2, "num_heads": 2, "initializer_range": 0.098}
)
