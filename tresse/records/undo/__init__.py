"""Change sets taken back: their items, what may be reversed, and the set statements that do it."""
