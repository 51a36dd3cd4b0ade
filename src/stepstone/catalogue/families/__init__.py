"""One file per family of tasks: `family`, its declaration. `stepstone.families` has the tensors of the same name."""
