"""The score library."""
