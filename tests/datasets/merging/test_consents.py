"""Consents (D73); `test_engines.py` compares engines."""

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


def _refused(day, proof):
    return said("crm/1", "subscribed", day, proof), said("web/1", "unsubscribed", 5)


PROVEN = _refused(6, "signed")
CASES = {
    # The most restrictive source counts.
    "unsubscribed": ([said("crm/1", "subscribed", 9), said("web/1", "unsubscribed", 1)], "web/1"),
    "unknown": ([said("crm/1", "subscribed", 9), said("web/1", "unknown", 1)], "web/1"),
    "pending": ([said("crm/1", "subscribed", 9), said("web/1", "pending", 1)], "web/1"),
    "unknown before pending": ([said("crm/1", "pending"), said("web/1", "unknown")], "web/1"),
    "unsubscribed first": ([said("crm/1", "unknown"), said("web/1", "unsubscribed")], "web/1"),
    # Inside a source the latest statement holds, by its own time, which is not that of the record.
    "latest of a source": (
        [
            said("crm/1", "unsubscribed", 1, modified=9),
            said("crm/2", "subscribed", 2, modified=3),
            said("crm/3", None, 7, modified=10),
        ],
        "crm/2",
    ),
    # D71: a statement without a time has that of its record.
    "no time": (
        [said("crm/1", "subscribed", 5, modified=9), said("crm/2", "unsubscribed", modified=6)],
        "crm/2",
    ),
    # A later subscription with proof beats a refusal.
    "later with proof": (PROVEN, "crm/1"),
    "at once with proof": (_refused(5, "signed"), "web/1"),
    "earlier with proof": (_refused(4, "signed"), "web/1"),
    "later without": (_refused(6, None), "web/1"),
    "later with an empty one": (_refused(6, ""), "web/1"),
    # A proof must be later than every refusal.
    "one refusal later": ([*PROVEN, said("pos/1", "unknown", 7)], "web/1"),
    # It is the latest statement of a source that holds, not an older one with a proof.
    "older proof": ([*PROVEN, said("crm/2", "subscribed", 7)], "web/1"),
    # D71: a statement of the future is not later than one of the build's moment.
    "times to come": (
        [
            said("crm/1", "subscribed", 900, "signed"),
            record("web/1", {"email_consent": "unsubscribed", "email_consent_at": AS_OF}),
        ],
        "web/1",
    ),
    # What is no state counts as unknown.
    "no state": ([said("crm/1", "pending"), said("web/1", "maybe")], "web/1"),
    "no state beside a refusal": ([said("crm/1", "unsubscribed"), said("web/1", "?")], "crm/1"),
    # Nothing known is empty.
    "nothing": ([said("crm/1", None, 3), said("web/1", None)], None),
    "alone": ([said("crm/1", "subscribed", 3)], "crm/1"),
}
"Records, and the one whose consent counts."


@pytest.mark.parametrize("case", CASES)
def test_which_consent_counts(duck, case):
    """D73, D71: state and record, by the cases above."""
    rows, winner = CASES[case]
    states = {f"{row['source']}/{row['key']}": row["values"]["email_consent"] for row in rows}

    assert consent(duck, *rows) == (states.get(winner), winner)


CHANNELS_APART = [
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


def test_channels_never_mix(duck):
    """D73: time and proof are of the channel, and of the record that counts."""
    golden, _ = merged(duck, plan_of(), CHANNELS_APART, name="channels")

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


def of_days(is_proven, channel="email"):
    """A yes with this proof a day after a no."""
    name = f"{channel}_consent"

    def row(key, is_given, day, proof=None):
        values = {name: is_given, f"{name}_at": date(2026, 1, day), f"{name}_proof": proof}
        return record(key, values)

    return row("crm/1", True, 3, is_proven), row("web/1", False, 2)


def test_booleans_and_days_will_do(duck):
    """D73: yes and no, the day of a statement, a proof that is there."""
    plan = plan_of("date", "boolean", "boolean")

    for is_proven, result in ((True, True), (False, False), (None, False)):
        assert consent(duck, *of_days(is_proven), plan=plan)[0] is result


def test_a_column_without_the_field_is_merged_alone(duck):
    """D73: without time and proof."""
    plan = planned(column("newsletter", merge_="consent"))
    rows = [
        record("crm/1", {"newsletter": "subscribed"}, modified=2),
        record("web/1", {"newsletter": "unsubscribed"}, modified=1),
    ]

    golden, _ = merged(duck, plan, rows, name="alone")

    assert golden["p"]["newsletter"] == "unsubscribed"
