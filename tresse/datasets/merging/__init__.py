"""One row of many records: a method per column, and where each value came from."""
