"""Settings below the columns: rows, keys in order, links, cells, the whole (T6, T27)."""

import pytest

from tests.transfers.imports.house import numbers
from tresse.segments.changes.lists import add_list

CONTACTS = "First name,Last name,Email,Phone,Fax\nAnna,Nowak,anna@ex.org,+48221000001,1\n"


def keys(page):
    """Keys in the order the page has them."""
    return [text.split(" ", 1)[1] for text in page.texts(r'<li class="keys__one">.*?</li>')]


def set_(page, **said):
    return page.post(f"{page.at}settings/", htmx=True, **said)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"mode": "update"}, {"mode": "update"}),
        ({"links": "dissociate"}, {"links": "dissociate"}),
        ({"pairs": "own"}, {"pairs": "own"}),
        ({"bad_cell": "refuse"}, {"bad_cell": "refuse"}),
        ({"conflicts": "first"}, {"conflicts": "first"}),
        ({"unknown_options": "add"}, {"unknown_options": "add"}),
        ({"has_erase_empty": "1", "erase_empty": "yes"}, {"erase_empty": True}),
        ({"has_erase_empty": "1"}, {"erase_empty": False}),
        ({"has_all_or_nothing": "1", "all_or_nothing": "yes"}, {"all_or_nothing": True}),
        ({"has_fire_automations": "1", "fire_automations": "yes"}, {"fire_automations": True}),
        ({"has_label_only": "1", "label_only": "yes"}, {"label_only": "yes"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_each_setting_is_kept_at_once(ada, said, kept):
    """T6, T59, T69: by the name it has at the other doors."""
    page = ada.map("contacts", CONTACTS)
    set_(page, **said)
    assert page.status == 200
    assert 'id="options" open' in page.source
    assert kept.items() <= page.row.settings.items()


def test_words_that_mean_empty_are_kept(ada):
    """T18"""
    page = ada.map("contacts", CONTACTS)
    set_(page, empty_words="N/A, -, ")
    assert page.row.reading["empty_words"] == ["N/A", "-"]
    assert 'value="N/A, -"' in page.source


def test_keys_are_moved_dropped_added_and_joined(ada):
    """T27: presets first, then as the person wants; one that is set stays when columns change."""
    page = ada.map("contacts", CONTACTS)
    assert keys(page) == ["E-mail", "Phone"]

    set_(page, key="down:email")
    assert keys(page) == ["Phone", "E-mail"]
    set_(page, key="drop:phone")
    assert keys(page) == ["E-mail"]
    set_(page, key="drop:email")
    assert keys(page) == ["E-mail"]
    set_(page, key="join:", joined=["first_name", "last_name"])
    assert keys(page) == ["E-mail", "First name + Last name"]
    assert page.row.match == ["email", "first_name+last_name"]
    set_(page, key="add:phone")
    assert page.row.match == ["email", "first_name+last_name", "phone"]
    set_(page, key="preset:")
    assert page.row.match == []


@pytest.mark.parametrize(
    "joined", [[], ["email"], ["first_name", "last_name", "email", "phone", "x"]]
)
def test_a_key_has_two_to_four_columns(ada, joined):
    """T27"""
    page = ada.map("contacts", CONTACTS)
    set_(page, key="join:", joined=joined)
    assert page.status == 422
    assert "two to four columns" in page.text
    assert page.row.match == []


def test_a_joined_key_finds_the_record(ada, house):
    """T27: through the page to the run."""
    house.make("contact", first_name="Anna", last_name="Nowak", city="Lyon")
    page = ada.map("contacts", "First name,Last name,City\nanna,NOWAK,Paris\n")
    set_(page, key="join:", joined=["first_name", "last_name"])
    page.post(f"{page.at}map/")
    page.run_jobs()
    assert numbers(page.row) == {"rows": 1, "updated": 1}


def test_a_list_is_chosen(ada, house):
    """T6: only lists of this object are offered."""
    for name, base in (("fair", "contact"), ("firms", "company")):
        add_list(name=name, label=name.title(), base=base, model=house.model, actor=house.ada)
    page = ada.map("contacts", CONTACTS)
    assert '<option value="fair"' in page.source
    assert '<option value="firms"' not in page.source
    set_(page, to_list="fair")
    assert page.row.settings["to_list"] == "fair"


def test_a_wrong_value_is_told_and_not_kept(ada):
    page = ada.map("contacts", CONTACTS)
    set_(page, mode="destroy")
    assert page.status == 422
    assert "mode needs upsert or create or update" in page.text
    assert "mode" not in page.row.settings


def test_links_are_asked_about_only_where_there_are_any(ada):
    """T6: and whether all of a row are linked, where it names several."""
    assert 'name="links"' not in ada.map("contacts", CONTACTS).source
    page = ada.map("contacts", "Email,Associated Deal\na@b.co,1\n")
    assert 'name="links"' in page.source
    assert 'name="pairs"' not in page.source
    page = ada.map("contacts", "Email,Associated Deal,Associated Company\na@b.co,1,2\n")
    assert 'name="pairs"' in page.source


def test_settings_without_scripts_lead_back(ada):
    page = ada.map("contacts", CONTACTS)
    assert page.post(f"{page.at}settings/", mode="create").to == f"{page.at}map/"


def test_no_key_says_that_every_row_makes_a_record(ada):
    """T32"""
    page = ada.map("deals", "Name\nRoof\n")
    assert "no key: every row makes a new one" in page.text
