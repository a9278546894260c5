"""Days of people with the product, through HTTP as they live them."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from tests.journeys.conftest import PASSWORD
from tests.program import Program
from tests.searching import found_in
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token, add_user, ensure_administrator
from tresse.accounts.models import AuditEntry, User
from tresse.jobs.worker import run
from tresse.objects.models import Property

VEHICLES = """
objects:
  - {name: vehicle, label: Vehicle, plural: Vehicles, icon: car, title: plate, search: [plate]}
properties:
  - object: vehicle
    name: plate
    label: Plate
    kind: text
    unique: true
    required: true
    match_key: true
  - {object: vehicle, name: mileage, label: Mileage, kind: integer}
association_types:
  - name: vehicle_contact
    from: vehicle
    to: contact
    forward_label: Driver
    inverse_label: Vehicle
    is_default: true
    max_forward: 1
"""


def text_of(response):
    """The body of a page that is there."""
    assert response.status_code == 200, response
    return response.content.decode()


def made_at(response):
    """The id of the record that a form led to."""
    assert response.status_code == 302, response.content.decode()[:2000]
    return int(found_in(r"/(\d+)/", response["Location"]))


@pytest.mark.django_db
def test_the_first_day_of_an_administrator(quick_passwords):  # noqa: ARG001
    """C104, C105, C106, C114: sign in, define a role, invite, and the invited one comes in."""
    ensure_administrator(email="ada@example.com", name="Ada", password=PASSWORD)
    desk = Client()
    assert desk.get("/").status_code == 302
    wrong = desk.post("/sign-in/", {"email": "ada@example.com", "password": "no no no no no"})
    assert wrong.status_code == 422
    right = desk.post(
        "/sign-in/?next=/data-model/", {"email": "ada@example.com", "password": PASSWORD}
    )
    assert (right.status_code, right["Location"]) == (302, "/data-model/")
    form = {"name": "caller", "label": "Caller", "contact.view": "all", "contact.edit": "own"}
    assert desk.post("/settings/roles/new/", form).status_code == 302
    invited = desk.post(
        "/settings/people/",
        {"email": "cleo@example.com", "name": "Cleo", "role": "caller"},
        follow=True,
    )
    path = found_in(r"/invitations/[\w-]+/", invited.content.decode())

    guest = Client()
    assert "Cleo" in text_of(guest.get(path))
    short = guest.post(path, {"name": "Cleo", "password": "short"})
    assert short.status_code == 422
    assert guest.post(path, {"name": "Cleo", "password": "plum jam on toast"})["Location"] == "/"
    assert guest.get(path).status_code == 410
    assert guest.get("/settings/people/").status_code == 403
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert len(actions) >= 4


def test_a_salesperson_finds_sells_and_mends(at_desk, user_of):
    """C93 to C98, C57, C73, C48: a contact, company and deal, a call, a stage, the bin and back."""
    desk = at_desk(user_of("Sam"))
    company = made_at(desk.post("/companies/new/", {"name": "Clinique Rouge"}))
    contact = made_at(
        desk.post(
            f"/contacts/new/?with=company:{company}:contact_company:inverse",
            {"first_name": "Anna", "last_name": "Martin", "email": "anna@rouge.example"},
        )
    )
    deal = made_at(
        desk.post(
            f"/deals/new/?with=contact:{contact}:deal_contact:inverse",
            {"name": "Scanner", "amount": "12000"},
        )
    )
    linked = desk.post(f"/deals/{deal}/links/deal_company:forward/", {"id": company})
    assert linked.status_code == 302
    called = desk.post(
        f"/contacts/{contact}/activities/", {"kind": "call", "text": "She wants two scanners."}
    )
    assert called.status_code == 302

    page = text_of(desk.get(f"/deals/{deal}/"))
    for word in ("Anna Martin", "Clinique Rouge", "She wants two scanners.", "12"):
        assert word in page
    moved = desk.post(f"/deals/{deal}/stage/", {"value": "won", "stage": "won"})
    assert moved.status_code == 302
    assert "Won" in text_of(desk.get(f"/deals/{deal}/"))
    assert "Scanner" in text_of(desk.get("/deals/?q=scan"))

    assert desk.post(f"/deals/{deal}/delete/").status_code == 302
    assert "Scanner is in the bin." in text_of(desk.get("/deals/"))
    assert "Scanner" not in text_of(desk.get("/deals/?q=scan"))
    assert f"/deals/{deal}/restore/" in text_of(desk.get(f"/deals/{deal}/"))
    assert desk.post(f"/deals/{deal}/restore/").status_code == 302
    page = text_of(desk.get(f"/deals/{deal}/"))
    assert "Anna Martin" in page
    assert "She wants two scanners." in page


@pytest.mark.django_db(transaction=True)
def test_a_data_engineer_defines_loads_and_writes_files(tmp_path, quick_passwords):  # noqa: ARG001
    """C5, C120, T3, T80: a custom object by file, rows with links by API, the same rows again."""
    from click.testing import CliRunner  # noqa: PLC0415  beside the command line it runs

    from tresse.config.doors import cli  # noqa: PLC0415

    user = add_user(email="dan@example.com", name="Dan", role="administrator", actor=SYSTEM)
    call = Program(Client(), add_token(user, name="load", actor=SYSTEM)[1])
    (tmp_path / "vehicles.yaml").write_text(VEHICLES)
    applied = CliRunner().invoke(cli, ["apply", str(tmp_path / "vehicles.yaml")])
    assert applied.exit_code == 0, applied.output
    driver = call("POST", "/records/contact", {"properties": {"email": "d@example.com"}})[1]["id"]
    rows = f"Plate,Mileage,Associated Contact\nAB-1,12,{driver}\nAB-2,x,\nAB-3,7,{driver}\n"

    states = []
    for _ in range(2):
        file = SimpleUploadedFile("vehicles.csv", rows.encode(), content_type="text/csv")
        headers = {"Authorization": f"Bearer {call.secret}"}
        form = {"file": file, "object": "vehicles"}
        taken = call.client.post("/api/v1/imports", form, headers=headers)
        assert taken.status_code == 201, taken.content
        id = taken.json()["import_id"]
        assert call("POST", f"/imports/{id}/run")[0] == 202
        run(until_idle=True)
        states.append(call("GET", f"/imports/{id}")[1])
    first, second = states
    assert (first["state"], first["rows"], first["links"]["created"]) == ("done", 3, 2)
    assert (second["created"], second["updated"], second["links"]["created"]) == (0, 0, 0)
    assert {each["code"] for each in first["errors"]} == {"could_not_parse_number"}

    status, asked = call("POST", "/exports", {"object": "vehicle", "columns": ["plate"]})
    assert status == 202
    run(until_idle=True)
    assert call("GET", f"/exports/{asked['export_id']}/file")[0] == 200
    written = call.response.getvalue().decode("utf-8-sig")
    assert "AB-1" in written
    assert str(driver) in written


def test_a_marketer_who_reads_only_sees_all_and_changes_nothing(made, at_desk, rea, program):
    """C106 Reader, C53, C110: lists, records and exports are open, every change is refused."""
    contact = made("contact", last_name="Nowak")
    user = User.objects.get(pk=rea.user_id)
    desk, call = at_desk(user), program(user)
    assert "Nowak" in text_of(desk.get("/contacts/"))
    page = text_of(desk.get(f"/contacts/{contact}/"))
    assert "/contacts/new/" not in text_of(desk.get("/contacts/"))
    assert f"/contacts/{contact}/delete/" not in page

    for path, form in (
        ("/contacts/new/", {"last_name": "X"}),
        (f"/contacts/{contact}/last_name/", {"value": "X", "last_name": "X"}),
        (f"/contacts/{contact}/delete/", {}),
    ):
        assert desk.post(path, form).status_code == 403
    status, refused = call("PATCH", f"/records/contact/{contact}", {"properties": {"city": "X"}})
    assert (status, refused["detail"]) == (403, "You may see contacts but not change them.")
    assert call("GET", f"/records/contact/{contact}")[1]["version"] == 1


def test_the_same_batch_twice_with_one_key_writes_once(admin):
    """C130h, C121, C122: 207 with an entry per item; the second time the stored answer."""
    body = {
        "items": [
            {"act": "create", "properties": {"last_name": "Once"}},
            {"match": ["email"], "properties": {"email": "up@example.com"}},
            {"act": "create", "properties": {"emial": "x"}},
        ]
    }
    status, first = admin("POST", "/records/contact/batch", body, **{"Idempotency-Key": "k1"})
    assert (status, [each["status"] for each in first["items"]]) == (207, [201, 201, 422])
    again = admin("POST", "/records/contact/batch", body, **{"Idempotency-Key": "k1"})

    assert again == (207, first)
    assert admin.response["Idempotent-Replay"] == "true"
    assert admin("GET", "/records/contact?count=true")[1]["total"] == 2
    other = admin("POST", "/records/contact/batch", {"items": []}, **{"Idempotency-Key": "k1"})
    assert (other[0], other[1]["code"]) == (422, "idempotency_key_reused")


def test_a_second_company_leaves_the_first_and_a_limit_refuses_before_any_write(admin, made):
    """C130a, C36, C37."""
    one, two = made("company", name="One"), made("company", name="Two")
    anna = made("contact", [{"type": "company", "id": one}], last_name="Anna")
    path = f"/records/contact/{anna}/links/company"
    assert admin("POST", path, {"ids": [two]})[1]["created"] == 1
    assert {each["title"] for each in admin("GET", path)[1]["links"]} == {"One", "Two"}

    order = made("order", [{"type": "contact", "id": anna}], ordered_at="2026-01-01T10:00Z")
    bob = made("contact", last_name="Bob")
    path = f"/records/order/{order}/links/contact"
    status, refused = admin("POST", path, {"ids": [bob]})
    assert (status, refused["code"]) == (409, "association_limit_exceeded")
    assert [each["id"] for each in admin("GET", path)[1]["links"]] == [anna]
    number = admin("GET", "/records/order?count=true")[1]["total"]
    links = [{"type": "contact", "id": anna}, {"type": "contact", "id": bob}]
    body = {"properties": {"ordered_at": "2026-01-01T10:00Z"}, "links": links}
    assert admin("POST", "/records/order", body)[1]["code"] == "association_limit_exceeded"
    assert admin("GET", "/records/order?count=true")[1]["total"] == number


def test_a_note_on_a_company_shows_on_its_deal_until_they_are_unlinked(admin, made):
    """C130b, C73, C74: earlier notes too; two links away never."""
    company = made("company", name="Acme")
    about = [{"object": "company", "id": company}]
    admin("POST", "/activities", {"kind": "note", "about": about, "fields": {"text": "Call back"}})
    deal = made("deal", [{"type": "company", "id": company}], name="Roof")
    contact = made("contact", [{"type": "deal", "id": deal}], last_name="Far")

    def shows(name, id):
        admin("GET", f"/records/{name}/{id}/timeline")
        return b"Call back" in admin.response.content

    assert shows("deal", deal)
    assert not shows("contact", contact)
    admin("DELETE", f"/records/deal/{deal}/links/company", {"ids": [company]})
    assert not shows("deal", deal)


def test_renaming_and_archiving_leave_values_alone(admin, made):
    """C130c, C4, C32."""
    id = made("contact", last_name="Nowak", city="Lyon", job_title="Buyer")
    before = admin("GET", f"/records/contact/{id}")[1]
    path = "/objects/contact/properties"
    assert admin("PATCH", f"{path}/city", {"label": "Town"})[0] == 200
    assert admin("PATCH", f"{path}/job_title", {"archived": True})[0] == 200
    archived = admin("GET", f"/records/contact/{id}")[1]
    assert archived["properties"]["city"] == "Lyon"
    assert "job_title" not in archived["properties"]
    refused = admin("PATCH", f"/records/contact/{id}", {"properties": {"job_title": "X"}})
    assert (refused[0], refused[1]["code"]) == (422, "property_archived")

    assert admin("PATCH", f"{path}/job_title", {"archived": False})[0] == 200
    assert admin("GET", f"/records/contact/{id}")[1] == before
    assert Property.objects.filter(name="city", label="Town").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_of_one_unique_value_one_is_refused(quick_passwords):  # noqa: ARG001
    """C130d, C18: at the same moment, on either database."""
    user = add_user(email="dan@example.com", name="Dan", role="administrator", actor=SYSTEM)
    secret = add_token(user, name="two", actor=SYSTEM)[1]
    ready, answers = threading.Barrier(4), []
    body = {"properties": {"email": "same@example.com"}}

    def write():
        try:
            ready.wait()
            answers.append(Program(Client(), secret)("POST", "/records/contact", body))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
    assert {answer.get("code") for _, answer in answers} == {None, "duplicate_value"}
    call = Program(Client(), secret)
    assert call("GET", "/records/contact?count=true")[1]["total"] == 1
