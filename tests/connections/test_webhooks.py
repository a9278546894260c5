"""Webhooks on changes of records: told once, in order, signed, tried again."""

import json
from datetime import timedelta

import pytest

from tresse.accounts.models import AuditEntry
from tresse.connections import payload
from tresse.connections.changes import (
    add_webhook,
    change_webhook,
    deliver,
    gather,
    new_secret_for,
    retry,
    send_test,
)
from tresse.connections.changes.deliveries import HELD, PAUSES
from tresse.connections.models import Delivery, Webhook
from tresse.connections.secrets import unseal
from tresse.connections.signing import signed_headers
from tresse.jobs.models import Notification
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.records.changes import create_record, link_records, update_record


def settle():
    while gather():
        pass
    while deliver():
        pass


@pytest.mark.usefixtures("hook")
def test_tells_what_happened_in_order(model, ada, receiver, make, side):
    """A webhook is told of every event with its fields (E95)."""
    company = make("company", name="Acme")
    contact = make("contact", first_name="Anna", last_name="Nowak")
    update_record(model, model.object("company"), company, values={"name": "Acme SA"}, actor=ada)
    link_records(model, side("contact", "company"), [(contact, company)], actor=ada)

    settle()

    events = receiver.events()
    names = [event["name"] for event in events]
    # The first company is the primary one as well: a second link, with that label.
    assert names == ["record_created"] * 2 + ["record_changed"] + ["record_linked"] * 2
    changed, linked, primary = events[2:]
    assert changed["changes"] == {"name": ["Acme", "Acme SA"]}
    assert (changed["object"], changed["record_id"]) == ("company", company)
    assert (changed["author"], changed["source"]) == ("ada@example.com", "page")
    assert changed["at"] == "2026-03-10T09:30:00Z"
    assert linked["association_type"] == "contact_company"
    assert (linked["record_id"], linked["other_id"]) == (contact, company)
    assert (linked["label"], primary["label"]) == (None, "primary_company")


@pytest.mark.usefixtures("hook")
def test_tells_everything_once(receiver, make):
    """Looking again finds nothing more; what happened before the webhook is not told."""
    make("company", name="Acme")

    settle()
    settle()

    assert [event["name"] for event in receiver.events()] == ["record_created"]
    assert Delivery.objects.get().state == Delivery.DONE


def test_a_message_is_signed_with_the_secret(hook, receiver, make):
    """Y54: headers of Standard Webhooks."""
    make("company", name="Acme")

    settle()

    [(headers, body)] = receiver.taken
    wanted = signed_headers(
        [unseal(hook.secret)],
        message=headers["webhook-id"],
        timestamp=int(headers["webhook-timestamp"]),
        body=body,
    )
    assert headers["webhook-signature"] == wanted["webhook-signature"]
    assert unseal(hook.secret) not in hook.secret


def test_only_what_was_asked_for(model, ada, hook, receiver, make):
    """Events and object types narrow it; quiet changes may be left out."""
    change_webhook(
        hook,
        model=model,
        actor=ada,
        events=["record_created"],
        objects=["deal"],
        leaves_out_quiet=True,
    )
    make("company", name="Acme")
    deal = make("deal", name="Roof")
    update_record(model, model.object("deal"), deal, values={"amount": "5"}, actor=ada)

    settle()

    assert [(e["name"], e["object"]) for e in receiver.events()] == [("record_created", "deal")]


@pytest.mark.usefixtures("hook")
def test_tries_again_until_it_is_taken(receiver, make):
    """Retried with the same id and body, later and later."""
    receiver.answers = [500, 503, 200]
    make("company", name="Acme")
    settle()
    assert Delivery.objects.get().status == 500

    assert deliver() == 0
    for seconds in (PAUSES[0], PAUSES[0] + PAUSES[1]):
        with clock.at(clock.now() + timedelta(seconds=seconds)):
            assert deliver() == 1

    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 1
    assert len({body for _, body in receiver.taken}) == 1
    assert Delivery.objects.get().state == Delivery.DONE


def test_gives_up_in_the_end_and_says_so(ada, hook, receiver, make):
    """Given up after the last try; its author is told once; it can be sent again by hand."""
    receiver.answers = [500]
    make("company", name="Acme")
    settle()
    at = clock.now()

    for pause in PAUSES:
        at += timedelta(seconds=pause + 1)
        with clock.at(at):
            assert deliver() == 1

    message = Delivery.objects.get()
    assert (message.state, message.tries) == (Delivery.FAILED, len(PAUSES) + 1)
    assert "1 events" in Notification.objects.get(kind="webhook", user_id=ada.user_id).sentence
    receiver.answers = [200]
    assert retry(hook, actor=ada) == 1
    settle()
    assert Delivery.objects.get().state == Delivery.DONE


