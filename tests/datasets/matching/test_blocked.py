"""Blocked values (DG1) and the lists of D51; `test_engines.py` compares engines."""

import pytest

from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Guard
from tresse.datasets.matching import lists

D51 = (
    "-1|0|null|none|nan|nil|undefined|void|anonymous|guest|unknown|true|false|id|email|distinct_id|"
    "not_authenticated|[object object]|n/a|na|no|not given|not available|refused|declined|blocked|"
    "tbd|test|abc123"
)
TEXTS = D51.split("|")
WRITTEN = [text.upper() for text in TEXTS] + [f" {text}\u200b" for text in TEXTS]
FOLDED = ["N/A", "Not available", "Naomi", "Noël"]
DASHES = ["00000", "0-0", "--", "-", "0000-0000"]
WITHIN = ["0001", "-00-1", "10", "C-0"]
PLACEHOLDERS = ["0123456789", "123456789", "01 23 45 67 89", "+33 1 23 45 67 89"]
"Phones."
REPEATED = {
    "phone": ["111111", "22 22 22 22 22", "+1 222-222-2222", "9999999999"],
    "email": ["xxxxxx@x.fr", "AAAAAAA@x.fr", "------"],
    "last_name": ["Xxxxxx", "ÉÉÉÉÉÉÉ", "......"],
}
NOT_REPEATED = {
    "phone": ["06 11 11 11 11", "+33 7 77 77 77 78"],
    "email": ["xxxxx@x.fr", "xxxxxxy@x.fr", "jane@xxxxxx.fr"],
    "last_name": ["Aaa", "xxxxx", "xxxxxxy"],
    "customer_id": ["777777"],
}
BOXES = ["Test@x.fr", "noreply@a.b.co.uk", "no-reply@x.fr", "no@x.fr", "none@x.fr"]
PEOPLE = ["tester@x.fr", "no.reply@x.fr", "noah@x.fr", "jane@test.fr"]
OWN = Guard(blocked={"email": ("Info@X.fr",), "phone": ("01 40 00 00 00", "+48 22 123 45 67")})
OWN_MAILS = ["INFO@x.fr", "info@y.fr"]
OWN_PHONES = ["0140000000", "+33140000000", "0048221234567", "0140000001"]
DIALLED = ("06 99 99 99 98",)
CLEANED = ["+33699999998", "+48123456789", "+41123456789", "+33611111111"]
ALLOWED = {"email": ("Info@x.fr", "test@x.fr"), "last_name": ("No",)}
WHOLE = [0, -1, 7]


def blocked(engine, column, values, **given):
    """Which of some values of a key column are blocked, each on a record of its own: by what."""
    plan = plan_of([[column]], **given)
    rows = {f"web/{number}": {column: value} for number, value in enumerate(values)}
    here = world(engine, plan, rows)
    tied = {name for name, _, _ in here.ties()}
    found = here.guards()
    assert {row[0] for row in found} <= {"DG1"}
    free = [value for number, value in enumerate(values) if f"web/{number}" in tied]
    return {row[2]: row[5] for row in found}, free


@pytest.mark.parametrize("column", ["customer_id", "last_name", "email", "phone", "anonymous_id"])
def test_texts_that_mean_nothing(duck, column):
    """DG1, D51: the texts of the list tie nothing in any key column, in any case, trimmed."""
    _, free = blocked(duck, column, WRITTEN)
    assert free == []
    assert set(lists.TEXTS) == set(TEXTS)


def test_texts_as_read(duck):
    """DG1: a folded value that is no text of the list ties, though the text folds to it."""
    found, free = blocked(duck, "last_name", FOLDED)
    assert found == {"na": "texts/1", "notavailable": "texts/1"}
    assert free == ["Naomi", "Noël"]


def test_a_value_is_blocked_as_a_whole(duck):
    """DG1: blocked on one record, blocked on all that match it; the row counts them all."""
    plan = plan_of([["last_name", "birth_date"], ["last_name"]])
    rows = {f"web/{n}": {"last_name": name} for n, name in enumerate(("not given", "NotGiven"))}
    here = world(duck, plan, rows)
    assert here.ties() == set()
    assert here.guards() == {("DG1", "last_name", "notgiven", 2, None, "texts/1")}


