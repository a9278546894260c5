"""The search over everything: palette, page and REST (C102, C103)."""

import pytest

from tresse.records.changes import delete_records, log_activity, update_record
from tresse.records.everywhere import found_everywhere


@pytest.fixture
def some(make):
    """A contact, a company and a deal that share a word."""
    return {
        "contact": make("contact", first_name="Zoé", last_name="Rouge", email="zoe@rouge.fr"),
        "company": make("company", name="Clinique Rouge", domain="rouge.fr"),
        "deal": make("deal", name="Rouge: two doctors"),
        "other": make("deal", name="The red one, rouge"),
    }


def ids(groups):
    return {group.object.name: [hit.id for hit in group.hits] for group in groups}


def test_finds_records_of_all_objects(model, ada, some):
    """C102: over all objects, accents and case ignored."""
    found = ids(found_everywhere(model, "ROUGÉ", ada))

    assert found["contact"] == [some["contact"]]
    assert found["company"] == [some["company"]]
    assert found["deal"] == [some["deal"], some["other"]]


def test_a_title_that_begins_so_comes_first(model, ada, some):
    """C103: titles that begin with the text, then the rest, latest activity first."""
    deal = model.object("deal")
    log_activity(model, "note", [(deal, some["other"])], fields={"text": "Hello"}, actor=ada)

    [first, second] = ids(found_everywhere(model, "rouge", ada))["deal"]

    assert (first, second) == (some["deal"], some["other"])


def test_an_exact_key_comes_before_everything(model, ada, some):
    """C103: a whole e-mail, domain or id."""
    groups = found_everywhere(model, "rouge.fr", ada)

    assert groups[0].object.name == "company"
    assert groups[0].hits[0].is_exact
    by_id = found_everywhere(model, str(some["deal"] + 1000), ada)
    assert by_id == []


def test_says_that_there_is_more(model, ada, make):
    """C102: 5 of each object, then all of them on its index page."""
    for number in range(7):
        make("company", name=f"Verte {number}")

    [group] = found_everywhere(model, "vert", ada)

    assert len(group.hits) == 5
    assert group.has_more


def test_finds_nothing_for_one_character_or_in_the_bin(model, ada, some):
    """C102, C58."""
    delete_records(model, model.object("company"), [some["company"]], actor=ada)

    assert found_everywhere(model, "r", ada) == []
    assert "company" not in ids(found_everywhere(model, "clinique", ada))


def test_finds_only_what_a_person_may_see(model, ada, mia, some):
    """C108: a record out of sight is not found, and not counted."""
    deal = model.object("deal")
    update_record(model, deal, some["deal"], values={"owner": "ada@example.com"}, actor=ada)
    update_record(model, deal, some["other"], values={"owner": "ada@example.com"}, actor=ada)

    assert ids(found_everywhere(model, "rouge", mia)).get("deal", []) == []


def test_page_palette_and_rest_find_the_same(visit, some):
    """C102: three doors."""
    address = f"/companies/{some['company']}/"

    assert f'href="{address}"' in visit.get("/search/", q="rouge").source
    palette = visit.get("/search/", htmx=True, q="rouge").source
    assert f'href="{address}"' in palette
    assert "<html" not in palette
    rest = visit.client.get("/api/v1/search", {"q": "rouge"}).json()
    assert [group["object"] for group in rest["items"]] == ["contact", "company", "deal"]


def test_pages_are_found_by_name(visit):
    """C103: pages by their names too."""
    assert 'href="/companies/"' in visit.get("/search/", htmx=True, q="comp").source


def test_an_unknown_parameter_is_refused(visit):
    """C123."""
    get = visit.client.get

    assert get("/api/v1/search", {"query": "x"}).json()["code"] == "unknown_parameter"
    assert get("/api/v1/search", {"q": "xx", "limit": "0"}).json()["code"] == "wrong_value"
