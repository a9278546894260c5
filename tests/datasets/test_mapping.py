"""Which column of a source goes where in a dataset, as what: plans (D15 to D17)."""

from dataclasses import replace

import pytest

from tresse.datasets.mapping import Fed, mapped, planned
from tresse.datasets.parsing import parsed
from tresse.kernel.errors import TresseError
from tresse.sources.semantics import OF_ENTITY

pytestmark = pytest.mark.django_db
CRM = Fed(
    "crm",
    "contacts",
    {"id": "integer", "email": "text", "first_name": "text", "note": "text", "born": "date"},
    {"id": "record_id", "email": "email", "first_name": "first_name", "born": "birth_date"},
)
SHOP = Fed(
    "shop",
    "contacts",
    {"no": "integer", "mail": "text", "prenom": "text", "note": "text", "vip": "boolean"},
    {"no": "customer_id", "mail": "email", "prenom": "first_name"},
)
ORDERS = Fed(
    "orders",
    "orders",
    {"order_no": "text", "mail": "text", "amount": "decimal"},
    {"order_no": "order_id", "mail": "email", "amount": "amount"},
)


def dataset(**keys):
    return parsed({"name": "contacts", "entity": "contacts", **keys})


def names(plan):
    return [each.column.name for each in plan.columns]


def refused(definition, *feeds):
    with pytest.raises(TresseError) as found:
        planned(definition, feeds)
    return found.value.code, found.value.message


def test_semantic_fields_map_by_themselves_and_the_rest_is_listed():
    """D15: equal names and semantic fields map by themselves; the rest is listed."""
    found = mapped(dataset(), [CRM, SHOP])

    assert names(found.plan) == ["record_id", "email", "first_name", "birth_date", "customer_id"]
    assert found.columns["crm"] == {
        "record_id": "id",
        "email": "email",
        "first_name": "first_name",
        "birth_date": "born",
    }
    assert found.columns["shop"] == {"email": "mail", "first_name": "prenom", "customer_id": "no"}
    assert found.unmapped == {"crm": ("note",), "shop": ("note", "vip")}
    assert found.plan.sources == ("crm", "shop")


def test_a_column_called_as_a_semantic_field_maps_by_itself():
    """D15: equal names map; without it a guard by first names would not see them."""
    bare = replace(CRM, semantics={}, types={"email": "text", "first_name": "text", "tier": "text"})

    found = mapped(dataset(), [bare])

    assert names(found.plan) == ["email", "first_name"]
    assert [each.column.semantic for each in found.plan.columns] == ["email", "first_name"]
    assert found.unmapped == {"crm": ("tier",)}


def test_equal_names_map_once_a_definition_names_the_column():
    """D15: a column that the definition names is taken from those of the same name."""
    found = mapped(dataset(columns=["Note", "email"]), [CRM, SHOP])

    assert names(found.plan)[:2] == ["Note", "email"]
    assert found.columns["crm"]["Note"] == found.columns["shop"]["Note"] == "note"
    assert found.unmapped == {"crm": (), "shop": ("vip",)}


def test_what_is_said_of_a_source_goes_before_what_is_guessed():
    """D3, D15: `columns: {dataset column: source column}`, or null for none of this source."""
    definition = dataset(
        sources=[
            {"source": "crm", "columns": {"email": None, "login": "email"}},
            {"source": "shop", "columns": {"is_vip": "vip"}},
        ]
    )
    found = mapped(definition, [CRM, SHOP])

    assert found.columns["crm"]["login"] == "email"
    assert "email" not in found.columns["crm"]
    assert found.columns["shop"]["is_vip"] == "vip"
    assert found.columns["shop"]["login"] == "mail"
    assert found.plan.of("login").column.semantic == "email"


def test_a_column_named_anywhere_in_the_definition_is_one():
    """D3: columns of groups, keys, limits and guards are columns, described or not."""
    definition = dataset(
        groups=[{"name": "g", "columns": ["note", "email"]}],
        identity={"keys": [["vip"]], "separate": ["born"]},
    )
    plan = planned(definition, [CRM, SHOP])

    assert names(plan)[:4] == ["note", "email", "vip", "born"]
    assert plan.of("born").column.semantic == "birth_date"
    assert [each.column.name for each in plan.matched] == ["vip", "born", "first_name"]


def test_a_source_of_another_entity_feeds_what_its_mapping_names():
    """D2: an order file with the buyer's e-mail feeds `orders` and `contacts`."""
    definition = dataset(
        sources=[{"source": "crm"}, {"source": "orders", "columns": {"email": "mail"}}]
    )
    found = mapped(definition, [CRM, ORDERS])

    assert found.columns["orders"] == {"email": "mail"}
    assert found.unmapped["orders"] == ("order_no", "amount")
    orders = mapped(parsed({"name": "orders"}), [ORDERS])
    assert names(orders.plan) == ["order_id", "amount"]


