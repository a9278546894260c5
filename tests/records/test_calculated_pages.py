"""Pages and routes of calculated properties (C22, C23, C24, D106)."""

from decimal import Decimal

import pytest

from tests.records.test_rollups import followed
from tresse.jobs import worker
from tresse.objects.changes import add_property
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named, property_named
from tresse.records.changes import update_record

pytestmark = pytest.mark.django_db
NEW = "/data-model/deal/new-calculated/"


def sized(id, value, actor):
    """A deal gets a value of a property that was added after the fixtures."""
    model = data_model()
    update_record(model, model.object("deal"), id, values={"size": value}, actor=actor)


def test_a_formula_is_tried_on_records_before_it_is_saved(visit, make):
    """C22, D106: kind, values, how many are empty."""
    make("deal", name="Roof", amount=Decimal("10.5"))
    make("deal", name="Cellar")

    page = visit.post("/deals/formula-preview/", htmx=True, formula="amount * 2")

    assert page.status == 200
    text = page.source
    assert "Decimal" in text
    assert "the newest 2 records" in text
    assert "1 empty" in text
    assert "21" in text


def test_a_formula_that_cannot_be_says_where(visit):
    """D104"""
    page = visit.post("/deals/formula-preview/", htmx=True, formula="1 + amout")

    text = page.source
    assert "Did you mean &quot;amount&quot;?" in text
    assert 'data-position="5"' in text


def test_changing_a_formula_says_how_many_would_change(visit, make, ada):
    """D106"""
    make("deal", name="Roof", amount=Decimal(10))
    make("deal", name="Cellar", amount=Decimal(0))
    deal = object_type_named("deal")
    add_property(deal, name="double_", label="Double", formula="amount * 2", actor=ada)

    page = visit.post("/deals/formula-preview/", htmx=True, formula="amount * 3", name="double_")

    assert "1 record would change" in page.source


def test_a_formula_is_added_and_changed_by_page(visit):
    """C22"""
    page = visit.get(NEW)
    assert page.status == 200
    assert "datediff_days" in page.source

    saved = visit.post(NEW, sort="formula", label="Net", formula="amount * 0.8")
    assert saved.status == 302
    prop = data_model().object("deal").property("net")
    assert prop.settings["formula"] == "amount * 0.8"

    address = "/data-model/deal/properties/net/calculation/"
    assert "amount * 0.8" in visit.get(address).source
    assert visit.post(address, sort="formula", formula="amount * 0.9").status == 302
    assert data_model().object("deal").property("net").settings["formula"] == "amount * 0.9"
    assert "amount * 0.9" in visit.get("/data-model/deal/properties/net/").source


def test_a_refused_formula_is_shown_with_its_sentence(visit):
    """C22"""
    page = visit.post(NEW, sort="formula", label="Net", formula="amount +")

    assert page.status == 422
    assert "cannot be read at character 9" in page.source


@pytest.mark.parametrize(
    ("sort", "facts", "object_name"),
    [
        ("between", {"from_": "created_at", "to": "", "unit": "days"}, "deal"),
        ("rollup", {"over": "deal_contact", "pick": "count"}, "deal"),
        ("rollup", {"over": "deal_company", "pick": "sum", "value": "amount"}, "company"),
        ("lookup", {"over": "deal_primary_company", "value": "name"}, "deal"),
    ],
)
def test_other_calculations_are_added_by_page(visit, sort, facts, object_name):
    """C23"""
    address = f"/data-model/{object_name}/new-calculated/"
    assert visit.get(address, sort=sort).status == 200

    saved = visit.post(address, **{"sort": sort, "label": "Made here", **facts})

    assert saved.status == 302
    prop = data_model().object(object_name).property("made_here")
    assert sort in prop.settings
    page = visit.get(f"/data-model/{object_name}/properties/made_here/calculation/")
    assert page.status == 200


def test_a_rollup_takes_the_filter_of_the_editor(visit):
    """C23"""
    filter_ = '{"all": [{"property": "amount", "operator": "at_least", "value": 5}]}'
    facts = {"sort": "rollup", "label": "Large", "over": "deal_company", "pick": "count"}

    saved = visit.post("/data-model/company/new-calculated/", **{**facts, "filter": filter_})

    assert saved.status == 302
    said = data_model().object("company").property("large").settings["rollup"]
    assert said["filter"]["all"][0]["property"] == "amount"


