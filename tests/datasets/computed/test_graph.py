"""Which computed column is made of which, over all datasets; circles and paths (D110, D120)."""

import pytest

from tests.datasets.computed.drawn import known, library, refused
from tresse.datasets.computed.graph import called, drawing_of, graph_of
from tresse.datasets.layout import AGGREGATE, FORMULA, SCORE
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def scores():
    with library():
        yield


def total(**more):
    return {"name": "total", "over": "orders", "do": "sum", "column": "net_amount", **more}


def formula(name, sql, **more):
    return {"name": name, "sql": sql, **more}


def strata(graph):
    return [[f"{n.dataset}.{called(n.item)}" for n in stratum] for stratum in graph.strata]


def node_of(graph, dataset, name):
    nodes = [node for stratum in graph.strata for node in stratum]
    return next(n for n in nodes if n.dataset == dataset and called(n.item) == name)


def fault(**said):
    with pytest.raises(TresseError) as found:
        graph_of(known(**said))
    return refused(found.value)


def aggregate_fault(**more):
    return fault(contacts={"aggregates": [total(**more)]})


def test_each_column_comes_after_what_it_is_made_of():
    """D120: formulas, aggregates and scores form one graph by column over all datasets."""
    graph = graph_of(
        known(
            contacts={
                "computed": [formula("share", "total / spent"), formula("mail", "lower(email)")],
                "aggregates": [total(column="rounded")],
                "scores": [{"score": "spent"}],
            },
            orders={"computed": [formula("rounded", "round(net_amount, 0)")]},
        )
    )

    assert strata(graph) == [
        ["contacts.mail", "contacts.spent", "orders.rounded"],
        ["contacts.total"],
        ["contacts.share"],
    ]
    assert graph.reads == {"contacts": {"orders"}, "orders": set()}


def test_columns_are_numbered_by_formulas_aggregates_scores():
    """D120: each in the order of the definition, whatever is worked out first."""
    graph = graph_of(
        known(
            contacts={
                "computed": [formula("share", "total / spent"), formula("mail", "lower(email)")],
                "aggregates": [total()],
                "scores": [{"score": "spent"}, {"score": "marks", "prefix": "my_"}],
            },
        )
    )

    assert [(w.number, w.name, w.type, w.sort, w.of) for w in graph.worked("contacts")] == [
        (0, "share", "number", FORMULA, ""),
        (1, "mail", "text", FORMULA, ""),
        (2, "total", "decimal", AGGREGATE, ""),
        (3, "spent", "decimal", SCORE, "spent"),
        (4, "spent_label", "text", SCORE, "spent"),
        (5, "my_marks", "integer", SCORE, "my_marks"),
    ]
    assert graph.worked("orders") == ()


def test_an_aggregate_uses_the_relations_it_goes_over_and_the_column_of_time():
    """D110: a path of relations to many rows, then over to-one relations; D112: its time."""
    lines = {
        "name": "food",
        "over": "orders.items",
        "do": "count",
        "column": "product.category",
        "where": "product.price > 10 and quantity > 1",
        "on": "order.ordered_at",
    }
    graph = graph_of(known(contacts={"aggregates": [total(), lines]}))

    assert node_of(graph, "contacts", "total").uses == {
        ("orders", "contact_id"),
        ("orders", "net_amount"),
        ("orders", "ordered_at"),
    }
    assert node_of(graph, "contacts", "food").uses == {
        ("orders", "contact_id"),
        ("orders", "ordered_at"),
        ("order_items", "order_id"),
        ("order_items", "product_id"),
        ("order_items", "quantity"),
        ("products", "category"),
        ("products", "price"),
    }


def test_a_score_uses_the_fields_it_needs_of_related_datasets():
    """SC2: by semantic field, over the relation by which their rows belong to it."""
    graph = graph_of(
        known(contacts={"scores": [{"score": "spent", "where": "tags is null"}]})
    )  # fmt: skip
    node = node_of(graph, "contacts", "spent")

    assert {("orders", "contact_id"), ("orders", "net_amount"), ("orders", "tags")} <= node.uses
    assert ("contacts", "created_at") in node.uses
    assert {dataset for dataset, _ in node.uses} == {"contacts", "orders"}
    assert node.has_time


