"""Drafts of filters: what the editor's buttons do, and that nothing is lost or added on the way."""

import json
import random
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory

from tests.filters.samples import ODD
from tests.filters.test_random import NOWS, draw_filter
from tresse.filters.draft import draft_of, filter_of, text_of
from tresse.filters.editor import editor_of
from tresse.filters.texts import filter_in, yaml_of
from tresse.kernel.errors import TresseError

CITY = {"property": "city", "operator": "is", "value": "Lyon"}
NAME = {"property": "first_name", "operator": "contains", "value": "Jo"}
DEAL = {"linked": "deal", "filter": {"all": [{"property": "amount", "operator": "is", "value": 1}]}}


@pytest.fixture
def edit(model, ada):
    """The editor after fields were sent: `edit(filter, "remove 0", **{"0.value": "x"})`."""

    def sent(kept, order="", base="contact", **fields):
        data = QueryDict(mutable=True)
        data["filter_draft"] = text_of(draft_of(kept))
        data["filter_do"] = order
        for name, value in fields.items():
            data.setlist(f"filter.{name}", value if isinstance(value, list) else [value])
        request: Any = RequestFactory().get("/")
        request.actor, request.data_model = ada, model
        return editor_of(request, model.object(base), data=data)

    return sent


def test_a_filter_is_the_same_after_it_was_a_draft():
    """G72: groups of any depth; "not" of several stands as none of them."""
    drawn = random.Random(7)  # noqa: S311  for a test
    for _ in range(200):
        given = {"all": [draw_filter(drawn, NOWS[0]), DEAL]}
        root = draft_of(given)
        back, _ = filter_of(root)
        assert filter_of(draft_of(json.loads(text_of(root))))[0] == back
        assert as_plain(back) == as_plain(given)


def as_plain(node):
    """Lists as the "all" that they are short for; "not any" of one as "not"."""
    if isinstance(node, list):
        return {"all": [as_plain(each) for each in node]}
    for key in ("all", "any"):
        if key in node:
            return {key: [as_plain(each) for each in node[key]]}
    if "not" not in node:
        return node
    inside = as_plain(node["not"])
    is_one = len(inside.get("any", ())) == 1
    return {"not": inside["any"][0] if is_one else inside}


def test_every_place_of_a_filter_leads_to_its_node():
    """G38, G74: places are those that faults name; what is off takes none."""
    draft = {"all": [{"off": CITY}, NAME, {"not": {"any": [CITY, {"any": [DEAL]}]}}]}
    found, places = filter_of(draft_of(draft))

    assert found == {"all": [NAME, {"not": {"any": [CITY, {"any": [DEAL]}]}}]}
    assert places["all[0]"] == "1"
    assert places["all[1].not.any[0]"] == "2.0"
    assert places["all[1].not.any[1].any[0].filter.all[0]"] == "2.1.0.f.0"
    assert filter_of(draft_of({"all": [{"off": CITY}]}))[0] is None
    assert filter_of(draft_of(None))[0] is None


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("remove 0", {"all": [NAME, {"any": [CITY]}]}),
        ("copy 1", {"all": [CITY, NAME, NAME, {"any": [CITY]}]}),
        ("switch 1", {"all": [CITY, {"any": [CITY]}]}),
        ("switch 2", {"all": [CITY, NAME]}),
        ("wrap 1", {"all": [CITY, {"any": [NAME]}, {"any": [CITY]}]}),
        ("into 0 2", {"all": [NAME, {"any": [CITY, CITY]}]}),
        ("into 2.0 root", {"all": [CITY, NAME, {"any": []}, CITY]}),
        ("into 2 2", {"all": [CITY, NAME, {"any": [CITY]}]}),
        ("into 9 2", {"all": [CITY, NAME, {"any": [CITY]}]}),
        ("swap 1 " + json.dumps(CITY), {"all": [CITY, CITY, {"any": [CITY]}]}),
        ("add 2 " + json.dumps(NAME), {"all": [CITY, NAME, {"any": [CITY, NAME]}]}),
        ("add root {nonsense", {"all": [CITY, NAME, {"any": [CITY]}]}),
        ("group 2", {"all": [CITY, NAME, {"any": [CITY, {"all": []}]}]}),
        ("pick root", {"all": [CITY, NAME, {"any": [CITY]}]}),
        ("dance 1", {"all": [CITY, NAME, {"any": [CITY]}]}),
        ("clear", None),
    ],
)
def test_a_button_changes_the_draft(edit, order, wanted):
    """G72: remove, duplicate, switch off, nest, move, replace, add."""
    editor = edit({"all": [CITY, NAME, {"any": [CITY]}]}, order)
    assert editor.filter == wanted
    assert editor.is_edit


def test_nodes_move_only_between_groups_of_one_object(edit):
    """G23: a condition on the deal is none on the contact."""
    editor = edit({"all": [CITY, DEAL]}, "into 0 1.f")
    assert editor.filter == {"all": [CITY, DEAL]}
    assert [path for path, _ in editor.lines[0].targets] == []
    editor = edit({"all": [CITY, DEAL, {"any": []}]}, "into 1.f.0 root")
    assert editor.filter["all"][1] == DEAL


