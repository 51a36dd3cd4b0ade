"""Looking through data before a study: rows, labels, duplicates, overlaps, and every error with its place."""
