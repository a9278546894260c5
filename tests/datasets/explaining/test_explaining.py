"""Why records are one, why others are apart, why a value stands (D62)."""

import pytest

from tests.datasets.builds.worlds import EXAMPLE, built, fed
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.decisions import decide
from tresse.datasets.explaining import explain, explain_two
from tresse.datasets.explaining.told import explanation_told, two_told
from tresse.datasets.models import Decision
from tresse.kernel.errors import TresseError


@pytest.fixture
def why(people, session):
    """Explains a key of the published version."""

    def made(key):
        people.refresh_from_db()
        return explain(session, people.version, key)

    return made


@pytest.fixture
def two(people, session):
    """Explains two keys."""

    def made(left, right):
        people.refresh_from_db()
        return explain_two(session, people.version, left, right)

    return made


KEYS = ("crm/1", "pos/A", "jane@x.fr", " Jane@X.FR", "06 11 11 11 11", "C1", "+33611111111", "7")
UNKNOWN = ("crm/77", "nobody@x.fr", "0" * 32, "")


def test_a_golden_record_is_found_by_every_key(people, why):
    """D62: by `_id`, `source/key` or an identity value, in any form its match value allows."""
    for key in [*KEYS, why("crm/1").id]:
        assert [each.name for each in why(key).members] == ["crm/1", "web/7", "pos/A"]
    for key in UNKNOWN:
        with pytest.raises(TresseError) as refused:
            why(key)
        assert refused.value.code == "unknown_record"
        assert f'is known by "{key}". Give an id' in str(refused.value)

    fed("pos", [*EXAMPLE["pos"], ("7", 8, None, None, None)])
    built(people)
    with pytest.raises(TresseError) as refused:
        why("7")
    assert refused.value.code == "several_records"
    assert why("crm/1").id in str(refused.value)


def test_members_are_held_together_by_key_values(why, two):
    """D62: each edge with key set, value, both rows and rule version; web/7 and pos/A share none,
    but crm/1 shares a value with each."""
    told = explanation_told(why("crm/1"))

    edges = [(e["a"], e["b"], e["key"], e["value"], e["rules"]) for e in told["edges"]]
    assert edges == [
        ("crm/1", "web/7", ["email"], "jane@x.fr", 1),
        ("crm/1", "pos/A", ["phone"], "+33611111111", 1),
    ]
    assert told["edges"][0]["b_values"] == {"email": " JANE@x.fr"}
    assert told["members"][2]["values"]["phone"] == "06 11 11 11 11"

    found = two("web/7", "pos/A")

    steps = [(each.a.name, each.b.name, each.columns, each.value) for each in found.path]
    assert steps == [
        ("web/7", "crm/1", ("email",), "jane@x.fr"),
        ("crm/1", "pos/A", ("phone",), "+33611111111"),
    ]
    assert found.is_one
    assert not found.reasons
    assert two_told(found)["path"][0]["strength"] == 1


def test_what_keeps_records_apart_is_said_in_sentences(why, two):
    """D62, D42, D50, D52: constraint, sides and values; the guard of a blocked value."""
    [refused] = why("crm/2").refused

    assert (refused.record, refused.other, refused.guard) == ("crm/2", "crm/1", "DG3")
    assert refused.words == (
        "email jane@x.fr: crm/2 would join C2 with C1 in customer_id; at most 1 in one."
    )
    assert refused.other_id == why("crm/1").id

    for pair in (("crm/1", "crm/2"), ("pos/B", "web/7")):
        found = two(*pair)
        assert not found.is_one
        assert [each.guard for each in found.reasons] == ["DG3"]
        assert "C2 with C1 in customer_id" in found.reasons[0].words

    [reason] = two("crm/1", "web/9").reasons

    assert reason.guard == ""
    assert reason.words == "They have no value in common that identifies somebody."

    [kept] = why("web/9").kept_back

    assert (kept.guard, kept.columns) == ("DG1", ("phone",))
    assert kept.words == "0000000000 in phone is blocked, as it stands for nobody."


def test_each_value_says_who_won_and_who_lost(why):
    """D62, D75: chosen value, its record, time, method, and the values that lost."""
    values = {each.column: each for each in why("crm/1").values}

    phone = values["phone"]
    assert (phone.source, phone.record_key, phone.method) == ("pos", "A", "latest")
    assert phone.updated_at == why("crm/1").members[2].modified_at
    assert [(each.value, each.member.name) for each in phone.lost] == [
        ("+33 6 11 11 11 11", "crm/1")
    ]
    assert (phone.candidates, phone.distinct) == (2, 2)
    nothing = values["first_name"]
    assert (nothing.value, nothing.source, nothing.updated_at, nothing.lost) == (
        None,
        None,
        None,
        (),
    )


def test_a_decision_is_an_edge_and_a_reason(people, why, two):
    """D62, DG8: must-links tie, must-not-links say who decided what."""
    decide(people, Decision.LINK, "web/9", "crm/2", actor=SYSTEM, reason="told on the phone")
    decide(people, Decision.APART, "pos/A", "crm/1", actor=SYSTEM, reason="brothers")
    built(people)

    edge = next(each for each in why("web/9").edges if each.decision)
    assert (edge.a.name, edge.b.name) == ("crm/2", "web/9")
    found = two("crm/2", "web/9")
    assert [each.decision.kind for each in found.path] == [Decision.LINK]
    reasons = two("pos/A", "crm/1").reasons
    assert [each.guard for each in reasons] == ["DG8", "DG8"]
    assert "were decided to be different by" in reasons[0].words
    assert reasons[0].words.endswith(": brothers")
    assert reasons[1].words == (
        "phone +33611111111: it was decided that pos/A and crm/1 are different."
    )
    kinds = [each.kind for each in why("crm/1").decisions]
    assert kinds == [Decision.APART]
