"""From a study to its stages and cells: names looked up, data asked for, mistakes gathered. Never touches torch."""
