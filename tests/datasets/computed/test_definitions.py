"""Computed columns in definitions: read, refused in words, and said again (D3, D110, SC3)."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tresse.datasets.definition import Aggregate, DatasetDefinition, Formula, ScoreUse, Window
from tresse.datasets.parsing import parsed
from tresse.datasets.parsing_computed import DOES, PERIODS, UNITS
from tresse.datasets.saying import joined, said, split
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
CONTACTS = yaml.safe_load("""
name: contacts
entity: contacts
relations: [{name: store, to: stores}]
columns: [{name: email, semantic: email}]
computed:
  - {name: share, sql: "spent / nullif(orders, 0)"}
  - {name: value, sql: upper(email), semantic: customer_id}
aggregates:
  - {name: spent, over: orders, do: sum, column: net_amount}
  - name: food
    over: [orders, items]
    do: most_frequent
    column: product.category
    where: order.channel = 'web'
    window: {last: 2 years, on: order.ordered_at}
  - {name: first, over: orders, do: first, column: amount, on: paid_at}
  - {name: number, over: orders, do: count, window: {from: 2026-01-01, to: 2026-03-31}}
  - {name: lately, over: orders, do: count, window: {this: month}}
  - {name: before, over: orders, do: count, window: {previous: year}, where: {formula: paid}}
scores:
  - {score: rfm, settings: {bins: 5, window: 24 months}, freeze: true}
  - {score: purchase_gap, settings: {shrink: 2}, prefix: shop_, where: "channel = 'web'"}
  - {score: revenue_12m, window: {last: 90 days}}
