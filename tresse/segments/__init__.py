"""Lists that people fill by hand, and segments that a filter fills: who is in them, and since."""
