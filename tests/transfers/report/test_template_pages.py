"""Templates by pages, and the page "Import and export" of the settings (T88, T90)."""

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.records.visits import Visit
from tests.transfers.imports.test_examples import TE4
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.queries import actor_of
from tresse.transfers import changes
from tresse.transfers.models import Import, ImportTemplate

CONTENT = {
    "object": "deal",
    "links": "ignore",
    "columns": {"Roof": {"property": "name"}, "Fax": "ignore"},
}


@pytest.fixture
def ada(start):
    """The administrator at the pages."""
    return Visit(start.ada.user_id)


def test_an_import_is_kept_as_a_template(ada, start):
    """T88: from its report; private or shared; a name that is taken is refused at the form."""
    row = start.load("deals", TE4, name="deals.csv")

    page = ada.get(f"/imports/{row.pk}/keep/")
    assert 'value="deals"' in page.source
    page = ada.post(f"/imports/{row.pk}/keep/", name="Deals of Ada", sharing="shared")
    assert page.to == f"/imports/{row.pk}/"
    kept = ImportTemplate.objects.get()
    assert (kept.name, kept.is_shared, kept.object_name) == ("Deals of Ada", True, "deal")
    assert 'The template "Deals of Ada" is kept.' in ada.get("/imports/").text

    page = ada.post(f"/imports/{row.pk}/keep/", htmx=True, name=" ", sharing="private")
    assert page.status == 422
    assert "1 to 100 characters" in page.text


def test_the_settings_page_lists_templates_samples_and_times(ada, start):
    """T88, T90, T75, T8: for each object two sample files."""
    changes.save_template("roofs", content=CONTENT, actor=start.ada)

    page = ada.get("/settings/imports/")

    assert "roofs Deals 2 Only one person Ada" in page.text
    for name in ("contact", "company", "deal", "product"):
        for format in ("csv", "xlsx"):
            address = f"/imports/sample/{name}.{format}"
            assert address in page.source
            assert b"".join(ada.client.get(address).streaming_content), address
    assert "Largest file 512 MB" in page.text
    assert "An import can be undone for 30 days" in page.text
    assert "A report is kept for 24 months" in page.text


def test_a_template_is_renamed_shared_downloaded_and_deleted(ada, start):
    """T88, T88a: the mapping file that --map takes."""
    row = changes.save_template("roofs", content=CONTENT, actor=start.ada)
    at = f"/settings/imports/{row.pk}/"

    page = ada.get(at)
    assert "Roof property: name" in page.text
    assert "Fax do not import" in page.text
    ada.post(at, name="All roofs", sharing="shared")
    row.refresh_from_db()
    assert (row.name, row.is_shared) == ("All roofs", True)
    loaded = yaml.safe_load(ada.get(f"{at}file/").source)
    assert loaded == {"name": "All roofs", **CONTENT}
    changes.save_template("other", content=CONTENT, actor=start.ada)
    page = ada.post(at, name="other", sharing="shared")
    assert page.status == 422 or page.status == 409
    assert 'The list of templates already has "other".' in page.text

    ada.post(f"{at}delete/")
    assert not ImportTemplate.objects.filter(pk=row.pk).exists()


def test_a_shared_template_is_read_by_others_and_changed_by_none(ada, start):
    """T88: a member sees it, without a form; a private one not at all."""
    row = changes.save_template("roofs", content=CONTENT, actor=start.ada)
    bob = Visit(
        actor_of(add_user(email="bob@example.com", name="Bob", role="member", actor=SYSTEM)).user_id
    )
    at = f"/settings/imports/{row.pk}/"
    assert bob.get(at).status == 404

    ada.post(at, name="roofs", sharing="shared")
    page = bob.get(at)
    assert page.status == 200
    assert "Delete the template" not in page.text
    assert bob.post(f"{at}delete/").status == 403


def test_a_template_that_is_nearly_the_same_is_told_at_the_check(ada, start):
    """T88: so that one is not kept twice."""
    columns = {
        "Deal ID": {"key": "id"},
        "Name": {"property": "name"},
        "Associated Contact": {"association": "decision_maker"},
    }
    content = {"object": "deal", "columns": columns}
    changes.save_template("deals", content=content, actor=start.ada)
    row = start.check("deals", TE4)

    page = ada.get(f"/imports/{row.pk}/")

    assert (
        'The template "deals" is nearly the same. It differs in: Associated Contact.' in page.text
    )


def test_an_import_is_repeated_with_another_file(ada, start):
    """T88: what was said of a past one is taken over; without a name."""
    given = {"Roof": {"property": "name"}}
    row = start.load("deals", "Deal ID,Roof\n61,Renewal 2\n", mapping=given, name="deals.csv")
    page = ada.get(f"/imports/{row.pk}/")
    address = page.found(r'href="(/imports/new/deals/\?repeat=\d+)"')

    file = SimpleUploadedFile("again.csv", b"Roof,Deal ID\nRenewal 3,61\n")
    ada.post(address, file=file)

    again = Import.objects.latest("id")
    assert again.mapping["Roof"] == {"property": "name"}
    again = start.run(again)
    assert start.values("deal", "name")[61] == "Renewal 3"
