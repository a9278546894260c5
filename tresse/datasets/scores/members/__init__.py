"""Members of the score library, a module per section; their tuples stand in `registry`."""
