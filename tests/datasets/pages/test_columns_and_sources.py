"""Columns with their mapping, rules and merge; groups; sources in their order (D15, D31, D70)."""

import pytest

from tests.datasets.pages.conftest import text_of
from tresse.datasets.models import Dataset, RuleVersion
from tresse.datasets.stored import definition_of

pytestmark = pytest.mark.django_db


def definition():
    return definition_of(Dataset.objects.select_related("rules").get(name="people"))


def column(name):
    return next(each for each in definition().columns if each.name == name)


def test_columns_show_where_they_come_from_and_what_goes_nowhere(client, people):  # noqa: ARG001
    """D15: equal names and fields map by themselves; the rest is listed."""
    page = text_of(client.get("/datasets/people/columns/"))

    assert "till.mail" in page
    assert "shop.email" in page
    assert "else bronze" in page
    left = page.partition("Columns that go nowhere")[2].partition("</section>")[0]
    assert "take=seat" in left
    assert "take=mail" not in left


def test_a_column_is_tried_before_it_is_kept(client, people):  # noqa: ARG001
    """D31: before and after over what feeds it, counted over all."""
    there = "/datasets/people/column/?name=email"
    page = text_of(client.get(there))
    assert "by itself: mail" in page
    assert '<td class="is-changed"><span class="trunc" title="mary@x.fr">' in page
    assert "Of 4 values: 1 changed, 0 empty afterwards." in page

    tried = text_of(client.post(there, {"rule": ["email"], "act": "add:", "more": "upper"}))
    assert 'title="ADA@X.FR"' in tried
    assert [each.name for each in column("email").rules] == ["email"]


def test_a_column_is_saved_with_its_type_rules_mapping_and_fill(client, people):  # noqa: ARG001
    """D3, D15, D17: at once; what is not said of a feed stays as it maps by itself."""
    there = "/datasets/people/column/?name=tier"
    sent = {"type": "text", "semantic": "loyalty_tier", "rule": ["lower"], "fill": "none"}

    saved = client.post(there, {**sent, "from-till": "seat", "method": "latest", "save": "1"})

    assert saved.status_code == 302
    found = column("tier")
    assert (found.semantic, found.rules[0].name, found.fill) == ("loyalty_tier", "lower", "none")
    assert definition().sources[1].columns == {"tier": "seat"}
    assert "email (email)" in text_of(client.get(there))
    other = {**sent, "type": "integer", "rule": [], "method": "latest", "save": "1"}
    assert "tier" in text_of(client.post(there, other), 422).partition('role="alert"')[2]
    unknown = client.get("/datasets/people/column/?name=nothing")
    assert unknown.status_code == 404


def test_a_column_that_goes_nowhere_is_taken_in_and_given_back(client, people):  # noqa: ARG001
    """D15: a new column of one feed; "as its sources have it" takes away what was said."""
    there = "/datasets/people/column/?feed=till&take=seat"
    assert 'value="seat" selected' in text_of(client.get(there))

    sent = {"new_name": "seat", "from-till": "seat", "method": "latest", "save": "1"}
    assert client.post(there, sent).status_code == 302
    assert "till.seat" in text_of(client.get("/datasets/people/columns/"))

    client.post("/datasets/people/column/drop/", {"name": "seat"})
    assert all(each.name != "seat" for each in definition().columns)


def test_a_merge_of_a_built_dataset_becomes_a_draft(client, golden):
    """D66: merge is of the rules: what is changed is a draft until it is applied."""
    there = "/datasets/people/column/?name=first_name"
    sent = {"type": "text", "rule": [], "method": "source_priority", "save": "1"}

    client.post(there, {**sent, "priority": ["till", "shop"]})

    assert column("first_name").merge.method == "latest"
    draft = RuleVersion.objects.get(dataset=golden, applied_at=None)
    merge = draft.content["columns"]["first_name"]["merge"]
    assert merge == {"source_priority": ["till", "shop"]}
    page = text_of(client.get("/datasets/people/columns/"))
    assert "by source: till, shop" in page
    assert "What you see is the draft, rule version 2." in page
    client.post(there, {**sent, "method": "latest"})
    assert not RuleVersion.objects.filter(dataset=golden, applied_at=None).exists()


def test_groups_are_added_and_taken_away(client, people):  # noqa: ARG001
    """D72: at once while nothing was built; a column of two groups is refused."""
    page = text_of(client.get("/datasets/people/columns/"))
    assert "Taken only from a record that has street." in page

    group = {"name": "named", "column": ["first_name", "last_name"], "method": "source_priority"}
    assert client.post("/datasets/people/groups/", group).status_code == 302
    added = definition().groups[1]
    assert (added.columns, added.merge.sources) == (("first_name", "last_name"), ("shop", "till"))
    again = client.post("/datasets/people/groups/", {"name": "x", "column": ["city"]})
    assert "city" in text_of(again, 422).partition('role="alert"')[2]
    client.post("/datasets/people/groups/", {"drop": "address"})
    assert [each.name for each in definition().groups] == ["named"]


def test_sources_are_put_in_order_added_and_dropped(client, people):  # noqa: ARG001
    """D3: order = priority; buttons do without scripts what dragging does with them."""
    page = text_of(client.get("/datasets/people/sources/"))
    assert page.index('value="shop"') < page.index('value="till"')
    there, both = "/datasets/people/sources/", ["shop", "till"]

    client.post(there, {"feed": both, "act": "down:0"})
    assert [each.source for each in definition().sources] == ["till", "shop"]
    client.post(there, {"feed": both, "more": "orders_csv"})
    assert [each.source for each in definition().sources] == ["shop", "till", "orders_csv"]
    client.post(there, {"feed": [*both, "orders_csv"], "act": "drop:2"})
    assert [each.source for each in definition().sources] == both
    circle = client.post(there, {"feed": both, "more": "dataset:people"})
    assert 'role="alert"' in text_of(circle, 422)


def test_the_mapping_of_a_source_is_chosen_column_by_column(client, people):  # noqa: ARG001
    """D15: the same data as on the page of columns, seen from the source."""
    there = "/datasets/people/sources/till/"
    page = text_of(client.get(there))
    assert "by itself: email" in page
    assert "a new column seat" in page

    client.post(there, {"goes-seat": "+", "goes-phone": "-"})

    assert definition().sources[1].columns == {"seat": "seat", "phone": ""}
    page = text_of(client.get("/datasets/people/columns/"))
    assert "till.seat" in page
    assert "till.phone" not in page
    assert client.get("/datasets/people/sources/nothing/").status_code == 404