def test_one_that_is_gone_is_switched_off(model, ada, hook, receiver, make):
    """Y55: 410 ends it; switched on again it is told of what happens from then on."""
    receiver.answers = [410]
    make("company", name="Acme")
    settle()
    hook.refresh_from_db()
    assert hook.state == Webhook.BROKEN

    make("company", name="Unheard")
    receiver.answers = [200]
    change_webhook(hook, model=model, actor=ada, state="active")
    make("company", name="Heard")
    settle()

    told = [event for _, body in receiver.taken[1:] for event in json.loads(body)["events"]]
    assert len(told) == 1


def test_a_paused_one_goes_on_where_it_stopped(model, ada, hook, receiver, make):
    change_webhook(hook, model=model, actor=ada, state="paused")
    make("company", name="Acme")
    settle()
    assert receiver.taken == []

    change_webhook(hook, model=model, actor=ada, state="active")
    settle()

    assert len(receiver.events()) == 1


@pytest.mark.usefixtures("hook")
def test_a_message_of_a_killed_sender_is_sent_again(receiver, make):
    """A process that was killed while sending leaves its message to others after two minutes."""
    make("company", name="Acme")
    gather()
    Delivery.objects.update(held_until=clock.now() + HELD)
    assert deliver() == 0

    with clock.at(clock.now() + HELD + timedelta(seconds=1)):
        assert deliver() == 1

    assert len(receiver.taken) == 1


@pytest.mark.usefixtures("hook")
def test_many_events_are_batched(model, ada, receiver, monkeypatch):
    """Batches of at most 500 events."""
    assert payload.MOST_EVENTS == 500
    monkeypatch.setattr(payload, "MOST_EVENTS", 5)
    for number in range(6):
        create_record(model, model.object("company"), values={"name": f"A {number}"}, actor=ada)

    settle()

    sizes = [len(json.loads(body)["events"]) for _, body in receiver.taken]
    assert sorted(sizes) == [1, 5]


def test_a_new_secret_signs_beside_the_former_one(ada, hook, receiver, make):
    """Y54: two secrets during rotation."""
    former = unseal(hook.secret)
    fresh = new_secret_for(hook, actor=ada)
    make("company", name="Acme")

    settle()

    [(headers, _)] = receiver.taken
    assert fresh != former
    assert len(headers["webhook-signature"].split(" ")) == 2


def test_a_test_says_what_came_back(ada, hook, receiver):
    receiver.answers = [503]

    delivery = send_test(hook, actor=ada)

    assert (delivery.state, delivery.status) == (Delivery.FAILED, 503)
    assert Notification.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"url": "http://10.0.0.5/hook"}, "private_address"),
        ({"url": "nowhere"}, "bad_address"),
        ({"events": ["record_creatd"]}, "unknown_reference"),
        ({"objects": ["firm"]}, "unknown_reference"),
        ({"state": "broken"}, "wrong_value"),
    ],
)
def test_refuses_what_cannot_be(model, ada, facts, code):
    """A77: private addresses unless an administrator allows them."""
    with pytest.raises(TresseError) as refused:
        add_webhook(model=model, actor=ada, **{"url": "https://example.com/hook", **facts})

    assert refused.value.code == code


def test_needs_the_right_and_is_audited(model, ada, mia):
    """C106a: `connections.manage`; C114: in the audit log, without the secret."""
    with pytest.raises(TresseError) as refused:
        add_webhook(url="https://example.com/hook", model=model, actor=mia)
    assert refused.value.code == "not_permitted"

    row, secret = add_webhook(url="https://example.com/hook", model=model, actor=ada)

    entry = AuditEntry.objects.get(action="webhook.add")
    assert (entry.target, row.label) == ("example_com", "example.com")
    assert secret not in json.dumps(entry.after)


def test_page_and_rest_do_the_same(visit, receiver):
    """Three doors: made by page, changed and tested over REST."""
    client = visit.client
    client.patch("/api/v1/settings", {"private_addresses": True}, content_type="application/json")
    page = visit.post("/settings/webhooks/", url=receiver.url, label="Shop")
    assert "whsec_" in page.source
    changed = client.patch(
        "/api/v1/webhooks/shop", {"events": ["record_created"]}, content_type="application/json"
    ).json()
    assert changed["events"] == ["record_created"]
    assert "secret" not in {key for key, value in changed.items() if value}

    tested = client.post("/api/v1/webhooks/shop/test", content_type="application/json").json()

    assert (tested["state"], tested["status"]) == ("done", 200)
    assert (
        "works" in visit.post("/settings/webhooks/shop/test/").get("/settings/webhooks/shop/").text
    )
    bad = visit.post("/settings/webhooks/", url="nowhere")
    assert bad.status == 422
    assert "is no web address" in bad.text
