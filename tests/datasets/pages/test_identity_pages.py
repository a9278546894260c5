"""Keys, limits and guards with what they did; drafts; the review and decisions (D40 to D66)."""

import pytest

from tests.datasets.pages.conftest import PEOPLE, built, id_of, text_of
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.models import Dataset, Decision, Lift, ReviewItem, RuleVersion
from tresse.datasets.stored import definition_of
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
FORM = {
    "key": ["email", "last_name, first_name", ""],
    "memory": ["all", "current", "current"],
    "separate": "city",
    "limit_column": ["email", "", ""],
    "limit_most": ["3", "", ""],
    "limit_days": ["30", "", ""],
    "cap": "150",
    "soft": "25",
    "device": "",
    "fan_column": ["email", ""],
    "fan_of": ["last_name", ""],
    "fan_over": ["9", ""],
    "way_each": ["email"],
    "way_of": ["customer_id"],
    "way_most": ["1"],
    "blocked-email": "info@shop.fr\n\n hello@shop.fr ",
    "allowed-email": "all@shop.fr",
}


def test_the_rules_of_identity_are_saved_at_once_while_nothing_was_built(client, people):
    """D40, D46, DG1 to DG9: every part of the form is a part of the definition."""
    page = text_of(client.get("/datasets/people/identity/"))
    assert 'value="customer_id" list="columns"' in page
    assert "email, phone: at most 5 different ones in a golden record" in page

    saved = client.post("/datasets/people/identity/", FORM)

    assert saved.url == "/datasets/people/identity/"
    found = definition_of(Dataset.objects.select_related("rules").get(pk=people.pk)).identity
    assert [(key.columns, key.remembers) for key in found.keys] == [
        (("email",), True),
        (("last_name", "first_name"), False),
    ]
    [limit] = found.limits or ()
    assert (limit.column, limit.at_most, limit.days) == ("email", 3, 30)
    assert found.separate == ("city",)
    guard = found.guard
    assert (guard.cap, guard.soft, guard.device) == (150, 25, ())
    assert guard.blocked == {"email": ("info@shop.fr", "hello@shop.fr")}
    assert guard.allowed == {"email": ("all@shop.fr",)}
    assert (guard.fan_out[0].of, guard.fan_out[0].over) == ("last_name", 9)
    assert (guard.direction[0].of, guard.direction[0].at_most) == ("customer_id", 1)
    wrong = client.post("/datasets/people/identity/", {**FORM, "cap": "many", "soft": "7"})
    page = text_of(wrong, 422)
    assert 'role="alert"' in page
    assert 'value="many"' in page


def test_a_draft_is_worked_out_then_applied_and_reverted(client, golden):
    """D66: before and after with examples; applying rebuilds; an older version holds again."""
    drafted = client.post("/datasets/people/identity/", {"key": ["phone"], "memory": ["current"]})
    assert drafted.url == "/datasets/people/identity/draft/"
    page = text_of(client.get(drafted.url))
    differing = page.partition("What differs")[2].partition("</table>")[0]
    assert "- [customer_id]" in differing
    assert "Apply the draft" in page

    client.post("/datasets/people/identity/rules/2/preview/")
    there = "/datasets/people/identity/rules/2/outlook/"
    assert 'hx-trigger="every 1s"' in text_of(client.get(there, headers=FRAGMENT))
    run_here(Job.objects.get(kind="rules_preview"))
    seen = text_of(client.get(there, headers=FRAGMENT))
    assert "Would be set apart" in seen
    assert "5 now (+1)" in seen

    applied = client.post("/datasets/people/identity/apply/")
    build = golden.builds.latest("pk")
    assert applied.url == f"/datasets/people/builds/{build.pk}/"
    run_here(build.job)
    assert RuleVersion.objects.get(dataset=golden, number=2).applied_at
    other = text_of(client.get("/datasets/people/identity/rules/1/"))
    assert "Let these rules hold again" in other
    client.post("/datasets/people/identity/rules/1/revert/")
    golden.refresh_from_db()
    assert golden.rules.number == 1
    client.post("/datasets/people/identity/rules/1/revert/")
    assert "Holds" in text_of(client.get("/datasets/people/identity/rules/1/"))


def test_a_draft_is_thrown_away(client, golden):
    """D66: nothing of it stays."""
    client.post("/datasets/people/identity/", {"key": ["phone"], "memory": ["current"]})
    assert "A draft of its rules waits" in text_of(client.get("/datasets/people/"))

    client.post("/datasets/people/identity/drop/")

    assert not RuleVersion.objects.filter(dataset=golden, applied_at=None).exists()
    assert client.get("/datasets/people/identity/draft/").url == "/datasets/people/identity/"