def test_each_field_is_held_by_one_column():
    """D17: a column may carry one semantic field, each field once per dataset."""
    mail = {"columns": [{"name": "login", "semantic": "email"}]}
    plan = planned(dataset(**mail), [CRM, SHOP])

    assert plan.with_field("email").column.name == "login"
    assert "email" not in names(plan)
    with pytest.raises(TresseError) as found:
        dataset(columns=[{"name": name, "semantic": "email"} for name in ("a", "b")])
    assert found.value.code == "semantic_taken"


def test_a_column_called_as_a_field_holds_it():
    """D17: also where no source says what its own column holds."""
    plain = Fed("till", "contacts", {"phone": "text", "tel2": "text"})
    plan = planned(dataset(identity={"keys": [["phone"]]}), [plain])

    assert plan.of("phone").column.semantic == "phone"
    assert names(plan) == ["phone"]


def test_an_entity_of_ones_own_has_all_columns():
    """D1: own entities can be added; they have no fields by which columns could be told."""
    seats = Fed("seats", "webinars", {"seat": "integer", "Room": "text", "_sequence": "integer"})

    assert names(planned(parsed({"name": "webinars"}), [seats])) == ["seat", "Room"]


@pytest.mark.parametrize(
    ("here", "there"),
    [("integer", "decimal"), ("integer", "number"), ("decimal", "number"), ("json", "text")]
    + [(name, "text") for name in ("integer", "decimal", "number", "boolean", "date", "list")],
)
def test_types_convert_upwards_and_to_text(here, there):
    """D16: integer to decimal to number, and anything to text."""
    definition = dataset(columns=[{"name": "x", "type": there}])

    assert planned(definition, [Fed("a", "contacts", {"x": here})]).of("x").type == there


def test_other_types_do_not_agree():
    """D16: types must agree; else `type_mismatch`, both types named."""
    first, second = (Fed(n, "contacts", {"x": t}) for n, t in (("a", "integer"), ("b", "date")))

    code, message = refused(dataset(columns=["x"]), first, second)
    assert code == "type_mismatch"
    assert message.startswith('contacts: the column "x" is integer, and "x" of b is date.')
    assert refused(dataset(columns=["x"]), first, Fed("b", "contacts", {"x": "decimal"}))[0] == (
        "type_mismatch"
    )
    wide = dataset(columns=[{"name": "x", "type": "decimal"}])
    assert planned(wide, [first, Fed("b", "contacts", {"x": "decimal"})]).of("x").type == "decimal"


def test_a_rule_may_change_the_type_of_a_column():
    """D11, D16: sources meet in the type before the rules; the dataset has what comes of them."""
    definition = dataset(columns=[{"name": "note", "rules": ["boolean"]}])
    planned_ = planned(definition, [CRM]).of("note")

    assert (planned_.column.type, planned_.type) == ("text", "boolean")
    rounded = {"name": "born", "rules": [{"round": {"places": 2}}]}
    assert refused(dataset(columns=[rounded]), CRM)[0] == "rule_takes_other_type"


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"name": "note", "merge": "sum"}, "sum takes integer, decimal, number"),
        ({"name": "vip", "merge": "longest"}, 'longest takes text, and "vip" is boolean'),
        ({"name": "vip", "fill": "yes"}, '"yes" does not fit into "vip", which is boolean'),
        ({"name": "born", "fill": "soon"}, '"soon" does not fit into "born", which is date'),
        ({"name": "note", "merge": "union", "fill": "x"}, 'into "note", which is list'),
    ],
)
def test_merge_and_fill_go_with_the_type(column, words):
    """D31, D70: what a method takes; a fill is a value of the column after the merge."""
    code, message = refused(dataset(columns=[column]), CRM, SHOP)

    assert code == "wrong_value"
    assert words in message


def test_refuses_columns_that_nothing_feeds():
    """D15: a column that no source has, or that a mapping names and its source lacks."""
    assert refused(dataset(columns=["emial"]), CRM) == (
        "column_missing",
        'contacts: no source feeds the column "emial". Map a column of a source to it, or take it '
        'away. Did you mean "email"?',
    )
    wrong = dataset(sources=[{"source": "shop", "columns": {"email": "mial"}}])
    assert refused(wrong, SHOP) == (
        "column_missing",
        'contacts: sources shop.email: the source shop has no column "mial". Did you mean "mail"?',
    )
    assert names(mapped(dataset(columns=["x"]), [CRM], is_partial=True).plan)[0] == "record_id"


@pytest.mark.parametrize("entity", sorted(OF_ENTITY))
def test_every_semantic_field_of_an_entity_maps_by_itself(entity):
    """D20: the complete list; each field is a column of that name, whatever its source calls it."""
    fields = OF_ENTITY[entity]
    types = {f"x{number}": "text" for number in range(len(fields))}
    fed = Fed("a", entity, types, dict(zip(types, fields, strict=True)))
    plan = planned(parsed({"name": "all", "entity": entity}), [fed])

    assert names(plan) == list(fields)
    assert [each.column.semantic for each in plan.columns] == list(fields)