def test_scores_of_lines_read_orders_lines_and_products():
    """SC2: lines lead to orders, and on to what products tell of them."""
    drawn = drawing_of(known(contacts={"scores": [{"score": "margin_total"}]}))
    node = node_of(drawn.graph, "contacts", "margin_total")

    leads = {("orders", "contact_id"), ("order_items", "order_id"), ("order_items", "product_id")}
    assert leads | {("products", "category"), ("order_items", "quantity")} <= node.uses
    assert drawn.missing == {("contacts", "margin_total"): [("order_items", "cost")]}


def test_a_column_with_a_semantic_field_is_worked_out_before_scores_that_read_it():
    """SC2, D120: a computed column may hold the field that a score needs."""
    said = known(
        contacts={"scores": [{"score": "spent"}]},
        orders={"computed": [formula("worth", "net_amount * 2", semantic="amount")]},
    )

    assert strata(graph_of(said)) == [["orders.worth"], ["contacts.spent"]]


def test_only_what_goes_by_the_clock_has_time():
    """D81, SC10: what a build must work out again though nothing came."""
    graph = graph_of(
        known(
            contacts={
                "computed": [
                    formula("age", "datediff_days(created_at, today())"),
                    formula("mail", "lower(email)"),
                ],
                "aggregates": [total()],
                "scores": [{"score": "spent"}, {"score": "marks"}],
            },
            products={
                "aggregates": [{"name": "sold", "over": "order_items", "do": "count"}],
            },
        )
    )

    times = {called(n.item): n.has_time for stratum in graph.strata for n in stratum}
    # Of orders later than the moment none counts; lines have no time.
    assert times == {
        "age": True, "mail": False, "total": True, "spent": True, "marks": False, "sold": False,
    }  # fmt: skip


def test_types_are_those_of_what_is_done():
    """D110: counts are whole, a mean is a decimal, a list is a list, others as the column."""
    does = [
        ("sum", "net_amount", "decimal"),
        ("sum", "weight", "number"),
        ("count", "", "integer"),
        ("count", "channel", "integer"),
        ("count_distinct", "channel", "integer"),
        ("avg", "weight", "decimal"),
        ("min", "ordered_at", "datetime"),
        ("max", "channel", "text"),
        ("first", "paid", "boolean"),
        ("last", "tags", "list"),
        ("most_frequent", "channel", "text"),
        ("list", "channel", "list"),
    ]
    aggregates = [
        {"name": f"a{number}", "over": "orders", "do": do, "column": column or None}
        for number, (do, column, _) in enumerate(does)
    ]
    graph = graph_of(known(contacts={"aggregates": aggregates}))

    assert [each.type for each in graph.worked("contacts")] == [type_ for *_, type_ in does]


def test_formulas_have_the_types_of_their_results():
    """D106: saving type-checks."""
    texts = ["points + 1", "points / 2", "upper(email)", "created_at is null", "today()", "null"]
    texts += ["coalesce(created_at, now())"]
    graph = graph_of(
        known(contacts={"computed": [formula(f"f{n}", text) for n, text in enumerate(texts)]})
    )

    found = [each.type for each in graph.worked("contacts")]
    assert found == ["integer", "number", "text", "boolean", "date", "text", "datetime"]


def test_two_datasets_may_use_each_other():
    """D120: without a circle of columns they are fine."""
    best = {"name": "best", "over": "items", "do": "sum", "column": "order.contact.total"}
    graph = graph_of(
        known(contacts={"aggregates": [total()]}, orders={"aggregates": [best]}),
    )

    assert strata(graph) == [["contacts.total"], ["orders.best"]]
    assert graph.reads["orders"] == {"contacts", "order_items"}


def test_a_circle_is_refused_with_its_path():
    """D120: `formula_cycle`."""
    back = {"name": "share", "over": "items", "do": "sum", "column": "order.contact.total"}

    assert fault(
        contacts={"aggregates": [total(column="share")]}, orders={"aggregates": [back]}
    ) == (
        "formula_cycle",
        "A computed column cannot be made of itself: "
        "contacts.total → orders.share → contacts.total.",
    )
    assert fault(contacts={"computed": [formula("a", "b + 1"), formula("b", "a + 1")]}) == (
        "formula_cycle",
        "A computed column cannot be made of itself: contacts.a → contacts.b → contacts.a.",
    )
    assert fault(contacts={"computed": [formula("a", "a + 1")]})[0] == "formula_cycle"


