"""Page shell, components, static bundle and template tags."""
