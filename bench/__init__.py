"""Benchmarks, each beside its floor, on a fresh database: `tresse bench`."""
