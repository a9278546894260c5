"""Pages of this room: of connections and of webhooks."""
