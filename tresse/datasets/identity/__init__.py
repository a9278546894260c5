"""Which records are one: clusters under constraints, and ids that stay."""
