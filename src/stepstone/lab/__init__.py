"""The lab: a small generated world, told in languages that copy the typology of real ones, in official file formats."""
