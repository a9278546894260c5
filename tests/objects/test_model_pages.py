"""The data-model pages: list, graph, one object type, forms (C99 to C101)."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from django.utils.translation import override

from tests.objects.asking import text_of
from tests.searching import found_in
from tresse.accounts.actor import Rights
from tresse.kernel.errors import TresseError
from tresse.objects import overview
from tresse.objects.changes import add_property
from tresse.objects.database import execute
from tresse.objects.described import data_model
from tresse.objects.queries import property_named
from tresse.objects.views import model, object, pipelines, properties, relations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


def test_lists_object_types_with_numbers(ask):
    """C99."""
    execute(sa.insert(data_model().object("contact").table).values(id=1))
    page = text_of(ask(model.model_list))
    row = found_in(r'id="object-contact">.*?Contacts</a>(.*?)</tr>', page)
    assert re.findall(r'<td class="num r">(\d+)</td>', row) == ["1", "26", "6"]
    assert "New object" in page


def test_tells_no_numbers_of_records_out_of_sight(ask, reader):
    """C108: neither how many there are nor how many are filled."""
    execute(sa.insert(data_model().object("deal").table).values(id=1))
    some = replace(reader, rights=Rights(objects={"deal": {"view": "own"}}))

    page = text_of(ask(model.model_list, actor=some))
    row = found_in(r'id="object-deal">.*?Deals</a>(.*?)</tr>', page)

    assert re.findall(r'<td class="num r">(.*?)</td>', row)[0] == "–"
    assert "%" not in text_of(ask(object.object_page, "deal", actor=some, query="shares"))


def test_shows_properties_relations_and_pipelines(ask, admin):
    """C99: kind, flags; both names and limits."""
    page = text_of(ask(object.object_page, "deal"))
    assert re.search(r'id="property-stage".*?Stage.*?required.*?indexed', page)
    page = text_of(ask(object.object_relations, "deal"))
    assert "Deal &gt; Company" in page
    assert "Contact &gt; Deal" in page
    assert "Pending commitment" in text_of(ask(pipelines.object_pipelines, "deal"))

    deal = data_model().object("deal")
    rows = {row.association.name: row for row in overview.relation_rows(admin, data_model(), deal)}
    labels = {row.association.name: row for row in rows["deal_company"].labels}
    primary = labels["deal_primary_company"]
    assert (primary.most, primary.most_inverse) == ("1", "n")
    assert "primary" in primary.marks


def test_counts_how_many_are_filled_after_the_page_is_there(ask):
    """C99: reading records waits for a second request, so that the page comes at once."""
    deal = data_model().object("deal")
    column = deal.property("close_note").column
    execute(sa.insert(deal.table).values([{"id": 1, column: "x"}, {"id": 2, column: None}]))

    assert "%" not in found_in(
        r'id="property-close_note".*?</tr>', text_of(ask(object.object_page, "deal"))
    )
    page = text_of(ask(object.object_page, "deal", query="shares"))
    assert "50%" in found_in(r'id="property-close_note".*?</tr>', page)


def test_finds_properties_by_words(ask):
    """C99: on the page of an object type, and over all of them."""
    page = text_of(ask(object.object_page, "contact", query="q=phone"))
    assert "property-phone" in page
    assert "property-email" not in page
    page = text_of(ask(model.model_list, query="q=tax+id"))
    assert "/data-model/company/properties/tax_id/" in page
    assert "No property found" in text_of(ask(object.object_page, "contact", query="q=zzz"))


@pytest.mark.parametrize(("most", "words"), [(None, "n"), (1, "1"), (5, "≤ 5"), (1200, "≤ 1,200")])
def test_limits_in_words(most, words):
    """C100."""
    assert overview.limit_words(most) == words


def test_draws_a_graph(ask):
    """C100: a node per object with its number, an edge per association type with names, limits."""
    page = ask(model.model_graph).content.decode()
    spec = json.loads(found_in(r'<script id="graph"[^>]*>(.*?)</script>', page))
    nodes = {node["id"]: node for node in spec["nodes"]}
    assert len(nodes) == 8
    assert (nodes["contact"]["title"], nodes["contact"]["count"]) == ("Contacts", "0")
    assert nodes["company"]["fields"][0]["name"] == "Name"
    labels = [edge["label"] for edge in spec["edges"] if edge["source"] == "order"]
    assert labels[:2] == ["Order n – 1 Contact", "Order n – 1 Company"]
    assert "As a list" in page


def test_one_sees_only_what_one_may_view(ask, reader):
    """C101, C5: and nothing to change without the right."""
    few = replace(reader, rights=Rights(objects={"deal": {"view": "own"}}))
    page = text_of(ask(model.model_list, actor=few))
    assert "Deals" in page
    assert "Contacts" not in page
    assert "New object" not in page
    with pytest.raises(TresseError, match='no object type "contact"'):
        ask(object.object_page, "contact", actor=few)
    assert "New property" not in text_of(ask(object.object_page, "deal", actor=few))


def test_hidden_properties_are_absent(ask, reader):
    """C109."""
    rights = replace(reader.rights, properties={"deal": {"amount": "none"}})
    page = text_of(ask(object.object_page, "deal", actor=replace(reader, rights=rights)))
    assert "property-close_date" in page
    assert "property-amount" not in page


def test_adds_an_object_type(ask):
    """C5: the name is made from the label."""
    answer = ask(model.object_new, data={"label": "Ski lift", "plural": "Ski lifts"})
    assert answer.status_code == 302
    assert data_model().object("ski_lift").plural == "Ski lifts"


def test_adds_an_object_type_from_a_template(ask):
    """C8."""
    assert ask(model.object_new, data={"template": "space"}).status_code == 302
    assert data_model().object("space").has("floor_area")


def test_shows_a_refusal_in_the_form(ask):
    """C129: by its field, with status 422."""
    answer = ask(model.object_new, data={"label": "Contact", "plural": "People", "name": "human"})
    assert answer.status_code == 422
    assert "already has &quot;Contact&quot;" in text_of(answer)


def test_edits_an_object_type(ask):
    data: dict[str, Any] = {"label": "Person", "plural": "People", "icon": "users"}
    data |= {"colour": "teal", "title": "", "subtitle": "city", "search": ["email", "last_name"]}
    assert ask(object.object_settings, "contact", data=data).status_code == 302
    contact = data_model().object("contact")
    assert (contact.label, contact.subtitle) == ("Person", "city")
    assert contact.search == ("email", "last_name")


def test_adds_and_edits_a_property_with_options(ask, contact):
    """C9, C13."""
    data = {"label": "Fuel", "kind": "option", "options": "Petrol; Essence\n\nElectric"}
    assert ask(properties.property_new, "contact", data=data).status_code == 302
    fuel = data_model().object("contact").property("fuel")
    assert [(each.name, each.aliases) for each in fuel.options] == [
        ("petrol", ("Essence",)),
        ("electric", ()),
    ]
    data = {"label": "Fuel", "required": "on"}
    assert ask(properties.property_edit, "contact", "fuel", data=data).status_code == 302
    fuel = data_model().object("contact").property("fuel")
    assert fuel.is_required
    assert [each.label for each in fuel.options] == ["Petrol", "Electric"]
    assert ask(properties.property_archive, "contact", "fuel", data={}).status_code == 302
    assert property_named(contact, "fuel").is_archived
    refused = ask(properties.property_delete, "contact", "fuel", data={"typed_label": "x"})
    assert refused.status_code == 422
    answer = ask(properties.property_delete, "contact", "fuel", data={"typed_label": "Fuel"})
    assert answer.status_code == 302
    assert not data_model().object("contact").has("fuel")


def test_adds_edits_and_archives_a_relation(ask):
    """C34, C40."""
    data = {"to": "product", "forward_label": "Favourite", "inverse_label": "Fan"}
    assert ask(relations.relation_new, "contact", data=data).status_code == 302
    side = data_model().default_side("contact", "product")
    assert side is not None
    assert (side.association.name, side.label) == ("contact_product_favourite", "Favourite")
    name = side.association.name
    data |= {"max_forward": "3", "shares_timeline": "on", "is_default": "on"}
    assert ask(relations.relation_edit, "contact", name, data=data).status_code == 302
    assert data_model().association(name).max_forward == 3
    assert ask(relations.relation_archive, "contact", name, data={}).status_code == 302
    assert data_model().association(name).is_archived


def stages_posted(*rows):
    """The fields of the stage rows of a pipeline's form."""
    keys = ("name", "label", "kind", "probability")
    return {f"stage-{key}": [row.get(key, "") for row in rows] for key in keys}


