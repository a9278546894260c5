"""Changes of the static tables of this room."""