@pytest.mark.parametrize(
    ("kept", "operator", "value"),
    [
        (CITY, "is_not", "Lyon"),
        (CITY, "is_any_of", ["Lyon"]),
        (CITY, "is_empty", None),
        ({"property": "country", "operator": "is_any_of", "value": ["fr", "be"]}, "is", "fr"),
        ({"property": "birthday", "operator": "in_last", "value": "9 days"}, "in_next", "9 days"),
        ({"property": "birthday", "operator": "in_last", "value": "9 days"}, "on", "today"),
        (CITY, "is:property", {"property": ""}),
    ],
)
def test_a_new_operator_keeps_the_value_that_fits(edit, kept, operator, value):
    """G71: a value is kept, made a list or the first of it; else one begins anew."""
    fields = {"0.sent": "1", "0.operator": operator, "0.value": kept["value"]}
    if kept["property"] == "birthday":
        fields |= {"0.value.number": "9", "0.value.unit": "days"}
    [found] = edit({"all": [kept]}, **fields).filter["all"]

    assert found["operator"] == operator.removesuffix(":property")
    assert found.get("value") == value


def test_faults_stand_at_their_lines(edit):
    """G74: what nobody has filled yet is no fault, but asked for."""
    bad = {"property": "birthday", "operator": "on", "value": "soon"}
    fresh = {"property": "city", "operator": "contains"}
    linked = {"linked": "deal", "filter": {"any": [{**bad, "property": "close_date"}]}}
    editor = edit({"all": [{"off": bad}, bad, {"any": [fresh, linked]}, {"any": []}, {"lst": 1}]})

    assert list(editor.faults) == ["1", "2.0", "2.1.f.0", "3", "4"]
    assert editor.faults["1"] == 'Birthday needs a date, not "soon".'
    assert editor.incomplete == {
        "2.0": "Give a value.",
        "3": "This group is empty. Add a condition.",
    }
    assert editor.good is None
    assert editor.words == ""


def test_the_list_offers_everything_with_the_words_it_is_known_by(edit):
    """G70: own properties by group, linked ones, relations, activities, former labels."""
    editor = edit(None, "pick root", base="deal")
    groups = {
        group: [offer.label for offer, _, _ in entries] for group, _, entries in editor.picked
    }

    assert "Amount" in [label for labels in groups.values() for label in labels]
    assert "Industry" in groups["Primary company"]
    assert "Contacts" in groups["Linked records"]
    assert groups["Activities"][:2] == ["Any activity", "Note"]
    [words] = [
        words
        for _, _, entries in editor.picked
        for offer, order, words in entries
        if order.startswith('add root {"property": "amount"')
    ]
    assert "montant" in words


def test_an_inner_list_offers_the_properties_of_what_is_linked(edit):
    """G21, G71: conditions on the deal; three links away there are no more links."""
    editor = edit({"all": [DEAL]}, "pick 0.f")
    orders = [order for _, _, entries in editor.picked for _, order, _ in entries]
    assert any(order.startswith('add 0.f {"property": "amount"') for order in orders)
    deep = {"linked": "contact", "filter": {"linked": "deal", "filter": {"linked": "contact"}}}
    editor = edit({"all": [deep]}, "inner 0.f.0.f.0")
    assert editor.state.picking == "0.f.0.f.0.f"
    orders = [order for _, _, entries in editor.picked for _, order, _ in entries]
    assert not any('"linked"' in order for order in orders)


def test_text_is_copied_and_pasted_as_json_or_yaml():
    """G74."""
    given = {"all": [CITY, {"property": "birthday", "operator": "on", "value": "2026-03-01"}]}
    assert filter_in(yaml_of(given)) == filter_in(json.dumps(given)) == given
    assert filter_in("- property: city\n  operator: is\n  value: 2026-03-01\n")[0]["value"] == (
        "2026-03-01"
    )
    assert filter_in("  ") is None
    with pytest.raises(TresseError, match=r"cannot be read as JSON or YAML, from line 2 on\."):
        filter_in("all:\n  - {x")


@pytest.mark.parametrize(
    "text", ["7", '"x"', '{"all": 7}', '{"not": null}', "[[[[[]]]]]", "[null]"]
)
def test_what_is_no_filter_is_shown_as_it_is(edit, text):
    """G6, G74: it can be removed."""
    editor = edit(json.loads(text))
    assert [part.text for part in editor.all if not part.is_card] or editor.all
    assert edit(json.loads(text), "clear").filter is None


@pytest.mark.parametrize("sort", ["all", "any", "not", "off"])
def test_nothing_that_was_sent_breaks_the_editor(edit, sort):
    """G6, G74: whatever stands in the field, in a path or in an order."""
    drawn = random.Random(sort)  # noqa: S311  for a test
    orders = ("pick", "add", "swap", "group", "remove", "copy", "switch", "wrap", "into", "inner")
    paths = ("root", "0", "1.0", "0.f", "0.f.0", "x", "1.f.f", "-1", "")
    values = ("", "1", "is", "is_any_of", "none", "soon", "{", "back", "is:property", "9" * 40)
    keys = ("sent", "operator", "value", "value.anchor", "value.number", "in.sort", "by", "sort")
    for _ in range(12):
        parts = drawn.sample(ODD, 2)
        kept = {sort: parts if sort in {"all", "any"} else parts[0]}
        order = f"{drawn.choice(orders)} {drawn.choice(paths)} {json.dumps(drawn.choice(ODD))}"
        fields = {f"{drawn.choice(paths)}.{drawn.choice(keys)}": drawn.choice(values)}
        fields |= {f"0.{key}": drawn.choice(values) for key in drawn.sample(keys, 3)}

        editor = edit(kept, order, **fields)
        source = render_to_string("filters/_editing.html", {"editor": editor})
        assert 'name="filter_draft"' in source, (kept, order, fields)
        assert editor.good is None or editor.words