def test_adds_and_edits_a_pipeline(ask):
    """C47, C50: a refusal stands in the form; the rows give the order."""
    won, lost = {"label": "Won", "kind": "won"}, {"label": "Lost", "kind": "lost"}
    twice = {"label": "Renewals", **stages_posted(won, {"label": "Also won", "kind": "won"})}
    answer = ask(pipelines.pipeline_new, "deal", data=twice)
    assert answer.status_code == 422
    assert "one won and one lost" in text_of(answer)
    rows = ({"label": "Due", "kind": "open", "probability": "30"}, won, lost, {"kind": "open"})
    data = {"label": "Renewals", **stages_posted(*rows)}
    assert ask(pipelines.pipeline_new, "deal", data=data).status_code == 302

    pipeline = data_model().object("deal").pipelines[1]
    assert [(each.name, each.probability) for each in pipeline.stages] == [
        ("due", 30),
        ("won", 100),
        ("lost", 0),
    ]
    due, late = {"name": "due", "label": "Soon", "kind": "open"}, {"label": "Late", "kind": "open"}
    won, lost = won | {"name": "won"}, lost | {"name": "lost"}
    data = {"label": "Renewal", **stages_posted(late, due, won, lost)}
    assert ask(pipelines.pipeline_edit, "deal", "renewals", data=data).status_code == 302
    labels = [each.label for each in data_model().object("deal").pipelines[1].stages]
    assert labels == ["Late", "Soon", "Won", "Lost"]
    assert ask(pipelines.stage_delete, "deal", "renewals", "late").status_code == 200
    assert ask(pipelines.stage_delete, "deal", "renewals", "late", data={}).status_code == 302
    assert "Late" not in [each.label for each in data_model().object("deal").pipelines[1].stages]


