"""Lab rows in the official file formats: one module per kind of task, one `Twin` per official data set."""
