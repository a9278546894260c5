"""Likely duplicates that no key ties, for the review (D64): none is merged by itself."""
