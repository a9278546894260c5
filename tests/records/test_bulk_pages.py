"""The bulk bar, its dialogs, the page of a bulk edit and of its undo, without scripts."""

import pytest

from tresse.jobs.models import Job
from tresse.objects.described import data_model
from tresse.records.models import BulkEdit, Undo
from tresse.records.queries import record


@pytest.fixture
def deals(make):
    return [make("deal", name=f"Deal {n}", amount=n) for n in range(3)]


def value(id, name, ada):
    model = data_model()
    return record(model, model.object("deal"), id, ada).values[name]


def test_every_row_can_be_selected_and_the_bar_says_what_may_be_done(visit, deals):
    """C90."""
    page = visit.get("/deals/")

    assert page.source.count('name="ids"') == len(deals)
    for act in ("edit", "owner", "stage", "task", "link", "unlink", "delete"):
        assert f'formaction="/deals/bulk/{act}/"' in page.source
    assert "data-all" not in page.source


def test_all_that_match_can_be_selected_where_a_page_shows_some(visit, make):
    """C90: "Select all n matching", with the filter and words of the page."""
    for n in range(26):
        make("deal", name=f"Deal {n}")

    page = visit.get("/deals/", size=25, q="deal")

    assert "Select all 26" in page.text
    assert '<input type="hidden" name="q" value="deal">' in page.source


def test_a_reader_is_offered_no_change(reader, deals):
    """C106: and the page says why, where they ask for it all the same."""
    assert "/deals/bulk/" not in reader.get("/deals/").source
    assert reader.get("/deals/bulk/edit/", ids=deals).status == 403


def test_values_are_changed_by_the_form(visit, deals, ada):
    """C56: by scripts or without."""
    asked = visit.get("/deals/bulk/edit/", ids=deals[:2], property="amount")
    assert "Edit 2 deals" in asked.text
    assert 'name="value-amount"' in asked.source
    done = visit.post(
        "/deals/bulk/edit/",
        **{
            "ids": deals[:2],
            "number": 2,
            "change": "amount",
            "act-amount": "add",
            "value-amount": "5",
        },
    )

    assert done.to == "/deals/"
    assert [value(id, "amount", ada) for id in deals] == [5, 6, 2]
    assert "2 deals changed." in visit.get("/deals/").text


def test_a_property_more_is_brought_by_htmx(visit, deals):
    page = visit.get("/deals/bulk/edit/field/", htmx=True, property="owner", change="amount")

    assert 'name="value-owner"' in page.source
    assert 'id="bulk-offered" hx-swap-oob="true"' in page.source
    assert '<option value="amount">' not in page.source
    _ = deals


def test_what_is_typed_wrong_stays_with_its_sentence(visit, deals):
    """C129: 422 with the form."""
    page = visit.post(
        "/deals/bulk/edit/",
        htmx=True,
        **{"ids": deals, "number": 3, "change": "amount", "value-amount": "12a"},
    )

    assert page.status == 422
    assert '"12a" is not a number.' in page.text
    assert 'value="12a"' in page.source


def test_another_number_is_confirmed_again(visit, deals):
    """C56: the form then holds the new number."""
    page = visit.post("/deals/bulk/delete/", htmx=True, all=1, number=2)

    assert page.status == 422
    assert "3 records match now, not 2" in page.text
    assert 'name="number" value="3"' in page.source
    assert "all 3 deals that match now" in page.text
    _ = deals


def test_owner_stage_and_tasks_have_forms_of_their_own(visit, deals, model, ada):
    """C90."""
    won = next(each for each in model.object("deal").stages.values() if each.name == "won")

    visit.post(
        "/deals/bulk/owner/", **{"ids": deals, "number": 3, "value-owner": "ada@example.com"}
    )
    visit.post("/deals/bulk/stage/", ids=deals, number=3, stage=won.id)
    visit.post("/deals/bulk/task/", **{"ids": deals, "number": 3, "value-title": "Call"})

    assert [row.settings["act"] for row in BulkEdit.objects.order_by("id")] == [
        "edit",
        "edit",
        "task",
    ]
    assert value(deals[0], "stage", ada) == won.id
    assert visit.get("/tasks/").source.count("Call") >= 3