""")
NAME = {"name": "contacts"}


def refused(**keys):
    with pytest.raises(TresseError) as found:
        parsed(NAME | keys)
    return found.value.code, found.value.message


def formula(**keys):
    return refused(computed=[{"name": "x", "sql": "1", **keys}])


def aggregate(**keys):
    return refused(aggregates=[{"name": "x", "over": "orders", "do": "count", **keys}])


def score(**keys):
    return refused(scores=[{"score": "rfm", **keys}])


def test_every_part_of_it_is_a_value():
    """D100, D110, D112, SC3, SC4: formulas, aggregates with windows, uses of scores."""
    found = parsed(CONTACTS)

    assert found.computed[1] == Formula("value", "upper(email)", "customer_id")
    assert found.aggregates == (
        Aggregate("spent", ("orders",), "sum", "net_amount"),
        Aggregate(
            "food",
            ("orders", "items"),
            "most_frequent",
            "product.category",
            "order.channel = 'web'",
            Window(last=(2, "years"), on="order.ordered_at"),
        ),
        Aggregate("first", ("orders",), "first", "amount", window=Window(on="paid_at")),
        Aggregate(
            "number",
            ("orders",),
            "count",
            window=Window(start=date(2026, 1, 1), end=date(2026, 3, 31)),
        ),
        Aggregate("lately", ("orders",), "count", window=Window(this="month")),
        Aggregate("before", ("orders",), "count", "", "paid", Window(previous="year")),
    )
    assert found.scores == (
        ScoreUse("rfm", {"bins": 5, "window": "24 months"}, is_frozen=True),
        ScoreUse("purchase_gap", {"shrink": 2}, "shop_", "channel = 'web'"),
        ScoreUse("revenue_12m", {"window": {"last": "90 days"}}),
    )


def test_it_is_said_again_and_read_again():
    """D3: said as a file has it, without what goes without saying."""
    definition = parsed(CONTACTS)
    again = said(definition)

    assert parsed(again) == definition
    assert said(parsed(again)) == again
    assert again["aggregates"][1]["window"] == {"last": "2 years", "on": "order.ordered_at"}
    assert again["aggregates"][1]["over"] == "orders.items"
    # YAML reads the bare word `on` as true.
    assert True in CONTACTS["aggregates"][2]
    assert again["aggregates"][2]["on"] == "paid_at"
    assert again["aggregates"][3]["window"] == {"from": "2026-01-01", "to": "2026-03-31"}
    assert again["scores"][2] == {
        "score": "revenue_12m",
        "settings": {"window": {"last": "90 days"}},
    }
    assert not {"computed", "aggregates", "scores"} & set(said(parsed(NAME)))
    assert joined(*split(again)) == again


TEXTS = st.text("abc", min_size=1, max_size=3)
NAMES = st.lists(st.from_regex(r"[a-z]{1,4}[0-9]", fullmatch=True), unique=True, max_size=6)
FILTERS = st.recursive(
    st.fixed_dictionaries({"property": TEXTS, "operator": TEXTS, "value": TEXTS}),
    lambda inner: st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=2)}),
    max_leaves=3,
)
WHERES = st.none() | TEXTS | FILTERS
ON = st.sampled_from(["", "at", "order.at"])
DAYS = st.lists(st.dates(), min_size=2, max_size=2).map(sorted)
WINDOWS = st.one_of(
    st.builds(Window, on=ON),
    st.builds(Window, last=st.tuples(st.integers(1, 99), st.sampled_from(UNITS)), on=ON),
    st.builds(lambda days, on: Window(start=days[0], end=days[1], on=on), DAYS, ON),
    st.builds(Window, this=st.sampled_from(PERIODS), on=ON),
    st.builds(Window, previous=st.sampled_from(PERIODS), on=ON),
)
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def definitions(draw):
    """Definitions with computed columns of all sorts."""
    names = draw(NAMES)
    cut = draw(st.integers(0, len(names)))
    steps = st.lists(st.sampled_from(["orders", "items", "lines"]), min_size=1, max_size=3)
    return DatasetDefinition(
        name="contacts",
        entity="contacts",
        computed=tuple(Formula(name, draw(TEXTS)) for name in names[:cut]),
        aggregates=tuple(
            Aggregate(
                name,
                tuple(draw(steps)),
                draw(st.sampled_from(DOES)),
                draw(st.sampled_from(["amount", "product.price"])),
                draw(WHERES),
                draw(WINDOWS),
            )
            for name in names[cut:]
        ),
        scores=tuple(
            ScoreUse(
                "rfm",
                draw(st.dictionaries(TEXTS, VALUES, max_size=3)),
                f"{prefix}_",
                draw(WHERES),
                draw(st.booleans()),
            )
            for prefix in draw(NAMES)
        ),
    )


@examples(100)
@given(definitions())
def test_whatever_is_said_is_read_back_equal(definition):
    """D3: the mapping that is said of a definition reads back as that definition."""
    assert parsed(said(definition)) == definition


def test_shapes_that_cannot_be_are_refused_with_the_nearest():
    """D3, D110, D112: an unknown key with the nearest, a value with what is wanted."""
    assert formula(sq="1") == (
        "unknown_key",
        '"sq" is not a key of a computed column (contacts: x). Did you mean "sql"?',
    )
    assert formula(sql="  ")[1] == "contacts: x.sql is missing or empty. It needs a formula."
    assert formula(semantic="emial")[0] == "unknown_name"
    assert formula(sql="x" * 2001)[0] == "formula_too_long"
    assert aggregate(do="cuont") == (
        "wrong_value",
        "contacts: x.do needs one of sum, count, count_distinct, avg, min, max, first, last, "
        'most_frequent, list, not "cuont". Did you mean "count"?',
    )
    assert aggregate(do="sum")[1].startswith("contacts: x.column is missing or empty.")
    assert aggregate(over="a.b.c.d") == (
        "wrong_value",
        "contacts: x.over needs one to three relations to many rows, such as orders or "
        'orders.items, not "a.b.c.d".',
    )
    assert aggregate(over=["a b"])[0] == "wrong_value"
    assert aggregate(over=None)[0] == "wrong_value"
    assert aggregate(where=7)[1] == (
        "contacts: x.where needs a formula that is true or false, or a filter, not 7."
    )
    assert aggregate(name="_x")[0] == "reserved_name"


def test_windows_that_cannot_be_are_refused():
    """D112: one of last, from and to, this, previous."""
    assert aggregate(window={"last": "2 fortnights"}) == (
        "wrong_value",
        "contacts: x.window.last needs a number and days, weeks, months or years, such as 2 years, "
        'not "2 fortnights".',
    )
    assert aggregate(window={"last": "0 days"})[0] == "wrong_value"
    assert aggregate(window={"last": "1 day", "this": "month"})[0] == "wrong_value"
    assert aggregate(window={"this": "fortnight"})[0] == "wrong_value"
    assert aggregate(window={"from": "2026-03-10"})[0] == "wrong_value"
    assert aggregate(window={"from": "2026-03-10", "to": "2026-03-09"})[1] == (
        'contacts: x.window.to needs a day that is not before 2026-03-10, not "2026-03-09".'
    )
    assert aggregate(window={"lats": "2 years"})[1].endswith('Did you mean "last"?')
    assert aggregate(on="a", window={"last": "1 day", "on": "b"})[0] == "wrong_value"


def test_uses_of_scores_that_cannot_be_are_refused():
    """SC3, SC4: a score several times under different prefixes."""
    assert score(setings={})[1].endswith('Did you mean "settings"?')
    assert score(prefix="Shop ")[0] == "wrong_value"
    assert score(window="12 moons")[1] == (
        "contacts: scores 1.window needs 12 months, another window such as {last: 90 days}, or "
        'all, not "12 moons".'
    )
    assert score(window="3 months", settings={"window": "all"})[0] == "wrong_value"
    assert score(freeze="yes")[0] == "wrong_value"
    assert refused(scores=[{"score": "rfm"}, {"score": "rfm", "settings": {"bins": 6}}]) == (
        "wrong_value",
        'contacts: scores says "rfm" twice. Say each once, at the place that counts.',
    )
    twice = parsed(NAME | {"scores": [{"score": "rfm"}, {"score": "rfm", "prefix": "b_"}]})
    assert [each.key for each in twice.scores] == ["rfm", "b_rfm"]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"columns": ["x"]}, "column_repeated"),
        ({"columns": ["X"]}, "columns_alike"),
        ({"aggregates": [{"name": "x", "over": "orders", "do": "count"}]}, "column_repeated"),
        ({"computed": [{"name": "x", "sql": "1"}, {"name": "x", "sql": "2"}]}, "column_repeated"),
        ({"computed": [{"name": "store_id", "sql": "1"}]}, "reserved_name"),
        (
            {
                "columns": [{"name": "mail", "semantic": "email"}],
                "computed": [{"name": "y", "sql": "1", "semantic": "email"}],
            },
            "semantic_taken",
        ),
    ],
)
def test_names_and_fields_of_computed_columns_are_their_own(keys, code):
    """D17, D120: they stand beside columns, relations and what Tresse writes."""
    item = {"computed": [{"name": "x", "sql": "1"}], "relations": CONTACTS["relations"], **keys}

    assert refused(**item)[0] == code
