"""What size changes: slopes per doubling within a ladder, their form, what seeds and distance have to do with it."""