@pytest.mark.parametrize("column", ["customer_id", "phone", "postal_code"])
def test_only_zeros_and_dashes(duck, column):
    """DG1, D51: wholly of zeros and dashes."""
    found, free = blocked(duck, column, DASHES)
    assert free == []
    assert set(found.values()) <= {"zeros/1", "texts/1"}


def test_zeros_within_a_value_are_fine(duck):
    """DG1: a pattern has to fit the whole value."""
    assert blocked(duck, "customer_id", WITHIN) == ({}, WITHIN)


def test_counted_digits_are_no_phone(duck):
    """DG1, D51: `0123456789 123456789` as phones, as read and as they match."""
    found, free = blocked(duck, "phone", PLACEHOLDERS)
    assert free == []
    assert set(found.values()) == {"phones/1"}
    assert blocked(duck, "customer_id", ["123456789"])[1] == ["123456789"]


@pytest.mark.parametrize("column", REPEATED)
def test_one_character_again_and_again(duck, column):
    """DG1, D51: one character six or more times, of phones, mailboxes and names."""
    assert blocked(duck, column, REPEATED[column])[1] == []


@pytest.mark.parametrize("column", NOT_REPEATED)
def test_not_one_character_alone(duck, column):
    """DG1, D51: fewer times, with others, or in other columns."""
    assert blocked(duck, column, NOT_REPEATED[column])[1] == NOT_REPEATED[column]


def test_mailboxes_at_any_domain(duck):
    """DG1, D51: test@ noreply@ no-reply@ no@ none@ at any domain; nobody whose name begins so."""
    found, free = blocked(duck, "email", BOXES)
    assert (len(found), free) == (5, [])
    assert set(found.values()) == {"mailboxes/1"}
    assert blocked(duck, "email", PEOPLE)[1] == PEOPLE


def test_own_texts(duck):
    """DG1: texts of the definition, however they are written here or there."""
    found, free = blocked(duck, "email", OWN_MAILS, guard=OWN)
    assert (found, free) == ({"info@x.fr": "definition"}, ["info@y.fr"])
    found, free = blocked(duck, "phone", OWN_PHONES, guard=OWN)
    assert free == ["0140000001"]
    assert set(found) == {"+33140000000", "+48221234567"}


def test_phones_cleaned_elsewhere(duck):
    """DG1: a blocked number as dialled is blocked as its country has it, whichever that is."""
    plan = {"rules": {"phone": "phone"}, "guard": Guard(blocked={"phone": DIALLED})}
    _, free = blocked(duck, "phone", CLEANED, **plan)
    assert free == ["+33611111111"]


def test_allowed_values_are_never_blocked(duck):
    """D50: `allowed` beats lists and own texts, however it is written."""
    guard = Guard(blocked={"email": ("info@x.fr",)}, allowed=ALLOWED)
    mails = ["info@x.fr", "TEST@x.fr", "test@y.fr"]
    assert blocked(duck, "email", mails, guard=guard)[1] == mails[:2]
    assert blocked(duck, "last_name", ["NO", "Na"], guard=guard)[1] == ["NO"]


def test_lifted_values_are_never_blocked(duck):
    """D50: a value that a person lifted ties, and no row says otherwise."""
    rows = {"web/1": {"email": "Test@x.fr"}, "web/2": {"email": "none@x.fr"}}
    here = world(duck, plan_of([["email"]]), rows)
    lifted = {("email", "test@x.fr"), ("phone", "none@x.fr")}
    assert here.ties(lifted=lifted) == {("web/1", 0, "test@x.fr")}
    assert here.guards(lifted=lifted) == {("DG1", "email", "none@x.fr", 1, None, "mailboxes/1")}


def test_other_columns_are_not_looked_at(duck):
    """DG1: columns outside of the key sets block nothing."""
    here = world(duck, plan_of([["email"]]), {"web/1": {"email": "a@x.fr", "phone": "0000"}})
    assert here.ties() == {("web/1", 0, "a@x.fr")}
    assert here.guards() == set()


def test_whole_numbers_are_blocked_too(duck):
    """DG1: types other than text, by their canonical text."""
    found, free = blocked(duck, "customer_id", WHOLE, types={"customer_id": "integer"})
    assert (found, free) == ({"0": "texts/1", "-1": "texts/1"}, [7])
