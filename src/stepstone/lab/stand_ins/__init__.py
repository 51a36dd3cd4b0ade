"""What the lab writes for a study's own task: one file per family, found by its name, with `write` and `describe`."""
