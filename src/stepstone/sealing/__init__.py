"""Sealing: a study's evidence as one archive, and its verification by somebody who has nothing else."""
