"""Official release files and hub tables, read into examples."""
