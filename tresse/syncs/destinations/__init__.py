"""Where syncs may go: one module per kind of destination."""
