"""People, roles, rights, tokens and the audit log."""