def test_what_the_keys_did_is_shown_and_a_guard_lifted_for_a_value(client, golden):
    """D50, D52: counts per key, the top values, sentences; a lift per value."""
    page = text_of(client.get("/datasets/people/identity/figures/", headers=FRAGMENT))

    assert "2 records were not matched on phone: 0000000000 is blocked." in page
    assert "<b>2</b> blocked" in page
    assert "the guard limit forbids it" in page
    lift = {"column": "phone", "value": "0000000000", "reason": "A switchboard."}
    assert client.post("/datasets/people/lift/", lift).url == "/datasets/people/identity/"
    assert "A switchboard." in text_of(client.get("/datasets/people/decisions/"))
    assert Lift.objects.get(dataset=golden).withdrawn_at is None
    taken = client.post("/datasets/people/lift/", {**lift, "act": "restore", "back": "decisions"})
    assert taken.url == "/datasets/people/decisions/"
    assert Lift.objects.get(dataset=golden).withdrawn_at is not None


def test_a_case_is_decided_and_the_decision_withdrawn(client, golden, owner):
    """D60: side by side, same person, and back; the next build shows it."""
    item = ReviewItem.objects.get(dataset=golden, kind="refused")
    page = text_of(client.get(f"/datasets/people/review/?item={item.pk}"))
    assert "would join C2 with C1 in customer_id" in page
    assert 'class="is-same"' in page
    assert 'class="is-other"' in page
    assert 'data-key="s"' in page

    client.post(
        f"/datasets/people/review/{item.pk}/",
        {"answer": "same", "reason": "She married.", "state": "open"},
    )
    built(golden, actor=owner)

    assert id_of(client, "C1") == id_of(client, "C2")
    decided = text_of(client.get("/datasets/people/review/?state=same"))
    assert "She married." in decided
    decision = Decision.objects.get()
    client.post(f"/datasets/people/decisions/{decision.pk}/withdraw/")
    item.refresh_from_db()
    assert item.state == "open"
    built(golden, actor=owner)
    assert id_of(client, "C1") != id_of(client, "C2")


def test_a_case_is_put_aside_and_opened_again(client, golden):
    """D60: later is no decision."""
    item = ReviewItem.objects.get(dataset=golden, kind="refused")
    there = f"/datasets/people/review/{item.pk}/"

    client.post(there, {"answer": "later"})
    assert f"item={item.pk}" not in text_of(client.get("/datasets/people/review/"))
    assert f"item={item.pk}" in text_of(client.get("/datasets/people/review/?state=later"))
    client.post(f"{there}reopen/")
    item.refresh_from_db()
    assert item.state == "open"
    wrong = client.post(there, {"answer": "perhaps"})
    assert f"item={item.pk}" in wrong.url
    assert "one of same, different, later" in text_of(client.get(wrong.url))


def test_a_large_golden_record_is_right_or_set_apart(client, feeds, owner):  # noqa: ARG001
    """DG6, D60: the same person is no decision; different people are set apart by their records."""
    identity = PEOPLE["identity"]
    assert isinstance(identity, dict)
    guarded = {**PEOPLE, "identity": {**identity, "guard": {"soft": 1}}}
    built(add_dataset(guarded, actor=owner), actor=owner)
    item = ReviewItem.objects.filter(kind="oversize").first()
    page = text_of(client.get(f"/datasets/people/review/?item={item.pk}"))
    assert "2 records are one here. Are they all the same person?" in page
    assert f'href="/datasets/people/rows/{item.golden_id}/apart/"' in page
    there = f"/datasets/people/review/{item.pk}/"

    refused = client.post(there, {"answer": "different"})
    client.get(refused.url)
    client.post(there, {"answer": "same"})

    assert not Decision.objects.exists()
    page = text_of(client.get(f"/datasets/people/review/?item={item.pk}"))
    assert "Open it again" in page


def test_two_records_are_decided_on_their_page(client, golden):
    """D61: a contradicting decision is refused by name and day."""
    sent = {"a": "shop/1", "b": "shop/4", "kind": "must_link", "reason": "Same street."}
    assert client.post("/datasets/people/decide/", sent).url == "/datasets/people/decisions/"
    assert "Same street." in text_of(client.get("/datasets/people/decisions/"))

    client.post("/datasets/people/decide/", {**sent, "kind": "must_not_link"})

    page = text_of(client.get("/datasets/people/decisions/"))
    assert "shop/1 and shop/4 are marked as the same by" in page
    assert Decision.objects.filter(dataset=golden).count() == 1
