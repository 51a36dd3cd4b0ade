"""The lab's mini encoder: the small one in 3 layers of width 96."""

from __future__ import annotations

from stepstone.catalogue.models import lab_small

model = lab_small.model.model_copy(
    update={"name": "lab-mini", "hidden_size": 96, "num_layers": 3, "num_heads": 3, "initializer_range": 0.069}
)
