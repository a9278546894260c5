"""Records of a build: mapped, converted, cleaned, with match values and times (D2, D10 to D16)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.datasets.standing import READ_AT, publish, standing
from tests.engines import copied, opened_for_tests
from tresse.datasets.layout import record_columns
from tresse.datasets.mapping import cleaned, feeds_of, mapping_facts, planned, worked_out
from tresse.datasets.parsing import parsed
from tresse.sources.columns import Defaults
from tresse.sources.versions import house

pytestmark = pytest.mark.django_db
AS_OF = datetime(2026, 3, 10, 12, tzinfo=UTC)
DEFAULTS = Defaults(zone="Europe/Paris", country="FR", key=b"k" * 32)
MAIL = {"name": "mail", "type": "text", "semantic": "email"}
PHONE = {"name": "tel", "type": "text", "semantic": "phone"}

TYPED = {
    "a": ("integer", 12),
    "b": ("decimal", Decimal("1.50")),
    "c": ("date", date(2026, 1, 2)),
    "d": ("boolean", True),
    "e": ("list", ["x", "y"]),
    "f": ("datetime", datetime(2026, 1, 2, 3, tzinfo=UTC)),
}
TYPED_COLUMNS: list[Any] = [{"name": name, "type": type_} for name, (type_, _) in TYPED.items()]
TYPED_ROW = {name: value for name, (_, value) in TYPED.items()}
WIDER: list[Any] = [
    {"name": "a", "type": "decimal"},
    {"name": "b", "type": "number"},
    *({"name": name, "type": "text"} for name in "cdef"),
]
WRITTEN: list[dict[str, Any]] = [
    {"id": "1", "mail": " <Ada@X.FR.>", "tel": "06 12 34 56 78"},
    {"id": "2", "mail": "nobody", "tel": None},
    {"id": "3", "mail": "N/A", "tel": "1"},
]
RULES: list[Any] = [
    {"name": "email", "semantic": "email", "rules": ["empty_to_null", "email"]},
    {"name": "phone", "semantic": "phone", "rules": [{"phone": {"country": "FR"}}]},
]
COUNTRY = {"name": "land", "type": "text", "semantic": "country"}
ABROAD = [
    {"id": "1", "mail": "ADA@x.fr ", "tel": "06 12 34 56 78", "land": None},
    {"id": "2", "mail": None, "tel": "0151 23456789", "land": "Allemagne"},
]
BORN = {"name": "made_on", "type": "datetime"}
MADE_ON, LATE = AS_OF - timedelta(days=900), AS_OF + timedelta(days=1)
TIMES = [
    {"id": "1", "made_on": MADE_ON, "_modified_at": AS_OF - timedelta(hours=1)},
    {"id": "2", "_modified_at": LATE, "_first_read_at": AS_OF - timedelta(days=3)},
]


@pytest.fixture(autouse=True)
def home(settings, duck):
    """Versions lie where the engine may read."""
    settings.HOME = duck.root / "home"
    yield
    for owner in house().root.iterdir() if house().root.is_dir() else ():
        if not owner.name.startswith("."):
            house().remove_owner(owner.name)


def dataset(**keys):
    return parsed({"name": "contacts", "entity": "contacts", **keys})


class Made:
    """Records of a definition, by `source/key`, columns by the names of the dataset."""

    def __init__(self, engine, definition, **more):
        self.feeds = feeds_of(definition)
        self.plan = planned(definition, self.feeds, zone="Europe/Paris", country="FR")
        more = {"as_of": AS_OF, "defaults": DEFAULTS, **more}
        found = worked_out(engine, self.plan, self.feeds, **more)
        self.table, self.warnings = found.table, found.warnings
        names = [each.name for each in record_columns(self.plan)]
        real = {each.name: each.column.name for each in self.plan.columns}
        real |= {each.match: f"={each.column.name}" for each in self.plan.matched}
        rows = engine.rows(sa.select(*(self.table.c[name] for name in names)))
        self.rows = {}
        for row in rows:
            values = {real.get(n, n): value for n, value in zip(names, row, strict=True)}
            self.rows[f"{values['source']}/{values['key']}"] = values


def test_records_of_all_sources_stand_in_one_table(duck):
    """D10: each source's rows, mapped; those that are gone there are left out."""
    standing("crm", ["id", MAIL], [{"id": "1", "mail": "a@x.fr"}, {"id": "2"}])
    standing(
        "shop",
        ["id", {"name": "email", "type": "text", "semantic": "email"}],
        [{"id": "7", "email": "b@x.fr"}, {"id": "8", "_deleted_at": READ_AT}],
    )
    made = Made(duck, dataset(sources=[{"source": "shop"}, {"source": "crm"}]))

    assert {key: row["email"] for key, row in made.rows.items()} == {
        "crm/1": "a@x.fr",
        "crm/2": None,
        "shop/7": "b@x.fr",
    }
    assert {row["source"]: row["priority"] for row in made.rows.values()} == {"shop": 0, "crm": 1}
    assert len({row["rid"] for row in made.rows.values()}) == 3


