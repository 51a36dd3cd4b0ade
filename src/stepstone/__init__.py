"""Stepstone: intermediate-task training and zero-shot cross-lingual transfer, from one study file."""
