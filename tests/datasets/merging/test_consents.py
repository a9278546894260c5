"""Consents (D73)."""

from datetime import date

import pytest

from tests.datasets.merging.worlds import AS_OF, at, column, merged, planned, record

CHANNELS = ("email", "sms")


def plan_of(at_type: str = "datetime", type_: str = "text", proof_type: str = "text"):
    return planned(
        *(
            column(f"{channel}_consent{part}", each, method, semantic=f"{channel}_consent{part}")
            for channel in CHANNELS
            for part, each, method in (
                ("", type_, "consent"),
                ("_at", at_type, "latest"),
                ("_proof", proof_type, "latest"),
            )
        )
    )


def said(key, state, day=None, proof=None, *, modified=0, channel="email"):
    name = f"{channel}_consent"
    values = {name: state, f"{name}_at": day if day is None else at(day), f"{name}_proof": proof}
    return record(key, values, modified=modified)


def consent(engine, *rows, plan=None, channel="email"):
    golden, values = merged(engine, plan or plan_of(), rows, name="consents")
    name = f"{channel}_consent"
    return golden["p"][name], values["p"][name][0]


@pytest.mark.parametrize("lesser", ["unsubscribed", "unknown", "pending"])
def test_the_most_restrictive_source_counts(duck, lesser):
    """D73"""
    found = consent(duck, said("crm/1", "subscribed", 9), said("web/1", lesser, 1))

    assert found == (lesser, "web/1")


def test_the_order_of_states(duck):
    """D73"""
    states = ("subscribed", "pending", "unknown", "unsubscribed")
    for place, state in enumerate(states[1:], 1):
        found = consent(duck, said("crm/1", states[place - 1]), said("web/1", state))
        assert found == (state, "web/1")


def test_inside_a_source_the_latest_statement_holds(any_engine):
    """D73: by its own time, which is not that of the record."""
    found = consent(
        any_engine,
        said("crm/1", "unsubscribed", 1, modified=9),
        said("crm/2", "subscribed", 2, modified=3),
        said("crm/3", None, 7, modified=10),
    )

    assert found == ("subscribed", "crm/2")


def test_a_statement_without_a_time_has_that_of_its_record(duck):
    """D73, D71"""
    found = consent(
        duck,
        said("crm/1", "subscribed", 5, modified=9),
        said("crm/2", "unsubscribed", modified=6),
    )

    assert found == ("unsubscribed", "crm/2")


@pytest.mark.parametrize(
    ("day", "proof", "result"),
    [
        (6, "signed", "subscribed"),
        (5, "signed", "unsubscribed"),
        (4, "signed", "unsubscribed"),
        (6, None, "unsubscribed"),
        (6, "", "unsubscribed"),
    ],
)
def test_a_later_subscription_with_proof_beats_a_refusal(any_engine, day, proof, result):
    """D73"""
    found, _ = consent(
        any_engine, said("crm/1", "subscribed", day, proof), said("web/1", "unsubscribed", 5)
    )

    assert found == result


def test_a_proof_must_be_later_than_every_refusal(duck):
    """D73"""
    rows = [
        said("crm/1", "subscribed", 6, "signed"),
        said("web/1", "unsubscribed", 5),
        said("pos/1", "unknown", 7),
    ]

    assert consent(duck, *rows) == ("unsubscribed", "web/1")
    assert consent(duck, *rows[:2]) == ("subscribed", "crm/1")


def test_a_proof_of_an_older_statement_of_the_source_is_none(duck):
    """D73: it is the latest statement of a source that holds."""
    found = consent(
        duck,
        said("crm/1", "subscribed", 6, "signed"),
        said("crm/2", "subscribed", 7),
        said("web/1", "unsubscribed", 5),
    )

    assert found == ("unsubscribed", "web/1")


def test_times_to_come_are_those_of_the_build(duck):
    """D71: a statement of the future is not later than one of the build's moment."""
    found = consent(
        duck,
        said("crm/1", "subscribed", 900, "signed"),
        record("web/1", {"email_consent": "unsubscribed", "email_consent_at": AS_OF}),
    )

    assert found == ("unsubscribed", "web/1")


def test_channels_never_mix(any_engine):
    """D73: time and proof are of the channel, and of the record that counts."""
    rows = [
        record(
            "crm/1",
            {
                "email_consent": "subscribed",
                "email_consent_at": at(1),
                "sms_consent": "unsubscribed",
                "sms_consent_at": at(2),
                "sms_consent_proof": "sms form",
            },
            modified=1,
        ),
        record(
            "web/1",
            {
                "email_consent": "unsubscribed",
                "email_consent_at": at(3),
                "email_consent_proof": None,
                "sms_consent": None,
                "sms_consent_at": at(9),
                "sms_consent_proof": "none",
            },
            modified=2,
        ),
    ]

    golden, _ = merged(any_engine, plan_of(), rows, name="channels")

    assert [golden["p"][f"email_consent{part}"] for part in ("", "_at", "_proof")] == [
        "unsubscribed",
        at(3),
        None,
    ]
    assert [golden["p"][f"sms_consent{part}"] for part in ("", "_at", "_proof")] == [
        "unsubscribed",
        at(2),
        "sms form",
    ]


def test_what_is_no_state_counts_as_unknown(duck):
    """D73"""
    assert consent(duck, said("crm/1", "pending"), said("web/1", "maybe")) == ("maybe", "web/1")
    assert consent(duck, said("crm/1", "unsubscribed"), said("web/1", "?"))[0] == "unsubscribed"


def test_nothing_known_is_empty(duck):
    """D73"""
    assert consent(duck, said("crm/1", None, 3), said("web/1", None)) == (None, None)
    assert consent(duck, said("crm/1", "subscribed", 3)) == ("subscribed", "crm/1")


def test_booleans_and_days_will_do(duck):
    """D73: yes and no, the day of a statement, a proof that is there."""
    plan = plan_of("date", "boolean", "boolean")

    def row(key, is_given, day, is_proven=None):
        values = {
            "email_consent": is_given,
            "email_consent_at": date(2026, 1, day),
            "email_consent_proof": is_proven,
        }
        return record(key, values)

    refused = row("web/1", is_given=False, day=2)
    for is_proven, result in ((True, True), (False, False), (None, False)):
        given = row("crm/1", is_given=True, day=3, is_proven=is_proven)
        assert consent(duck, given, refused, plan=plan)[0] is result


def test_a_column_without_the_field_is_merged_alone(duck):
    """D73: without time and proof."""
    plan = planned(column("newsletter", merge_="consent"))
    rows = [
        record("crm/1", {"newsletter": "subscribed"}, modified=2),
        record("web/1", {"newsletter": "unsubscribed"}, modified=1),
    ]

    golden, _ = merged(duck, plan, rows, name="alone")

    assert golden["p"]["newsletter"] == "unsubscribed"