def test_paths_that_are_not_there_are_refused_with_the_nearest():
    """D110: `over` is a path of relations to many rows, named by their inverse."""
    assert aggregate_fault(over="order") == (
        "unknown_reference",
        'There is no relation to many rows of contacts "order". Did you mean "orders"?',
    )
    assert aggregate_fault(over="orders.lines") == (
        "unknown_reference",
        'There is no relation to many rows of orders "lines". Did you mean "items"?',
    )
    assert aggregate_fault(column="net_amont") == (
        "column_missing",
        'contacts: total.column: orders has no column "net_amont". Did you mean "net_amount"?',
    )
    assert aggregate_fault(column="contct.email")[0] == "unknown_reference"
    assert aggregate_fault(column="contact.mail")[0] == "column_missing"


def test_a_step_to_many_rows_is_no_column():
    """D110: one path each, else `mixed_paths`."""
    code, sentence = aggregate_fault(column="items.quantity")

    assert code == "mixed_paths"
    assert '"items.quantity" does not belong to the rows of orders' in sentence
    assert aggregate_fault(where="items.quantity > 1")[0] == "mixed_paths"


def test_a_formula_may_hold_aggregates():
    """D110: `SUM(orders.net_amount) FILTER (WHERE …)`, with the same needs and refusals."""
    text = "points + SUM(orders.net_amount) FILTER (WHERE orders.channel = 'web') / COUNT(orders)"
    graph = graph_of(known(contacts={"computed": [formula("mean", text)]}))
    node = node_of(graph, "contacts", "mean")

    assert node.uses == {
        ("contacts", "points"),
        ("orders", "contact_id"),
        ("orders", "net_amount"),
        ("orders", "channel"),
        ("orders", "ordered_at"),
    }
    assert (node.columns[0].type, node.has_time) == ("number", True)

    def refusal(text):
        return fault(contacts={"computed": [formula("mean", text)]})

    assert refusal("SUM(orders.net_amount) FILTER (WHERE points > 1)")[0] == "mixed_paths"
    assert refusal("SUM(points)")[0] == "formula_aggregate"
    assert refusal("SUM(orders.net)")[0] == "column_missing"
    assert refusal("SUM(orders.channel) + 1") == (
        "wrong_value",
        'contacts: mean: sum takes integer, decimal, number, and "channel" is text.',
    )
    assert refusal("upper(SUM(orders.net_amount))") == (
        "formula_type",
        "contacts: mean: SUM(orders.net_amount) is a number; upper needs text (character 7).",
    )
    assert refusal("SUM(orders.best)")[0] == "column_missing"


def test_lines_of_an_order_are_of_its_time():
    """D112: rows without a time of their own have that of what they belong to."""
    first = {"name": "first", "over": "orders.items", "do": "first", "column": "quantity"}
    graph = graph_of(known(contacts={"aggregates": [first]}))

    assert ("orders", "ordered_at") in node_of(graph, "contacts", "first").uses


def test_what_tresse_writes_may_be_named():
    """D4, D100: `_id`, `_members` and their like are columns of every row."""
    texts = ["_members > 1", "_id", "list_length(_sources)"]
    items = [formula(f"f{number}", text) for number, text in enumerate(texts)]
    graph = graph_of(known(contacts={"computed": items}))

    assert [each.type for each in graph.worked("contacts")] == ["boolean", "text", "integer"]


def test_a_relation_without_an_inverse_is_called_as_its_dataset():
    """D110: if that is one relation."""
    sold = {"name": "sold", "over": "order_items", "do": "sum", "column": "quantity"}
    graph = graph_of(known(products={"aggregates": [sold]}))

    assert graph.worked("products")[0].type == "integer"
    twice = [
        {"name": "product", "to": "products"},
        {"name": "spare", "to": "products"},
    ]
    assert fault(products={"aggregates": [sold]}, order_items={"relations": twice}) == (
        "wrong_value",
        'products: sold: several relations to products are called "order_items": '
        "order_items.product, order_items.spare. Give each an inverse of its own.",
    )


