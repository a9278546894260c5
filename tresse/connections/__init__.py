"""What we can reach: services that are told of changes, and the secrets that they share with us."""
