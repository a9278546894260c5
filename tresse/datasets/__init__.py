"""Datasets: rows of many sources mapped, matched, merged into one row per person or thing."""
