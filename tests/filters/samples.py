"""Texts that make trouble elsewhere."""

from typing import Any

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

ODD: tuple[Any, ...] = (
    None, 7, "", "x", [], {}, True, {"off": {"off": {"property": "city"}}}, {"off": []},
    {"all": [], "any": []}, {"property": "city"}, {"property": 7, "operator": []},
    {"property": "......", "operator": "is"}, {"property": "company.name", "operator": "is"},
    {"property": "birthday", "operator": "between", "value": 7},
    {"property": "birthday", "operator": "between", "value": [{"today": 7}, {"x": 1}]},
    {"property": "birthday", "operator": "in_last", "value": {"a": 1}},
    {"property": "birthday", "operator": "in_period", "value": [1]},
    {"property": "created_at", "operator": "on", "value": "2026-03-01T10:00Z"},
    {"property": "country", "operator": "is_any_of", "value": "fr"},
    {"property": "country", "operator": "is_any_of", "value": [{"a": [1]}]},
    {"property": "country", "operator": "is", "value": ["fr"]},
    {"property": "owner", "operator": "is", "value": {"team": 7}},
    {"property": "owner", "operator": "is_any_of", "value": [None]},
    {"property": "activity_count", "operator": "between", "value": ["abc"]},
    {"property": "city", "operator": "is", "value": {"property": 7}},
    {"property": "city", "operator": "is_not", "value": "x", "only_with_value": 7},
    {"property": "city", "operator": "matches", "value": "("},
    {"linked": "deal"}, {"linked": 7}, {"linked": "deal", "filter": 7, "by": [7]},
    {"linked": "deal", "operator": "between", "value": "x", "by": 7, "filter": None},
    {"activity": 7}, {"activity": [7], "in": 7}, {"activity": "call", "in": {"last": 7}},
    {"activity": "call", "in": {"this": [1]}, "filter": {"field": "direction"}},
    {"field": "x"}, {"formula": 7}, {"list": ["x"]}, {"segment": None},
)  # fmt: skip
"Nodes that are no conditions, or nearly."