def test_what_is_done_must_fit_the_column():
    """D110: sums of numbers, windows over times."""
    assert aggregate_fault(column="channel") == (
        "wrong_value",
        'contacts: total: sum takes integer, decimal, number, and "channel" is text.',
    )
    assert aggregate_fault(on="channel", window={"last": "2 years"}) == (
        "wrong_value",
        'contacts: total: "channel" is text; a window needs a date or a time.',
    )
    first = {"name": "sold", "over": "order_items", "do": "first", "column": "quantity"}
    assert fault(products={"aggregates": [first]}) == (
        "wrong_value",
        'products: sold: order_items has no column of time that is known. Name one with "on".',
    )


def test_a_condition_is_true_or_false_over_the_rows():
    """D110, G66: a formula, or a filter, over columns of the last step."""
    assert aggregate_fault(where="net_amount + 1") == (
        "formula_type",
        "contacts: total.where: net_amount + 1 is a number; where needs true or false "
        "(character 1).",
    )
    assert aggregate_fault(where="email = 'a'")[0] == "column_missing"
    assert aggregate_fault(where="net_amount >")[0] == "formula_syntax"
    shop = {"property": "channel", "operator": "is", "value": "shop"}
    graph = graph_of(known(contacts={"aggregates": [total(where=shop)]}))
    assert ("orders", "channel") in node_of(graph, "contacts", "total").uses
    unknown = {"property": "chanel", "operator": "is", "value": "shop"}
    assert aggregate_fault(where=unknown)[0] == "unknown_property"


def test_refusals_of_formulas_keep_their_position_and_say_whose():
    """D104: a sentence with the position."""
    with pytest.raises(TresseError) as found:
        graph_of(known(contacts={"computed": [formula("mail", "points + emial")]}))

    error = found.value
    assert refused(error) == (
        "formula_column",
        'contacts: mail: There is no column "emial" (character 10). Did you mean "email"?',
    )
    assert error.details["position"] == 10
    assert error.details["place"] == "datasets contacts: mail"
    spent = {"computed": [formula("mail", "spnt > 10")], "scores": [{"score": "spent"}]}
    drawn = drawing_of(known(contacts=spent))
    assert drawn.faults["contacts", "mail"].message == (
        'contacts: mail: There is no column "spnt" (character 1). Did you mean "spent"?'
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SUM(points)", "SUM is not possible here (character 1): it needs rows that a relation"),
        ("(SELECT 1)", "A query is not possible here (character 1). Declare a relation"),
        ("points OVER ()", "OVER is not possible here (character 8). Declare a relation"),
        ("points JOIN orders", "JOIN is not possible here (character 8). Declare a relation"),
    ],
)
def test_refusals_of_formulas_lead_to_relations_and_aggregates(text, words):
    """D104: datasets have no rollups, and formulas see what relations lead to."""
    with pytest.raises(TresseError) as found:
        graph_of(known(contacts={"computed": [formula("sum", text)]}))

    assert found.value.message.startswith(f"contacts: sum: {words}")
    assert found.value.message.endswith("an aggregate such as SUM(orders.amount).")


def test_names_of_all_computed_columns_differ():
    """D120: from each other, from what is mapped, those of scores too."""
    assert fault(contacts={"computed": [formula("points", "1")]})[0] == "column_repeated"
    assert fault(contacts={"computed": [formula("Points", "1")]})[0] == "columns_alike"
    taken = {"computed": [formula("mail", "lower(email)", semantic="email")]}
    assert fault(contacts=taken)[0] == "semantic_taken"
    said = {"computed": [formula("spent_label", "'x'")], "scores": [{"score": "spent"}]}
    assert fault(contacts=said) == (
        "column_repeated",
        'contacts has the column "spent_label" twice. Keep one of them.',
    )
    said["scores"] = [{"score": "spent", "prefix": "my_"}]
    assert len(graph_of(known(contacts=said)).worked("contacts")) == 3


def test_what_is_not_known_yet_is_nobodys_fault():
    """D106: types are checked as far as columns are known."""
    said = known(
        contacts={
            "computed": [formula("double", "total * 2"), formula("bad", "points + email")],
            "aggregates": [total(column="unread"), total(name="other", over="nothing")],
        }
    )
    drawn = drawing_of(said, unsure=["orders"])

    assert [(name, error.code) for (_, name), error in drawn.faults.items()] == [
        ("bad", "formula_type"),
        ("other", "unknown_reference"),
    ]
    assert strata(drawn.graph) == [["contacts.total"], ["contacts.double"]]
