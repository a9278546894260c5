"""Blocked values (DG1) and the lists of D51, on every engine."""

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
def test_texts_that_mean_nothing(any_engine, column):
    """DG1, D51: the texts of the list tie nothing in any key column, in any case, trimmed."""
    written = [text.upper() for text in TEXTS] + [f" {text}\u200b" for text in TEXTS]
    _, free = blocked(any_engine, column, written)
    assert free == []
    assert set(lists.TEXTS) == set(TEXTS)


def test_texts_as_read(any_engine):
    """DG1: a folded value that is no text of the list ties, though the text folds to it."""
    found, free = blocked(any_engine, "last_name", ["N/A", "Not available", "Naomi", "Noël"])
    assert found == {"na": "texts/1", "notavailable": "texts/1"}
    assert free == ["Naomi", "Noël"]


def test_a_value_is_blocked_as_a_whole(any_engine):
    """DG1: blocked on one record, blocked on all that match it; the row counts them all."""
    plan = plan_of([["last_name", "birth_date"], ["last_name"]])
    rows = {f"web/{n}": {"last_name": name} for n, name in enumerate(("not given", "NotGiven"))}
    here = world(any_engine, plan, rows)
    assert here.ties() == set()
    assert here.guards() == {("DG1", "last_name", "notgiven", 2, None, "texts/1")}


@pytest.mark.parametrize("column", ["customer_id", "phone", "postal_code"])
def test_only_zeros_and_dashes(any_engine, column):
    """DG1, D51: wholly of zeros and dashes."""
    found, free = blocked(any_engine, column, ["00000", "0-0", "--", "-", "0000-0000"])
    assert free == []
    assert set(found.values()) <= {"zeros/1", "texts/1"}


def test_zeros_within_a_value_are_fine(any_engine):
    """DG1: a pattern has to fit the whole value."""
    values = ["0001", "-00-1", "10", "C-0"]
    assert blocked(any_engine, "customer_id", values) == ({}, values)


PLACEHOLDERS = ["0123456789", "123456789", "01 23 45 67 89", "+33 1 23 45 67 89"]


def test_counted_digits_are_no_phone(any_engine):
    """DG1, D51: `0123456789 123456789` as phones, as read and as they match."""
    found, free = blocked(any_engine, "phone", PLACEHOLDERS)
    assert free == []
    assert set(found.values()) == {"phones/1"}
    assert blocked(any_engine, "customer_id", ["123456789"])[1] == ["123456789"]


def test_one_character_again_and_again(any_engine):
    """DG1, D51: one character six or more times, of phones, mailboxes and names."""
    phones = ["111111", "22 22 22 22 22", "+1 222-222-2222", "9999999999"]
    assert blocked(any_engine, "phone", phones)[1] == []
    fine = ["06 11 11 11 11", "+33 7 77 77 77 78"]
    assert blocked(any_engine, "phone", fine)[1] == fine
    mails = ["xxxxxx@x.fr", "AAAAAAA@x.fr", "------"]
    assert blocked(any_engine, "email", mails)[1] == []
    fine = ["xxxxx@x.fr", "xxxxxxy@x.fr", "jane@xxxxxx.fr"]
    assert blocked(any_engine, "email", fine)[1] == fine
    assert blocked(any_engine, "last_name", ["Xxxxxx", "ÉÉÉÉÉÉÉ", "......"])[1] == []
    fine = ["Aaa", "xxxxx", "xxxxxxy"]
    assert blocked(any_engine, "last_name", fine)[1] == fine
    assert blocked(any_engine, "customer_id", ["777777"])[1] == ["777777"]


def test_mailboxes_at_any_domain(any_engine):
    """DG1, D51: test@ noreply@ no-reply@ no@ none@ at any domain; nobody whose name begins so."""
    boxes = ["Test@x.fr", "noreply@a.b.co.uk", "no-reply@x.fr", "no@x.fr", "none@x.fr"]
    found, free = blocked(any_engine, "email", boxes)
    assert (len(found), free) == (5, [])
    assert set(found.values()) == {"mailboxes/1"}
    fine = ["tester@x.fr", "no.reply@x.fr", "noah@x.fr", "jane@test.fr"]
    assert blocked(any_engine, "email", fine)[1] == fine


def test_own_texts(any_engine):
    """DG1: texts of the definition, however they are written here or there."""
    guard = Guard(
        blocked={"email": ("Info@X.fr",), "phone": ("01 40 00 00 00", "+48 22 123 45 67")}
    )
    found, free = blocked(any_engine, "email", ["INFO@x.fr", "info@y.fr"], guard=guard)
    assert (found, free) == ({"info@x.fr": "definition"}, ["info@y.fr"])
    phones = ["0140000000", "+33140000000", "0048221234567", "0140000001"]
    found, free = blocked(any_engine, "phone", phones, guard=guard)
    assert free == ["0140000001"]
    assert set(found) == {"+33140000000", "+48221234567"}


def test_phones_cleaned_elsewhere(any_engine):
    """DG1: a blocked number as dialled is blocked as its country has it, whichever that is."""
    guard = Guard(blocked={"phone": ("06 99 99 99 98",)})
    plan = {"rules": {"phone": "phone"}, "guard": guard}
    phones = ["+33699999998", "+48123456789", "+41123456789", "+33611111111"]
    _, free = blocked(any_engine, "phone", phones, **plan)
    assert free == ["+33611111111"]


def test_allowed_values_are_never_blocked(any_engine):
    """D50: `allowed` beats lists and own texts, however it is written."""
    guard = Guard(
        blocked={"email": ("info@x.fr",)},
        allowed={"email": ("Info@x.fr", "test@x.fr"), "last_name": ("No",)},
    )
    mails = ["info@x.fr", "TEST@x.fr", "test@y.fr"]
    assert blocked(any_engine, "email", mails, guard=guard)[1] == mails[:2]
    assert blocked(any_engine, "last_name", ["NO", "Na"], guard=guard)[1] == ["NO"]


def test_lifted_values_are_never_blocked(any_engine):
    """D50: a value that a person lifted ties, and no row says otherwise."""
    rows = {"web/1": {"email": "Test@x.fr"}, "web/2": {"email": "none@x.fr"}}
    here = world(any_engine, plan_of([["email"]]), rows)
    lifted = {("email", "test@x.fr"), ("phone", "none@x.fr")}
    assert here.ties(lifted=lifted) == {("web/1", 0, "test@x.fr")}
    assert here.guards(lifted=lifted) == {("DG1", "email", "none@x.fr", 1, None, "mailboxes/1")}


def test_other_columns_are_not_looked_at(any_engine):
    """DG1: columns outside of the key sets block nothing."""
    here = world(any_engine, plan_of([["email"]]), {"web/1": {"email": "a@x.fr", "phone": "0000"}})
    assert here.ties() == {("web/1", 0, "a@x.fr")}
    assert here.guards() == set()


def test_whole_numbers_are_blocked_too(any_engine):
    """DG1: types other than text, by their canonical text."""
    found, free = blocked(any_engine, "customer_id", [0, -1, 7], types={"customer_id": "integer"})
    assert (found, free) == ({"0": "texts/1", "-1": "texts/1"}, [7])
