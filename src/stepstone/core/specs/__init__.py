"""Kinds of stages beside the common ones, one file each, found by their names."""
