"""Reading databases: statements, their dialects, and rows as Arrow record batches."""
