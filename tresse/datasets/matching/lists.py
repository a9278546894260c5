"""What is blocked by default (DG1), as D51 has it; a guard row names the list that blocked a value.

A list that changes gets the next number, so that rows of older versions still say what acted.
"""

from tresse.sources.semantics import PHONES

TEXTS = (
    "-1",
    "0",
    "null",
    "none",
    "nan",
    "nil",
    "undefined",
    "void",
    "anonymous",
    "guest",
    "unknown",
    "true",
    "false",
    "id",
    "email",
    "distinct_id",
    "not_authenticated",
    "[object object]",
    "n/a",
    "na",
    "no",
    "not given",
    "not available",
    "refused",
    "declined",
    "blocked",
    "tbd",
    "test",
    "abc123",
)
"Of every key column, in any case. In lower case."
OF_PHONES = ("0123456789", "123456789")
MAILBOXES = ("test", "noreply", "no-reply", "no", "none")
"Before the @ of an e-mail address, at any domain."
REPEATED = 6
"One character so many times or more is no phone, name, or mailbox."

NAMES = frozenset({"first_name", "last_name", "full_name", "name"})
EMAILS = frozenset({"email"})
NUMBERS = frozenset(PHONES)
STREETS = frozenset({"address_line1"})

TEXTS_LIST = "texts/1"
ZEROS_LIST = "zeros/1"
REPEATED_LIST = "repeated/1"
PHONES_LIST = "phones/1"
MAILBOXES_LIST = "mailboxes/1"
OWN_LIST = "definition"
"Texts that the definition of the dataset blocks."

FAN_OUT = (
    (EMAILS, "first_name", 20),
    (EMAILS, "last_name", 20),
    (NUMBERS, "first_name", 20),
    (STREETS, "first_name", 40),
)
"DG2 by semantic field: a value with more distinct values of the second one than the number."
