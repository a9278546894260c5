"""Texts that make trouble elsewhere."""

HOSTILE = (
    "'; DROP TABLE contact; --",
    "100 %",
    "a_b",
    "back\\slash",
    "nul\x00byte",
    "😀 family 👩‍👩‍👧",
    "'" * 500,
    '"' * 500,
    "${jndi:x}",
    "%(city)s",
    ":city",
    "{city}",
    "İstanbul",
    "straße",
    "\u0301",
    "\U0010ffff",
    "ﬁne",
)
