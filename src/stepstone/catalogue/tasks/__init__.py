"""One file per task: `task`, and `to_example(row, language)` that turns a row into an example or None."""
