import pytest

from tests.program import Program
from tresse.accounts.changes import add_token
from tresse.accounts.models import User


@pytest.fixture
def api(client, ada):
    """Calls the REST interface as Ada; answers status and body."""
    return Program(client, add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)[1])


def test_a_record_through_its_life(api):
    """C52, C120, C126: create, read, update with If-Match, history, delete, restore."""
    status, made = api("POST", "/records/contacts", {"properties": {"email": "A@ex.org"}})
    assert status == 201
    assert made["properties"]["email"] == "a@ex.org"
    path = f"/records/contact/{made['id']}"

    assert api("GET", path)[1]["title"] == "a@ex.org"
    assert api.response["ETag"] == '"1"'
    status, changed = api("PATCH", path, {"properties": {"city": "Lyon"}}, **{"If-Match": '"1"'})
    assert (status, changed["properties"]["city"], changed["version"]) == (200, "Lyon", 2)
    status, refused = api("PATCH", path, {"properties": {"city": "X"}}, **{"If-Match": '"1"'})
    assert (status, refused["code"]) == (409, "changed_meanwhile")
    assert api("GET", f"{path}/history")[1]["changes"][0]["new"] == "Lyon"
    assert api("DELETE", path)[0] == 200
    assert api("GET", path)[1]["code"] == "record_in_bin"
    assert api("POST", f"{path}/restore")[1] == {"id": made["id"], "restored": 1}


def test_json_values_of_every_sort(api):
    """C120: times ISO 8601 in UTC, numbers as JSON numbers, users by e-mail, options by name."""
    values = {
        "name": "Roof",
        "amount": 1234.5,
        "close_date": "2027-04-03",
        "owner": "ada@example.com",
        "stage": "won",
    }
    _, made = api("POST", "/records/deals", {"properties": values})
    read = made["properties"]
    assert {name: read[name] for name in values} == values
    assert read["is_won"] is True
    assert read["created_at"].endswith(("Z", "+00:00"))


def test_a_record_with_links(api):
    """C96a, C120: links in the same call, by type name; then read, added, removed."""
    _, acme = api("POST", "/records/company", {"properties": {"name": "Acme"}})
    body = {
        "properties": {"last_name": "Anna"},
        "links": [{"type": "contact_company", "id": acme["id"], "label": "former_company"}],
    }
    _, anna = api("POST", "/records/contact", body)
    path = f"/records/contact/{anna['id']}/links/contact_company"
    [link] = api("GET", path)[1]["links"]
    assert (link["title"], sorted(link["labels"])) == (
        "Acme",
        ["former_company", "primary_company"],
    )
    assert api("DELETE", path, {"ids": [acme["id"]]})[1] == {"removed": 1, "missing": 0}
    assert api("POST", path, {"ids": [acme["id"]]})[1]["created"] == 1


def test_many_pairs_in_one_call(api):
    """C120: `POST /links/batch`."""
    ids = [
        api("POST", "/records/contact", {"properties": {"last_name": name}})[1]["id"]
        for name in "AB"
    ]
    acme = api("POST", "/records/company", {"properties": {"name": "Acme"}})[1]["id"]
    body = {"object": "contact", "type": "contact_company", "pairs": [[id, acme] for id in ids]}
    assert api("POST", "/links/batch", body)[1] == {"created": 2, "existing": 0}
    assert api("POST", "/links/batch", body)[1] == {"created": 0, "existing": 2}
    assert api("POST", "/links/batch", {**body, "act": "remove"})[1] == {
        "removed": 2,
        "missing": 0,
    }


