"""A study drafted from a user's own files: what they hold is guessed, with reasons."""
