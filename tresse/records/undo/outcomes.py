"""What an undo is made of, and what becomes of each item (T72)."""

from collections.abc import Mapping
from enum import IntEnum

from tresse.kernel.marks import N_


class Kind(IntEnum):
    """Sorts of items, in the order in which they are taken back."""

    CREATED = 1
    LINK_ADDED = 2
    VALUE = 3
    LINK_REMOVED = 4
    LABEL_REMOVED = 5
    DELETED = 6
    OPTION_ADDED = 7
    PROPERTY_ADDED = 8
    MEMBER_ADDED = 9
    MEMBER_REMOVED = 10
    ACTIVITY_LOGGED = 11
    ACTIVITY_CHANGED = 12


class Outcome(IntEnum):
    """0 waits, 1 is reversed, from 10 on kept because of later edits, from 20 on failed."""

    WAITS = 0
    REVERSED = 1
    VALUE_EDITED = 10
    LINK_EDITED = 11
    RECORD_EDITED = 12
    GONE = 13
    IN_USE = 14
    MEMBER_EDITED = 15
    NOT_FOUND = 20
    IN_BIN = 21
    TAKEN = 22
    LIMIT = 23
    ARCHIVED = 24
    NO_PROPERTY = 25
    NO_LINK = 26


FIRST_KEPT, FIRST_FAILED = 10, 20
CODES: Mapping[int, str] = {
    Outcome.VALUE_EDITED: "value_changed_since",
    Outcome.LINK_EDITED: "link_changed_since",
    Outcome.RECORD_EDITED: "record_changed_since",
    Outcome.GONE: "already_so",
    Outcome.IN_USE: "in_use",
    Outcome.MEMBER_EDITED: "list_changed_since",
    Outcome.NOT_FOUND: "record_not_found",
    Outcome.IN_BIN: "record_in_bin",
    Outcome.TAKEN: "duplicate_value",
    Outcome.LIMIT: "association_limit_exceeded",
    Outcome.ARCHIVED: "property_archived",
    Outcome.NO_PROPERTY: "unknown_property",
    Outcome.NO_LINK: "association_record_not_found",
}
WORDS: Mapping[int, str] = {
    Outcome.REVERSED: N_("Taken back."),
    Outcome.VALUE_EDITED: N_("Kept: the value was changed since."),
    Outcome.LINK_EDITED: N_("Kept: the link was changed since."),
    Outcome.RECORD_EDITED: N_(
        "Kept: the record was edited, linked, merged or written about since."
    ),
    Outcome.GONE: N_("Nothing to do: it is so already."),
    Outcome.IN_USE: N_("Kept: other records use it."),
    Outcome.MEMBER_EDITED: N_("Kept: it was taken off the list and put on it again since."),
    Outcome.NOT_FOUND: N_("The record is gone for good."),
    Outcome.IN_BIN: N_("The record is in the bin. Restore it first."),
    Outcome.TAKEN: N_("Another record has its value now."),
    Outcome.LIMIT: N_("Another link has taken its place."),
    Outcome.ARCHIVED: N_("The property is archived. Unarchive it first."),
    Outcome.NO_PROPERTY: N_("The property is gone."),
    Outcome.NO_LINK: N_("The link that it marked is not there."),
}
KIND_WORDS: Mapping[int, str] = {
    Kind.CREATED: N_("record made"),
    Kind.LINK_ADDED: N_("link made"),
    Kind.VALUE: N_("value changed"),
    Kind.LINK_REMOVED: N_("link taken away"),
    Kind.LABEL_REMOVED: N_("link label taken away"),
    Kind.DELETED: N_("record deleted"),
    Kind.OPTION_ADDED: N_("option added"),
    Kind.PROPERTY_ADDED: N_("property added"),
    Kind.MEMBER_ADDED: N_("put on a list"),
    Kind.MEMBER_REMOVED: N_("taken off a list"),
    Kind.ACTIVITY_LOGGED: N_("activity logged"),
    Kind.ACTIVITY_CHANGED: N_("activity changed"),
}


def group_of(outcome: int) -> str:
    """`reversed`, `kept_because_edited` or `failed`; `waits` before it is known."""
    if outcome >= FIRST_FAILED:
        return "failed"
    if outcome >= FIRST_KEPT:
        return "kept_because_edited"
    return "reversed" if outcome else "waits"
