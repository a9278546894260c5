"""Pages of lists and segments."""
