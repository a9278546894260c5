"""Activities imported by the wizard, REST and the command line; and by whom (T2, T3, T5)."""

import json

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.program import Program
from tests.transfers.activities.test_importing import about, activities
from tests.transfers.imports.house import codes, numbers
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token, add_user
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.config.doors import cli
from tresse.jobs.worker import run
from tresse.kernel.errors import TresseError
from tresse.records.changes import log_activity
from tresse.transfers.models import Import

NOTES = "External id,Text,Associated Contact\nn-1,Hello,anna@ex.org\nn-2,There,nobody@ex.org\n"


def upload(content):
    return SimpleUploadedFile("notes.csv", content.encode(), content_type="text/csv")


@pytest.mark.parametrize("name", ["note", "notes"])
def test_by_rest(client, start, name):
    """T2, T3: `POST /imports` with the object note or notes."""
    token = add_token(User.objects.get(pk=start.ada.user_id), name="t", actor=start.ada)[1]
    api = Program(client, token)
    status, row = api.send("/imports", file=upload(NOTES), object=name)
    assert (status, row["object"]) == (201, "note")
    assert api("POST", f"/imports/{row['import_id']}/run")[0] == 202
    run(until_idle=True)
    _, row = api("GET", f"/imports/{row['import_id']}")
    assert (row["state"], row["created"], row["failed"]) == ("done", 1, 1)
    assert row["links_by_pair"]["note-contact"]["created"] == 1


def test_by_the_command_line(start):
    """T2: `tresse import notes FILE`; the same again changes nothing."""
    path = start.file(NOTES, name="notes.csv")
    asked = ["import", "notes", str(path), "--json"]
    answer = json.loads(CliRunner().invoke(cli, asked).stdout)
    assert (answer["created"], answer["failed"]) == (1, 1)
    answer = json.loads(CliRunner().invoke(cli, asked).stdout)
    assert (answer["created"], answer["unchanged"], answer["failed"]) == (0, 1, 1)
    assert [entry[4]["text"] for entry in activities()] == ["Hello"]


def test_by_the_wizard(client, start):
    """T3, T3a: chosen among the objects, mapped, checked, run, and undone by its page."""
    client.force_login(User.objects.get(pk=start.ada.user_id))
    assert "/imports/new/notes/" in client.get("/imports/new/").content.decode()
    assert client.get("/imports/new/meetings/").status_code == 200

    client.post("/imports/new/notes/", {"file": upload(NOTES)})
    row = Import.objects.get()
    assert row.object_name == "note"
    for page in (f"/imports/{row.pk}/file/", f"/imports/{row.pk}/map/"):
        assert client.get(page).status_code == 200
    assert client.post(f"/imports/{row.pk}/map/").status_code == 302
    run(until_idle=True)
    shown = client.get(f"/imports/{row.pk}/")
    assert shown.status_code == 200
    client.post(f"/imports/{row.pk}/run/")
    run(until_idle=True)
    assert client.get(f"/imports/{row.pk}/").status_code == 200
    assert client.get("/imports/").status_code == 200
    assert client.get(f"/imports/{row.pk}/undo/").status_code == 200
    assert about() == [("n-1", 51)]


def person(role, name):
    return actor_of(add_user(email=f"{name}@example.com", name=name, role=role, actor=SYSTEM))


def test_needs_the_rights_that_composing_one_does(start):
    """T5: who may write on timelines and import; others' activities stay as they are."""
    member, reader = person("member", "Mel"), person("reader", "Rea")
    with pytest.raises(TresseError) as refused:
        start.add("notes", NOTES, actor=reader)
    assert refused.value.code == "not_permitted"

    contact = start.model.object("contact")
    log_activity(
        start.model,
        "note",
        [(contact, 51)],
        fields={"text": "Of Ada"},
        actor=start.ada,
        external_id="n-1",
    )
    start.make("contact", email="own@ex.org", actor=member)
    row = start.load("notes", NOTES.replace("nobody", "own"), actor=member)
    assert codes(row, "row") == [(2, "not_permitted")]
    assert numbers(row) == {"rows": 2, "created": 1, "failed": 1}
    assert [entry[4]["text"] for entry in activities()] == ["Of Ada", "There"]
    assert activities()[1][2] == member.user_id
    assert "Of Ada" not in str(row.plan_facts)


@pytest.mark.parametrize("kind", ["notes", "calls", "emails", "meetings"])
def test_a_sample_makes_two_activities_without_finding(client, start, kind):
    """T90: every field, a relation to each object with a timeline; about a record that is there."""
    client.force_login(User.objects.get(pk=start.ada.user_id))
    sample = b"".join(client.get(f"/imports/sample/{kind}.csv").streaming_content)

    row = start.load(kind, sample)

    assert (numbers(row), codes(row)) == ({"rows": 2, "created": 2}, [])
    assert len(about()) == 2
