"""Many records made or changed in one call, each found by a key (C121, C122)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.program import Program
from tresse.accounts import idempotency
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.kernel.errors import TresseError
from tresse.records import refusals
from tresse.records.changes import delete_records, upsert_records
from tresse.records.queries import history_of, record

UPSERT = "/records/contact/batch/upsert"


@pytest.fixture
def api(client, ada):
    """Calls as Ada."""
    user = User.objects.get(pk=ada.user_id)
    return Program(client, add_token(user, name="test", actor=ada)[1])


@pytest.fixture
def upsert(model, ada):
    """Upserts contacts as Ada; answers what was done, or the code of why not."""

    def call(*items, object_name="contact", actor=ada, **more):
        object_ = model.object(object_name)
        found = upsert_records(model, object_, items, actor=actor, **more)
        return [each.error.code if each.error else each.done for each in found]

    return call


def contacts(api):
    """E-mail, city and version of all contacts."""
    _, found = api("GET", "/records/contact?sort=email")
    return [
        (each["properties"]["email"], each["properties"]["city"], each["version"])
        for each in found["records"]
    ]


def item(**properties):
    return {"properties": properties}


def test_makes_what_is_new_and_changes_what_is_found(api):
    """C121: 201 if all were made, 200 if all were there, 207 if mixed; an entry for each."""
    first = [item(email="a@ex.org", city="Lyon"), item(email="b@ex.org")]
    status, answer = api("POST", UPSERT, {"items": first, "by": "email"})
    assert status == 201
    assert [(e["index"], e["status"], e["done"]) for e in answer["items"]] == [
        (0, 201, "created"),
        (1, 201, "created"),
    ]
    assert answer["items"][0]["id"] < answer["items"][1]["id"]

    again = [item(email=" A@ex.org", city="Brest"), item(email="b@ex.org")]
    status, answer = api("POST", UPSERT, {"items": again, "by": ["email"]})
    assert (status, [e["done"] for e in answer["items"]]) == (200, ["updated", "unchanged"])

    mixed = [*again, item(email="c@ex.org"), item(email="no address")]
    status, answer = api("POST", UPSERT, {"items": mixed, "by": ["email"]})
    assert (status, [e["status"] for e in answer["items"]]) == (207, [200, 200, 201, 422])
    problem = answer["items"][3]["problem"]
    assert problem["code"] == "invalid_email"
    assert problem["errors"][0]["field"] == "email"
    assert contacts(api) == [
        ("a@ex.org", "Brest", 2),
        ("b@ex.org", None, 1),
        ("c@ex.org", None, 1),
    ]


def test_an_id_decides_alone(upsert, make):
    """T29, C121: never makes a record; that of a merged or binned one says so."""
    anna = make("contact", email="a@ex.org")
    assert upsert({"id": anna, "properties": {"city": "Lyon"}}) == ["updated"]
    assert upsert({"id": str(anna), **item(city="Lyon")}) == ["unchanged"]
    assert upsert({"id": 424242, **item(email="x@ex.org")}) == ["record_not_found"]
    assert upsert({"id": make("company", name="A"), **item(city="X")}) == ["wrong_object"]
    assert upsert({"id": True}, {"id": "one"}, {"id": 2**70}) == ["wrong_value"] * 3


def test_a_binned_record_is_told_of(upsert, make, model, ada):
    """C42, C121: by its id it is in the bin; by its e-mail it is not there any more."""
    anna = make("contact", email="a@ex.org")
    delete_records(model, model.object("contact"), [anna], actor=ada)
    assert upsert({"id": anna, **item(city="X")}) == ["record_in_bin"]
    assert upsert(item(email="a@ex.org"), by=["email"]) == ["created"]


def test_keys_in_order_and_several_finds(upsert, make):
    """C121: the first key that finds a record decides; two records for one key are refused."""
    make("contact", email="a@ex.org", external_id="x1")
    for name in "BC":
        make("contact", last_name=name, phone="+33472001842")
    by = ["external_id", "phone"]
    assert upsert(item(external_id="x1", phone="+33472001842"), by=by) == ["updated"]
    assert upsert(item(external_id="x2", phone="+33472001842"), by=by) == ["ambiguous_match"]
    assert upsert(item(last_name="No key"), by=by) == ["created"]
    assert upsert(item(email="A@EX.org")) == ["unchanged"]


@pytest.mark.parametrize(
    ("by", "code"), [(["city"], "wrong_value"), (["emial"], "unknown_property")]
)
def test_refuses_what_is_no_key(upsert, by, code):
    """C123."""
    with pytest.raises(TresseError) as refused:
        upsert(item(email="a@ex.org"), by=by)
    assert refused.value.code == code


def test_items_about_one_record_are_written_in_their_order(upsert, make, model, ada):
    """C121: nothing is lost: the first makes it, the others change it."""
    done = upsert(
        item(email="a@ex.org", city="Lyon"),
        item(email="A@ex.org", city="Brest"),
        item(email="a@ex.org", first_name="Anna"),
        item(email="a@ex.org"),
        by=["email"],
    )
    assert done == ["created", "updated", "updated", "unchanged"]
    bob = make("contact", email="b@ex.org")
    assert upsert({"id": bob, **item(city="X")}, item(email="b@ex.org", city="Y")) == [
        "updated",
        "updated",
    ]
    assert record(model, model.object("contact"), bob, ada).values["city"] == "Y"


def test_a_unique_value_is_one_records_alone(upsert, make):
    """C18, C121: taken by a record, or by an earlier item of the batch: told per item."""
    make("contact", email="a@ex.org", external_id="x1")
    assert upsert(item(email="b@ex.org", external_id="x1"), by=["email"]) == ["duplicate_value"]
    assert upsert(
        item(email="c@ex.org", external_id="x2"),
        item(email="d@ex.org", external_id="x2"),
        item(email="e@ex.org"),
        by=["email"],
    ) == ["created", "duplicate_value", "created"]


def test_writes_links_with_the_record_all_or_nothing(api):
    """C96a, C121: links of new and found records; a bad link costs its item only."""
    acme = api("POST", "/records/company", {"properties": {"name": "Acme"}})[1]["id"]
    link = {"type": "contact_company", "id": acme}
    items = [
        {**item(email="a@ex.org"), "links": [link]},
        {**item(email="b@ex.org"), "links": [{"type": "company", "id": 424242}]},
        {**item(email="c@ex.org"), "links": [{"type": "nothing", "id": acme}]},
        item(email="d@ex.org"),
    ]
    status, answer = api("POST", UPSERT, {"items": items, "by": "email"})
    assert status == 207
    assert [e["status"] for e in answer["items"]] == [201, 404, 422, 201]
    assert [email for email, *_ in contacts(api)] == ["a@ex.org", "d@ex.org"]
    _, found = api("GET", f"/records/company/{acme}/links/contact")
    assert [each["id"] for each in found["links"]] == [answer["items"][0]["id"]]

    items = [{**item(email="d@ex.org"), "links": [link]}]
    _, answer = api("POST", UPSERT, {"items": items, "by": "email"})
    assert answer["items"][0]["done"] == "unchanged"
    assert len(api("GET", f"/records/company/{acme}/links/contact")[1]["links"]) == 2


def test_a_limit_of_links_costs_the_items_over_it(upsert, make):
    """C37, C121: found by halves; the others are written."""
    order = make("order", order_number="7", ordered_at="2026-01-01T10:00Z")
    other = make("order", order_number="8", ordered_at="2026-01-01T10:00Z")
    line = {"quantity": 1, "unit_price": 2}
    items = [
        {"properties": line, "links": [{"type": "order_line_order", "id": order}]},
        {
            "properties": line,
            "links": [{"type": "order_line_order", "id": each} for each in (order, other)],
        },
        {"properties": line},
    ]
    done = upsert(*items, object_name="order_line")
    assert done == ["created", "association_limit_exceeded", "missing_required_property"]


@pytest.mark.parametrize(
    "bad",
    [
        7,
        {"propertys": {}},
        {"properties": []},
        {"links": {}},
        {"links": [{"type": "company"}]},
        {"links": [{"type": "company", "id": 1, "labels": "x"}]},
        {"version": "new"},
        {"properties": {"emial": "x"}},
        {"properties": {"email": {"a": 1}}},
        {"properties": {"created_at": "2026-01-01"}},
        {"properties": {"city": "X"}},
    ],
)
def test_a_bad_item_is_told_of_and_stops_no_other(upsert, bad):
    """C121, C123: code and sentence for each."""
    done = upsert(item(email="a@ex.org"), bad, item(email="b@ex.org"))
    assert (done[0], done[2]) == ("created", "created")
    assert done[1] in {
        "wrong_value",
        "unknown_key",
        "unknown_property",
        "read_only_property",
        "nothing_to_identify",
    }


def test_all_or_nothing_takes_everything_back(api):
    """C121: the first refusal, with its place."""
    body = {"items": [item(email="a@ex.org"), item(emial="x")], "all_or_nothing": True}
    status, problem = api("POST", UPSERT, body)
    assert (status, problem["code"], problem["index"]) == (422, "unknown_property", 1)
    assert contacts(api) == []
    status, problem = api("POST", UPSERT, {"items": [{}] * 1001})
    assert (status, problem["code"]) == (413, "batch_too_large")


def test_unknown_properties_are_left_out_when_asked(api):
    """C123: `strict=false` lists them."""
    body = {"items": [item(email="a@ex.org", emial="x"), item(email="b@ex.org")]}
    status, answer = api("POST", f"{UPSERT}?strict=false", body)
    assert (status, answer["items"][0]["ignored"]) == (201, ["emial"])
    assert "ignored" not in answer["items"][1]


def test_a_version_that_moved_on_is_refused(upsert, make):
    """C54."""
    anna = make("contact", email="a@ex.org")
    assert upsert({"id": anna, "version": 1, **item(city="X")}) == ["updated"]
    assert upsert({"id": anna, "version": 1, **item(city="Y")}) == ["changed_meanwhile"]


def test_keeps_history_stages_and_companions(upsert, make, model, ada):
    """C25, C49, C55: as one change does."""
    deal = make("deal", name="Roof")
    stages = model.object("deal").pipelines[0].stages
    won = next(each for each in stages if each.kind == "won")
    done = upsert(
        {"id": deal, **item(stage=won.name, amount=12)},
        item(name="Wall", stage=won.label),
        object_name="deal",
    )
    assert done == ["updated", "created"]
    found = record(model, model.object("deal"), deal, ada)
    assert found.values["closed_at"] is not None
    names = {each.property.name for each in history_of(model.object("deal"), deal, ada)}
    assert {"stage", "amount"} <= names


def test_rights_are_those_of_one_record(upsert, make, mia, rea):
    """C108, C121: others' records, and no record at all."""
    anna = make("contact", email="a@ex.org")
    assert upsert({"id": anna, **item(city="X")}, item(email="m@ex.org"), actor=mia) == [
        "record_not_found",
        "created",
    ]
    mine = {"id": anna, **item(city="X")}
    assert upsert(item(email="r@ex.org"), mine, actor=rea) == ["not_permitted"] * 2


