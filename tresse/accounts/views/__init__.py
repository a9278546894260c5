"""Pages about people and their account."""
