"""The lab's medium encoder: the small one in 4 layers of width 192."""

from __future__ import annotations

from stepstone.catalogue.models import lab_small

model = lab_small.model.model_copy(
    update={"name": "lab-medium", "hidden_size": 192, "num_layers": 4, "num_heads": 6, "initializer_range": 0.049}
)