def test_the_amount_of_an_order_line_is_worked_out(api):
    """C43: quantity times unit price less discount, where none is given."""
    values = {"order_number": "7", "ordered_at": "2026-01-01T10:00Z"}
    order = api("POST", "/records/order", {"properties": values})[1]["id"]
    body = {
        "properties": {"quantity": 3, "unit_price": 19.99, "discount": 5},
        "links": [{"type": "order_line_order", "id": order}],
    }
    assert api("POST", "/records/order_line", body)[1]["properties"]["amount"] == 54.97


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/records/contact", {"properties": {"emial": "x"}}, 422, "unknown_property"),
        ("POST", "/records/contact", {"propertys": {}}, 422, "unknown_key"),
        ("GET", "/records/contact?lmit=3", None, 422, "unknown_parameter"),
        ("GET", "/records/contact?limit=900", None, 422, "wrong_value"),
        ("GET", "/records/contact?sort=nme", None, 422, "unknown_property"),
        ("GET", "/records/contact/99", None, 404, "record_not_found"),
        ("GET", "/records/contakt", None, 404, "unknown_object"),
        ("GET", "/records/contact?cursor=abc", None, 422, "bad_cursor"),
        ("POST", "/activities", {"kind": "fax"}, 404, "unknown_name"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_refuses(api, method, path, body, status, code):
    """C123, C124, C125, C129: problem details with a code."""
    got, problem = api(method, path, body)
    assert (got, problem["code"]) == (status, code)
    assert problem["status"] == status
    assert problem["detail"].endswith((".", "?"))


def test_a_body_that_does_not_fit_says_what_it_needs(api):
    """C124: a sentence of ours for each field, never the framework's."""
    status, problem = api("POST", "/filters/check", {"filter": {"all": []}})
    assert (status, problem["code"]) == (422, "wrong_value")
    assert problem["detail"] == "object is missing."

    _, problem = api("POST", "/records/contact/bulk-edit", {"ids": ["x"], "all": "maybe"})
    sentences = [each["sentence"] for each in problem["errors"]]
    assert sentences == [
        'ids.0 needs a whole number, not "x".',
        'all needs true or false, not "maybe".',
    ]


def test_a_filter_without_all_is_not_passed_over(api):
    """C56, G2: a bulk edit uses what it is given, or refuses it."""
    body = {
        "filter": {"property": "city", "operator": "is", "value": "Lyon"},
        "number": 1,
        "changes": [{"property": "city", "act": "empty"}],
    }

    status, problem = api("POST", "/records/contact/bulk-edit", body)

    assert (status, problem["code"]) == (422, "wrong_value")
    assert problem["detail"].startswith("all needs true")


def test_a_broken_body_says_where(api, client):
    """C129: json_broken."""
    status, problem = api("POST", "/records/contact", {})
    assert status == 422
    response = client.post(
        "/api/v1/records/contact",
        "{",
        content_type="application/json",
        headers={"Authorization": api.response.request["HTTP_AUTHORIZATION"]},
    )
    assert (response.status_code, response.json()["code"]) == (400, "json_broken")
    assert problem["code"] == "nothing_to_identify"


def test_lenient_bodies_list_what_was_left_out(api):
    """C123: `strict=false` leaves unknown properties out and names them."""
    body = {"properties": {"last_name": "A", "shoe_size": 42}}
    status, made = api("POST", "/records/contact?strict=false", body)
    assert (status, made["ignored"]) == (201, ["shoe_size"])


def test_pages_follow_each_other(api):
    """C125: opaque cursor, limit, capped total on request."""
    for number in range(5):
        api("POST", "/records/company", {"properties": {"name": f"C{number}"}})
    names, path = [], "/records/company?limit=2&sort=-name&properties=name&count=true"
    cursor = ""
    while True:
        _, page = api("GET", path + (f"&cursor={cursor}" if cursor else ""))
        names += [each["properties"]["name"] for each in page["records"]]
        assert page["total"] == 5
        cursor = page["cursor"]
        if not cursor:
            break
    assert names == ["C4", "C3", "C2", "C1", "C0"]


def test_search_takes_a_filter_and_words(api):
    """C81, C88, C120: filter language, words that begin words of the search properties."""
    for name, city in (("Ada Lovelace", "London"), ("Adam Ant", "Paris")):
        first, last = name.split()
        values = {"first_name": first, "last_name": last, "city": city}
        api("POST", "/records/contact", {"properties": values})
    body = {"filter": {"property": "city", "operator": "is", "value": "london"}}
    assert [r["title"] for r in api("POST", "/records/contact/search", body)[1]["records"]] == [
        "Ada Lovelace"
    ]
    found = api("GET", "/records/contact?q=ad+lov")[1]["records"]
    assert [each["title"] for each in found] == ["Ada Lovelace"]
    status, problem = api("POST", "/records/contact/search", {"filter": {"property": "cty"}})
    assert (status, problem["code"]) == (422, "unknown_property")


def test_a_key_finds_one_record(api):
    """C20, C120: unique or match-key property; two hits are refused with their ids."""
    _, one = api("POST", "/records/contact", {"properties": {"email": "a@ex.org"}})
    assert api("GET", "/records/contact/by/email/A@ex.org")[1]["id"] == one["id"]
    ids = [api("POST", "/records/company", {"properties": {"name": "Acme"}})[1]["id"] for _ in "ab"]
    status, problem = api("GET", "/records/company/by/name/acme")
    assert (status, problem["code"], problem["ids"]) == (409, "ambiguous_match", ids)


def test_a_batch_answers_each_item(api):
    """C121: 207, one entry per item in order; a bad one stops no other."""
    items = [
        {"act": "create", "properties": {"email": "a@ex.org"}},
        {"act": "create", "properties": {"birthday": "soon"}},
        {"match": ["email"], "properties": {"email": "A@ex.org", "city": "Lyon"}},
        {"match": ["email"], "properties": {"email": "b@ex.org"}},
        {"act": "delete", "id": 424242},
    ]
    status, answer = api("POST", "/records/contact/batch", {"items": items})
    assert status == 207
    assert [each["done"] for each in answer["items"]] == [
        "created",
        None,
        "updated",
        "created",
        None,
    ]
    assert answer["items"][1]["problem"]["code"] == "could_not_parse_date"
    assert answer["items"][4]["problem"]["code"] == "record_not_found"
    status, problem = api("POST", "/records/contact/batch", {"items": [{}] * 1001})
    assert (status, problem["code"]) == (413, "batch_too_large")


def test_all_or_nothing_takes_everything_back(api):
    """C121: the first refusal undoes the batch."""
    items = [{"properties": {"email": "a@ex.org"}}, {"properties": {"emial": "x"}}]
    body = {"items": items, "all_or_nothing": True}
    status, problem = api("POST", "/records/contact/batch", body)
    assert (status, problem["code"], problem["index"]) == (422, "unknown_property", 1)
    assert api("GET", "/records/contact?count=true")[1]["total"] == 0


def test_activities(api):
    """C69, C120: log, read on the timeline, edit, delete."""
    _, anna = api("POST", "/records/contact", {"properties": {"last_name": "Anna"}})
    about = [{"object": "contact", "id": anna["id"]}]
    body = {"kind": "note", "about": about, "fields": {"text": "Hi"}, "at": "2026-03-01T10:00Z"}
    status, made = api("POST", "/activities", body)
    assert status == 201
    assert api("PATCH", f"/activities/{made['id']}", {"fields": {"text": "Ho"}})[0] == 200
    entries = api("GET", f"/records/contact/{anna['id']}/timeline?kinds=note")[1]["entries"]
    assert [each["fields"]["text"] for each in entries] == ["Ho"]
    assert api("DELETE", f"/activities/{made['id']}")[0] == 200
    entries = api("GET", f"/records/contact/{anna['id']}/timeline?kinds=note")[1]["entries"]
    assert entries == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/records/contact", "/records/contact/1", "/objects"])
def test_nobody_without_a_token_sees_anything(client, path):
    """C108, C113: 401, whatever is asked."""
    response = client.get(f"/api/v1{path}")
    assert (response.status_code, response.json()["code"]) == (401, "token_not_valid")


def test_a_change_may_be_based_on_values(api):
    """C54: `expected` compares the properties it names, whatever else changed."""
    _, made = api(
        "POST", "/records/contacts", {"properties": {"email": "a@ex.org", "city": "Lyon"}}
    )
    path = f"/records/contact/{made['id']}"
    api("PATCH", path, {"properties": {"phone": "+33472001842"}})

    body = {"properties": {"city": "Gent"}, "expected": {"city": "Lyon"}}
    assert api("PATCH", path, body)[0] == 200
    status, refused = api("PATCH", path, {**body, "properties": {"city": "Brest"}})
    assert (status, refused["code"]) == (409, "changed_meanwhile")
    assert 'City was changed to "Gent" by Ada' in refused["detail"]
