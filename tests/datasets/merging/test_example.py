"""The example of the specification, with all its answers (D76)."""

from datetime import UTC, datetime

import pytest

from tests.datasets.merging.worlds import at, column, merged, planned, record
from tresse.datasets.definition import Group

ADDRESS = ("street", "postal_code", "city")
ROWS = (
    ("crm/1", "2026-01-05", "2026-01-10", "Jane", "+33611111111", "shop",
     ("12 rue A", "75001", "Paris"), "subscribed", "2026-01-05"),
    ("web/7", "2025-10-01", "2026-03-02", "Jeanne", None, "ads",
     ("5 av B", None, None), None, None),
    ("pos/A", "2025-11-20", "2025-11-20", "JANE M.", "+33699999999", "store",
     (None, None, None), "unsubscribed", "2025-12-01"),
)  # fmt: skip


def rows(proof: str | None = None):
    for key, created, modified, first_name, phone, source, address, consent, said in ROWS:
        values = {
            "first_name": first_name,
            "longest_name": first_name,
            "phone": phone,
            "phone_of_latest": phone,
            "phones": phone,
            "acquisition_source": source,
            **dict(zip(ADDRESS, address, strict=True)),
            "email_consent": consent,
            "said_at": None if said is None else at(said),
            "proof": proof if key == "crm/1" else None,
        }
        yield record(key, values, created=created, modified=modified)


def people(requires: tuple[str, ...] = ()):
    return planned(
        column("first_name"),
        column("longest_name", merge_="longest"),
        column("phone"),
        column("phone_of_latest", merge_="latest_record"),
        column("phones", merge_="union"),
        column("acquisition_source", merge_="earliest"),
        *(column(name) for name in ADDRESS),
        column("email_consent", merge_="consent", semantic="email_consent"),
        column("said_at", "datetime", semantic="email_consent_at"),
        column("proof", semantic="email_consent_proof"),
        groups=[Group("address", ADDRESS, requires=requires)],
    )


def test_the_example_gives_all_its_answers(duck):
    """D76, D4, D75"""
    golden, values = merged(duck, people(), rows(), name="example")

    found = golden["p"]
    assert found["first_name"] == "Jeanne"
    assert found["longest_name"] == "JANE M."
    assert found["phone"] == "+33611111111"
    assert found["phone_of_latest"] is None
    assert found["phones"] == ["+33611111111", "+33699999999"]
    assert found["acquisition_source"] == "ads"
    assert [found[name] for name in ADDRESS] == ["5 av B", None, None]
    assert found["email_consent"] == "unsubscribed"
    assert found["said_at"] == at("2025-12-01")
    assert found["first_seen_at"] == at("2025-10-01")
    assert found["modified_at"] == at("2026-03-02")
    assert found["changed_in"] == 1
    assert found["members"] == 3
    assert found["sources"] == ["crm", "pos", "web"]
    assert found["keys"] == ["crm/1", "pos/A", "web/7"]
    assert values["p"] == {
        "first_name": ("web/7", 3, 3),
        "longest_name": ("pos/A", 3, 3),
        "phone": ("crm/1", 2, 2),
        "phone_of_latest": ("web/7", 2, 2),
        "phones": (None, 2, 2),
        "acquisition_source": ("web/7", 3, 3),
        "street": ("web/7", 2, 2),
        "postal_code": ("web/7", 1, 1),
        "city": ("web/7", 1, 1),
        "email_consent": ("pos/A", 2, 2),
        "said_at": ("pos/A", 2, 2),
        "proof": ("pos/A", 0, 0),
    }


def test_a_group_may_ask_for_parts(duck):
    """D76, D72"""
    golden, values = merged(duck, people(requires=("street", "city")), rows())

    assert [golden["p"][name] for name in ADDRESS] == ["12 rue A", "75001", "Paris"]
    assert values["p"]["postal_code"] == ("crm/1", 1, 1)


@pytest.mark.parametrize("proof", ["double opt-in"])
def test_a_consent_with_a_later_proof_beats_the_refusal(duck, proof):
    """D76, D73"""
    golden, _ = merged(duck, people(), rows(proof))

    assert golden["p"]["email_consent"] == "subscribed"
    assert golden["p"]["said_at"] == datetime(2026, 1, 5, tzinfo=UTC)
    assert golden["p"]["proof"] == proof
