"""One reader per layout, found by its name: `read(paths, layout)` yields rows that know where they stand."""
