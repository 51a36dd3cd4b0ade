"""One file per benchmark: `benchmark`, which tasks and languages its average is over."""
