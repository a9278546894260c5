"""Forms of connections and of webhooks."""
