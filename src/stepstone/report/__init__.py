"""What a person reads and a paper prints: page, tables, figures."""
