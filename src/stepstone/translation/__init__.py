"""Machine translation of examples: models and the lab's translator, and golds that follow their texts."""
