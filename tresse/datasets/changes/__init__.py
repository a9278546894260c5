"""What may be done with datasets; every door calls these."""