def test_archives_and_deletes_an_object_type(ask):
    """C6, C7."""
    ask(model.object_new, data={"label": "Boat", "plural": "Boats"})
    assert ask(object.object_archive, "boat", data={}).status_code == 302
    refused = ask(object.object_delete, "boat", data={"typed_label": "Bat"})
    assert (refused.status_code, "with 0 records and 0 links" in text_of(refused)) == (422, True)
    assert ask(object.object_delete, "boat", data={"typed_label": "Boat"}).status_code == 302
    assert "boat" not in [each.name for each in data_model().objects]


@pytest.mark.parametrize(
    ("view", "args"),
    [
        (model.object_new, ()),
        (object.object_settings, ("contact",)),
        (object.object_delete, ("contact",)),
        (properties.property_new, ("contact",)),
        (properties.property_edit, ("contact", "city")),
        (properties.property_delete, ("contact", "city")),
        (relations.relation_new, ("contact",)),
        (relations.relation_edit, ("contact", "contact_company")),
        (pipelines.pipeline_new, ("deal",)),
        (pipelines.pipeline_edit, ("deal", "sales")),
        (pipelines.stage_delete, ("deal", "sales", "new")),
    ],
)
def test_forms_need_the_right(ask, reader, view, args):
    """C101."""
    with pytest.raises(TresseError, match=r"model\.edit"):
        ask(view, *args, actor=reader)
    assert ask(view, *args).status_code == 200


def test_speaks_the_language_of_the_person(ask, contact, admin):
    """Shipped labels are translated, own ones are not."""
    add_property(contact, name="fax", label="Fax", kind="text", actor=admin)
    with override("pl"):
        page = text_of(ask(object.object_page, "contact"))
        relations_page = text_of(ask(object.object_relations, "contact"))
    assert "Data urodzenia" in page
    assert "Fax" in page
    assert "Kontakt &gt; Firma" in relations_page
