"""Papers as plain text: the passages that state claims, and claims proposed from passages; never torch."""