def test_the_number_of_statements_does_not_grow_with_the_items(upsert):
    """C121: as sets: 10 items take as many as 300."""

    def statements(number, start):
        items = [item(email=f"p{n}@ex.org", city="X") for n in range(start, start + number)]
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert set(upsert(*items, by=["email"])) == {"created"}
        items = [item(email=f"p{n}@ex.org", city="Y") for n in range(start, start + number)]
        with CaptureQueriesContext(connection) as changed:
            assert set(upsert(*items, by=["email"])) == {"updated"}
        return len(made), len(changed)

    few, many = statements(10, 0), statements(200, 1_000)
    assert many[0] <= few[0] + 2
    assert many[1] <= few[1] + 2
    assert max(few) < 60


def test_the_same_key_writes_once(api, monkeypatch):
    """C122: same answer without writing twice; another body is refused; a crash leaves nothing."""
    body = {"items": [item(last_name="Twice")], "by": "email"}
    key = {"Idempotency-Key": "k-1"}
    first = api("POST", UPSERT, body, **key)
    again = api("POST", UPSERT, body, **key)
    assert first == again
    assert api.response["Idempotent-Replay"] == "true"
    assert api("GET", "/records/contact?count=true")[1]["total"] == 1
    status, problem = api("POST", UPSERT, {"items": []}, **key)
    assert (status, problem["code"]) == (422, "idempotency_key_reused")

    def crash(*_):
        raise KeyboardInterrupt

    other = {"Idempotency-Key": "k-2"}
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "keep", crash)
        with pytest.raises(KeyboardInterrupt):
            api("POST", UPSERT, body, **other)
    assert api("GET", "/records/contact?count=true")[1]["total"] == 1
    assert api("POST", UPSERT, body, **other)[0] == 201
    assert api("GET", "/records/contact?count=true")[1]["total"] == 2


def test_batch_create_takes_links_too(api):
    """C96a, C121: the older door as well."""
    acme = api("POST", "/records/company", {"properties": {"name": "Acme"}})[1]["id"]
    link = {"type": "contact_company", "id": acme}
    items = [
        {"act": "create", **item(email="a@ex.org"), "links": [link]},
        {"act": "create", **item(email="b@ex.org"), "links": [{**link, "id": 424242}]},
        {"match": ["email"], **item(email="a@ex.org"), "links": [{**link, "label": "nothing"}]},
    ]
    status, answer = api("POST", "/records/contact/batch", {"items": items})
    assert (status, [e["status"] for e in answer["items"]]) == (207, [201, 404, 422])
    assert [email for email, *_ in contacts(api)] == ["a@ex.org"]


def test_refusals_are_sentences():
    """Texts can be translated: no words of ours in the values."""
    assert refusals.NO_ITEM(value="7").message == "An item of a batch is a JSON object, not 7."
