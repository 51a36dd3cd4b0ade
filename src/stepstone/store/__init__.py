"""Bytes at rest: what each key produced, and the record that says so."""