def test_nobody_loses_an_owner_by_leaving_the_choice_empty(visit, deals, ada):
    """C56: without a choice nothing changes; "No owner" takes it away."""
    asked = {"ids": deals, "number": 3, "value-owner": ""}

    visit.post("/deals/bulk/owner/", **asked)
    assert (visit.status, BulkEdit.objects.count()) == (422, 0)

    visit.post("/deals/bulk/owner/", **{**asked, "act-owner": "empty"})
    assert value(deals[0], "owner", ada) is None


def test_records_are_linked_and_unlinked(visit, deals, make):
    """C90: by search, to one record."""
    acme = make("company", name="Acme")
    key = "deal_company:forward"

    found = visit.get("/deals/bulk/found/", htmx=True, type=key, words="acm")
    assert f'name="other" value="{acme}"' in found.source
    visit.post("/deals/bulk/link/", ids=deals, number=3, type=key, other=acme)
    visit.post("/deals/bulk/unlink/", ids=deals, number=3, type=key)

    assert [row.changed for row in BulkEdit.objects.order_by("id")] == [3, 3]


def test_refused_records_lead_to_a_page_that_lists_them(visit, deals, make):
    """C56: with a file of them all."""
    make("contact", email="x@ex.org")
    one = make("contact", email="a@ex.org")

    done = visit.post(
        "/contacts/bulk/edit/",
        **{"ids": one, "number": 1, "change": "email", "value-email": "x@ex.org"},
    )
    address = done.to
    page = visit.get(address)
    file = b"".join(visit.client.get(f"{address}refused.csv").streaming_content).decode()

    assert "Change of 1 contact" in page.text
    assert 'E-mail "x@ex.org" already belongs to x@ex.org' in page.text
    assert file.splitlines()[1].startswith(f"{one},a@ex.org,duplicate_value,")
    _ = deals


def test_a_large_change_leads_to_its_page(visit, make):
    """C56: above 100 records a job, which can be cancelled."""
    for n in range(101):
        make("deal", name=f"Deal {n}")

    done = visit.post(
        "/deals/bulk/edit/", **{"all": 1, "number": 101, "change": "amount", "value-amount": "1"}
    )
    page = visit.get(done.to)

    job = Job.objects.get(kind="bulk_edit")
    assert f"/jobs/{job.pk}/cancel/" in page.source
    assert "Waiting" in page.text


def test_undo_shows_its_check_and_then_its_numbers(visit, deals, ada):
    """T72: each number is a list to download."""
    visit.post(
        "/deals/bulk/edit/", **{"ids": deals, "number": 3, "change": "amount", "value-amount": "9"}
    )
    row = BulkEdit.objects.get()
    address = f"/deals/bulk/{row.pk}/"

    asked = visit.get(f"{address}undo/").text
    visit.post(f"{address}undo/")
    page = visit.get(address)
    file = b"".join(visit.client.get(f"{address}undo/reversed.csv").streaming_content).decode()

    assert "Change of 3 deals. What was edited since stays as it is." in asked
    assert "Amount set to 9" in page.text
    assert Undo.objects.get().reversed == 3
    assert "Taken back" in page.text
    assert 'undo/"' not in page.source
    assert len(file.splitlines()) == 4
    assert [value(id, "amount", ada) for id in deals] == [0, 1, 2]


def test_bulk_edits_of_others_are_not_shown(visit, deals, user_of):
    """C108."""
    visit.post(
        "/deals/bulk/edit/", **{"ids": deals, "number": 3, "change": "amount", "value-amount": "9"}
    )
    stranger = type(visit)(user_of("Mia").pk)

    assert stranger.get(f"/deals/bulk/{BulkEdit.objects.get().pk}/").status == 404


def test_a_dialog_on_a_page_of_its_own_leads_back_to_the_list(visit, deals):
    """C90: its address asks for records that are gone by then."""
    answer = visit.client.post(
        "/deals/bulk/delete/",
        {"ids": deals, "number": len(deals)},
        headers={
            "HX-Request": "true",
            "HX-Current-URL": f"http://testserver/deals/bulk/delete/?ids={deals[0]}",
        },
    )

    assert answer.headers["HX-Redirect"] == "/deals/"
