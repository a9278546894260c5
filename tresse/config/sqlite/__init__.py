"""Django's SQLite backend with functions of ours on each connection."""
