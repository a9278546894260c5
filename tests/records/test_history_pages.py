"""The history of a value, and giving it back (C25, C27, C28)."""

from datetime import timedelta

import pytest

from tests.records.conftest import NOW
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.records.changes import restore_value, update_record
from tresse.records.origins import ORIGINS, Origin, origins
from tresse.records.queries import history_of, record
from tresse.records.writing import new_change_set

VALUES = [
    ("contact", "city", "Gent", "Lyon"),
    ("contact", "owner", "mia@example.com", "ada@example.com"),
    ("contact", "country", "fr", "pl"),
    ("contact", "birthday", "1990-02-28", "1991-02-28"),
    ("contact", "phone", "+33472001842", "+33472001843"),
    ("deal", "amount", "12.5", "13"),
    ("deal", "stage", "new", "won"),
]


@pytest.mark.usefixtures("mia")
@pytest.mark.parametrize(("object_name", "name", "old", "new"), VALUES)
def test_a_value_of_any_kind_comes_back(visit, make, model, ada, object_name, name, old, new):
    """C27: by one click; the history says that it was restored."""
    object_ = model.object(object_name)
    first = {"last_name": "Jo"} if object_name == "contact" else {"name": "Roof"}
    id_ = make(object_name, **first, **{name: old})
    was = record(model, object_, id_, ada).values[name]
    update_record(model, object_, id_, values={name: new}, actor=ada)
    [change] = history_of(object_, id_, ada, name=name)

    address = f"/{object_.slug}/{id_}/{name}/history/"
    assert f'value="{change.change_set}"' in visit.get(address).source
    visit.post(f"{address}restore/", change=change.change_set)

    assert visit.to == f"/{object_.slug}/{id_}/"
    assert record(model, object_, id_, ada).values[name] == was
    assert history_of(object_, id_, ada, name=name)[0].source == "restore"
    assert f'value="{change.change_set}"' not in visit.get(address).source


def test_what_was_empty_can_be_emptied_again(visit, make, model, ada):
    """C27, C28: the first value is the old one of the first change."""
    contact, jo = model.object("contact"), make("contact", last_name="Jo")
    update_record(model, contact, jo, values={"city": "Lyon"}, actor=ada)
    [change] = history_of(contact, jo, ada, name="city")

    assert "Empty it again" in visit.get(f"/contacts/{jo}/city/history/").text
    assert restore_value(model, contact, jo, name="city", change_set=change.change_set, actor=ada)
    assert record(model, contact, jo, ada).values["city"] is None
    assert not restore_value(
        model, contact, jo, name="city", change_set=change.change_set, actor=ada
    )


def test_restoring_is_refused_as_any_write_is(visit, reader, make, model, ada, rea):
    """C27, C106: no right, no such change, a rule that the value breaks."""
    contact, jo = model.object("contact"), make("contact", last_name="Jo", email="jo@ex.org")
    update_record(model, contact, jo, values={"email": "other@ex.org"}, actor=ada)
    [change] = history_of(contact, jo, ada, name="email")
    make("contact", email="jo@ex.org")
    address = f"/contacts/{jo}/email/history/"

    assert "Restore" not in reader.get(address).text
    with pytest.raises(TresseError) as refused:
        restore_value(model, contact, jo, name="email", change_set=change.change_set, actor=rea)
    assert refused.value.code == "not_permitted"
    assert visit.post(f"{address}restore/", change=change.change_set).status == 409
    assert visit.post(f"{address}restore/", change="999999").status == 404
    assert visit.post(f"{address}restore/", change="last").status == 422


def test_a_reader_opens_the_history_from_the_line(reader, make):
    """C94: values open their history, where they cannot be edited too."""
    jo = make("contact", last_name="Jo", city="Lyon")
    source = reader.get(f"/contacts/{jo}/").source
    assert f'hx-get="/contacts/{jo}/city/history/"' in source
    assert f"/contacts/{jo}/created_at/history/" not in source


def test_history_and_timeline_name_what_was_behind_a_change(visit, make, model, ada, monkeypatch):
    """C27: "Import companies.csv", with a link."""
    described = Origin(
        "import", "Import", lambda ids: {id_: ("a.csv", f"/x/{id_}/") for id_ in ids}
    )
    monkeypatch.setattr(ORIGINS, "_things", {"import": described})
    contact, jo = model.object("contact"), make("contact", last_name="Jo")
    with clock.at(NOW + timedelta(minutes=5)):
        change_set = new_change_set(ada, source="import", source_id=7)
        update_record(model, contact, jo, values={"city": "Lyon"}, actor=ada, change_set=change_set)

    link = '<a class="link" href="/x/7/">a.csv</a>'
    assert link in visit.get(f"/contacts/{jo}/city/history/").source
    assert link in visit.get(f"/contacts/{jo}/").source
    assert origins([("api", 3), ("import", None)]) == {}
