"""Builds: one immutable version of a dataset after the other."""
