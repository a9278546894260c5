"""Template tags; both libraries are built in, so no template loads them."""