@pytest.mark.django_db(transaction=True)
def test_values_that_wait_are_marked(visit, make, side):
    """C24: on pages and over REST."""
    id = make("company", name="Acme")
    make("deal", name="Roof", links=[(side("deal", "company"), id)])
    facts = {"sort": "rollup", "label": "Deals here", "over": "deal_company", "pick": "count"}
    visit.post("/data-model/company/new-calculated/", **facts)

    assert "Still being worked out" in visit.get(f"/companies/{id}/").source
    listed = visit.get("/companies/?columns=deals_here").source
    assert "Still being worked out" in listed

    worker.run(until_idle=True)
    followed()
    assert "Still being worked out" not in visit.get(f"/companies/{id}/").source


def test_only_those_who_edit_the_model_come_here(reader):
    """C106a"""
    assert reader.get(NEW).status == 403
    assert reader.post("/deals/formula-preview/", formula="1").status == 403


def test_a_calculated_value_is_shown_sorted_and_filtered_like_any_other(visit, make, ada):
    """C22"""
    make("deal", name="Roof", amount=Decimal(10))
    make("deal", name="Cellar", amount=Decimal(30))
    deal = object_type_named("deal")
    add_property(deal, name="double_", label="Double", formula="amount * 2", actor=ada)
    assert property_named(deal, "double_").is_read_only

    page = visit.get("/deals/?columns=double_&sort=-double_").source
    assert page.index("Cellar") < page.index("Roof")

    filter_ = '{"property": "double_", "operator": "more_than", "value": 30}'
    page = visit.get(f"/deals/?columns=double_&filter={filter_}").source
    assert "Cellar" in page
    assert "Roof" not in page


def test_a_kind_is_changed_by_page(visit, make, ada):
    """C30: the dry run with counts and failing values, stop or empty, and back."""
    deal = object_type_named("deal")
    add_property(deal, name="size", label="Size", kind="text", actor=ada)
    sized(make("deal", name="Roof"), "12", ada)
    sized(make("deal", name="Cellar"), "many", ada)
    address = "/data-model/deal/properties/size/kind/"

    page = visit.get(address, kind="integer")
    assert page.status == 200
    assert "could_not_parse_number" in page.source
    assert "many" in page.text

    assert visit.post(address, kind="integer").status == 422
    assert visit.post(address, kind="integer", failing="empty").status == 302
    worker.run(until_idle=True)
    assert data_model().object("deal").property("size").kind.name == "integer"
    assert "30 days" in visit.get(address).text

    assert visit.post(f"{address}back/").status == 302
    assert data_model().object("deal").property("size").kind.name == "text"


def test_formulas_and_kinds_over_rest(visit, make, ada):
    """C22, C30"""
    deal = object_type_named("deal")
    add_property(deal, name="size", label="Size", kind="text", actor=ada)
    sized(make("deal", name="Roof", amount=Decimal(2)), "many", ada)

    def post(path, **body):
        answer = visit.client.post(f"/api/v1{path}", body, content_type="application/json")
        return answer.status_code, answer.json()

    status, found = post("/objects/deal/formula-preview", formula="amount * 2")
    assert (status, found["kind"], found["empty"]) == (200, "decimal", 0)
    assert found["records"][0]["value"] == 4

    status, found = post("/objects/deal/formula-preview", formula="amout")
    assert (status, found["code"]) == (422, "formula_column")

    address = "/objects/deal/properties"
    status, found = post(address, name="net", formula="amount * 0.8")
    assert (status, found["kind"], found["formula"]) == (201, "decimal", "amount * 0.8")

    status, found = post(f"{address}/size/kind", kind="integer", dry_run=True)
    assert (status, found["emptied"], found["failing"][0]["value"]) == (200, 1, "many")
    status, found = post(f"{address}/size/kind", kind="integer")
    assert (status, found["code"]) == (422, "could_not_parse_number")
    status, found = post(f"{address}/size/kind", kind="integer", failing="empty")
    assert (status, found["state"]) == (202, "filling")
    worker.run(until_idle=True)
    back = visit.client.delete(f"/api/v1{address}/size/kind")
    assert (back.status_code, back.json()["state"]) == (200, "brought_back")
