"""Bulk edits: what is asked, which records refuse it, and the set statements that do it."""
