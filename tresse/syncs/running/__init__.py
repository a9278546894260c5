"""A run of a sync: what is wanted, what differs, what is sent, what is kept of it."""