def test_one_source_feeds_several_datasets(duck):
    """D2: an order file with the buyer's e-mail feeds `orders` and `contacts`."""
    standing(
        "files",
        [{"name": "order_no", "type": "text", "semantic": "order_id"}, MAIL],
        [{"order_no": "O1", "mail": "a@x.fr"}],
        entity="orders",
        key=["order_no"],
    )
    orders = Made(duck, parsed({"name": "orders"}))
    buyers = Made(duck, dataset(sources=[{"source": "files", "columns": {"email": "mail"}}]))

    assert orders.rows["files/O1"]["order_id"] == "O1"
    assert buyers.rows["files/O1"]["email"] == "a@x.fr"


def test_types_convert(duck):
    """D16: integer to decimal to number; anything to text, as its canonical text."""
    standing("crm", ["id", *TYPED_COLUMNS], [{"id": "1", **TYPED_ROW}, {"id": "2"}])
    rows = Made(duck, dataset(columns=WIDER)).rows

    assert rows["crm/1"]["a"] == Decimal(12)
    assert rows["crm/1"]["b"] == 1.5
    assert [rows["crm/1"][name] for name in "cdef"] == [
        "2026-01-02",
        "true",
        '["x","y"]',
        "2026-01-02T03:00:00.000000Z",
    ]
    assert {rows["crm/2"][name] for name in TYPED} == {None}


def test_rules_of_the_dataset_work_on_each_record_before_it_is_matched(duck):
    """D11, D30, D31: in the order given; NULL stays NULL; what cannot be read is counted."""
    standing("crm", ["id", MAIL, PHONE], WRITTEN)
    definition = dataset(columns=RULES, identity={"keys": [["email"], ["phone"]]})
    made = Made(duck, definition)

    values = {key: (row["email"], row["phone"]) for key, row in made.rows.items()}
    assert values == {
        "crm/1": ("ada@x.fr", "+33612345678"),
        "crm/2": (None, None),
        "crm/3": (None, None),
    }
    assert {key: (row["=email"], row["=phone"]) for key, row in made.rows.items()} == values
    assert made.warnings == {"email_unreadable": {"email": 1}, "phone_unreadable": {"phone": 1}}


def test_match_values_are_normalised_whatever_the_rules(duck):
    """D12, DG17: phones by the country of the record, else of the account."""
    standing("crm", ["id", MAIL, PHONE, COUNTRY], ABROAD)
    made = Made(duck, dataset(identity={"keys": [["email"], ["phone"]]}))

    assert made.rows["crm/1"]["email"] == "ADA@x.fr "
    assert made.rows["crm/1"]["=email"] == "ada@x.fr"
    assert made.rows["crm/1"]["=phone"] == "+33612345678"
    assert made.rows["crm/2"]["=phone"] == "+4915123456789"
    assert cleaned(made.plan, made.feeds) == frozenset()


def test_a_source_that_cleans_its_keys_is_known(duck):
    """D12: neither source nor dataset normalises: only then is it a warning."""
    standing("crm", ["id", {**MAIL, "rules": ["email"]}], [{"id": "1", "mail": "a@x.fr"}])
    made = Made(duck, dataset(identity={"keys": [["email"]]}))

    assert cleaned(made.plan, made.feeds) == {"email"}
    assert mapping_facts(made.plan, made.feeds)["crm"] == {
        "columns": {"email": "mail"},
        "types": {"mail": "text"},
        "settled": ["email"],
        "created_at": "",
        "trusted": True,
    }
    standing("shop", ["id", MAIL], [])
    both = Made(duck, dataset(identity={"keys": [["email"]]}))
    assert cleaned(both.plan, both.feeds) == frozenset()


