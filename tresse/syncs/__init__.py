"""Syncs: rows of datasets sent to destinations, which acknowledge each."""
