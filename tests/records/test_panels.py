"""Cards and menu entries that higher rooms add to a record's page."""

import pytest

from tresse.records.panels import PANELS, RECORD_ACTIONS, Panel, RecordAction


@pytest.fixture
def panel(monkeypatch):
    """A panel that companies alone have."""

    def context(_model, object_, id_, _actor):
        return {"count": 3, "sentence": f"Lists of {id_}"} if object_.name == "company" else None

    shown = Panel("lists", "Lists", "list", "web/_banner.html", context)
    monkeypatch.setattr(PANELS, "_things", {"lists": shown})
    return shown


@pytest.mark.usefixtures("panel")
def test_a_panel_stands_on_the_page_and_reads_itself_anew(make, visit):
    """C93."""
    company, contact = make("company", name="Acme"), make("contact", first_name="Jo")

    page = visit.get(f"/companies/{company}/").source
    alone = visit.get(f"/companies/{company}/panels/lists/", htmx=True).source

    assert 'id="panel-lists"' in page
    assert '<span class="tag num">3</span>' in alone
    assert 'id="panel-lists"' not in visit.get(f"/contacts/{contact}/").source
    assert visit.get(f"/contacts/{contact}/panels/lists/", htmx=True).source == ""


def test_an_action_is_offered_to_those_who_may(make, visit, reader, monkeypatch):
    """C94."""
    company = make("company", name="Acme")
    action = RecordAction(
        "merge",
        "Merge",
        "merge",
        may=lambda actor, object_: actor.scope(object_.name, "merge") != "none",
        address=lambda object_, id_: f"/{object_.slug}/{id_}/merge/",
    )
    monkeypatch.setattr(RECORD_ACTIONS, "_things", {"merge": action})

    assert f'href="/companies/{company}/merge/"' in visit.get(f"/companies/{company}/").source
    assert "/merge/" not in reader.get(f"/companies/{company}/").source