def test_times_are_those_of_the_source_and_none_is_later_than_the_build(duck):
    """D43, D71: first seen by `created_at`, else when first read; changed at most `as_of`."""
    standing("crm", ["id", BORN], TIMES, created_at="made_on", trusted=False)
    made = Made(duck, dataset(columns=["id"])).rows

    assert made["crm/1"]["first_seen"] == made["crm/1"]["created_at"] == MADE_ON
    assert made["crm/1"]["modified_at"] == AS_OF - timedelta(hours=1)
    assert made["crm/2"]["first_seen"] == AS_OF - timedelta(days=3)
    assert made["crm/2"]["created_at"] is None
    assert made["crm/2"]["modified_at"] == AS_OF
    assert made["crm/1"]["trusted"] is False


def test_records_that_did_not_change_are_taken_over(duck):
    """D81, D82: incremental records equal those worked out in full."""
    rows = [{"id": str(n), "mail": f"A{n}@x.fr"} for n in range(4)]
    source = standing("crm", ["id", MAIL], rows)
    definition = dataset(
        columns=[{"name": "email", "rules": ["email"]}], identity={"keys": [["email"]]}
    )
    first = Made(duck, definition)
    table = duck.keep("records_then", sa.select(first.table))
    later: list[dict[str, Any]] = [
        *rows[:2],
        {"id": "2", "mail": "NEW@x.fr"},
        {"id": "9", "mail": "x"},
    ]
    later[0] = later[0] | {"_modified_at": AS_OF}
    publish(source, later)

    full = Made(duck, definition)
    again = Made(duck, definition, before=table)

    assert again.rows == full.rows
    assert again.rows["crm/2"]["=email"] == "new@x.fr"
    assert again.warnings == {"email_unreadable": {"email": 1}}


@pytest.mark.spark
def test_records_are_the_same_on_spark(duck):
    """D2, D10, D11, D12, D16, D30, D43, D71, D81, D82, DG17: of four sources, in full and in part.

    Only the source `written` changes between the two.
    """
    standing("typed", ["id", *TYPED_COLUMNS], [{"id": "1", **TYPED_ROW}, {"id": "2"}])
    written = standing("written", ["id", MAIL, PHONE], WRITTEN)
    gone = {"id": "8", "_deleted_at": READ_AT}
    standing("abroad", ["id", MAIL, PHONE, COUNTRY], [*ABROAD, gone])
    standing("times", ["id", BORN], TIMES, created_at="made_on", trusted=False)
    definition = dataset(
        sources=[
            {"source": "written", "columns": {"mobile": "tel"}},
            *({"source": name} for name in ("typed", "abroad", "times")),
        ],
        columns=[RULES[0], RULES[1] | {"name": "mobile", "semantic": "mobile"}, *WIDER],
        identity={"keys": [["email"], ["phone"]]},
    )
    first = Made(duck, definition)
    then = duck.keep("records_then", sa.select(first.table))
    publish(
        written, [WRITTEN[0], {"id": "2", "mail": "New@x.fr"}, {"id": "9", "mail": "x", "tel": "1"}]
    )
    wanted, in_part = Made(duck, definition), Made(duck, definition, before=then)

    with opened_for_tests("spark", duck.root) as spark:
        full = Made(spark, definition)
        part = Made(spark, definition, before=copied(then, duck, spark, "records_then"))

    assert full.rows == part.rows == wanted.rows
    assert (full.warnings, part.warnings) == (wanted.warnings, in_part.warnings)
    assert len(wanted.rows) == 9
    assert wanted.rows != first.rows
    assert {row["trusted"] for row in wanted.rows.values()} == {True, False}
    assert wanted.rows["abroad/2"]["=phone"] == "+4915123456789"
    assert wanted.rows["typed/1"]["f"] == "2026-01-02T03:00:00.000000Z"
    assert set(wanted.warnings) == {"email_unreadable", "phone_unreadable"}
