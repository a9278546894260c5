"""Pages of syncs."""
