"""What may be done with syncs; every door calls these."""
