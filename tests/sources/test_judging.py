"""Previews and counts over what was read: whole versions rather than looks (S47, S63)."""

import pytest

from tests.sources.extraction.conftest import home, put, read, stored  # noqa: F401  a fixture
from tresse.accounts.queries import actor_of
from tresse.engine.base import Stopped
from tresse.kernel.errors import TresseError
from tresse.sources import judging
from tresse.sources.changes.sources import merged, remove_source, take_columns
from tresse.sources.detection import resolved_now
from tresse.sources.models import Source
from tresse.sources.parsing import parsed
from tresse.sources.preview import keys_counted, preview, relations_counted
from tresse.sources.queries import MANAGE, READ, new_columns
from tresse.sources.stored import detected_of, resolved_of
from tresse.sources.versions import house, owner_of

pytestmark = pytest.mark.django_db
COLUMNS = [
    {"name": "order_no", "type": "integer"},
    {"name": "email", "type": "text", "rules": ["trim", "email"]},
    {"name": "store", "type": "text"},
]


@pytest.fixture
def looker(user_of):
    """A manager at work: may see sources, and does not define them."""
    actor = actor_of(user_of("Max", "manager"))
    assert actor.has(READ)
    assert not actor.has(MANAGE)
    return actor


def write(folder, name, *lines):
    return put(folder, name, "\n".join(lines) + "\n")


@pytest.fixture
def filled(source, folder):
    """A source of 150 orders, read once; its file is gone."""
    lines = [f"{n};ADA{n}@x.fr;{'paris' if n % 3 else 'nowhere'}" for n in range(1, 151)]
    path = write(folder, "orders_1.csv", "order_no;email;store", *lines)
    row = source(columns=COLUMNS, read={"starts_with": "orders", "separator": ";"})
    assert read(row).state == "published"
    path.unlink()
    return row


def changed(row, ada, **changes):
    return resolved_now(parsed(merged(row, changes)), detected_of(row), actor=ada)


def test_nobody_waits_for_ever_for_counts(filled, ada, monkeypatch):
    """S63: counts over the whole version end in words when they take too long."""
    monkeypatch.setattr(judging, "PATIENCE", -1)

    with (
        pytest.raises(TresseError) as found,
        judging.raw_rows(resolved_of(filled), filled.connection, filled),
    ):
        raise Stopped

    assert found.value.code == "count_too_long"
    with pytest.raises(TresseError):
        preview(resolved_of(filled), actor=ada, source=filled)


def test_a_rule_is_previewed_over_the_whole_last_version(filled, ada):
    """S63: 100 rows, with counts over the whole last snapshot; the raw cells are kept (S61)."""
    found = preview(resolved_of(filled), actor=ada, source=filled)

    assert (found.number, found.is_whole, found.version) == (150, True, 1)
    assert len(found.rows) == 100
    email = next(each for each in found.columns if each.name == "email")
    assert (email.changed, email.emptied) == (150, 0)
    assert found.rows[0].before == ("1", "ADA1@x.fr", "paris")
    assert found.rows[0].after == ("1", "ada1@x.fr", "paris")


def test_another_rule_is_tried_on_what_was_read(filled, ada):
    """S63: a changed definition of the same source sees the same rows."""
    upper = [*COLUMNS[:2], {"name": "store", "type": "text", "rules": ["upper"]}]
    definition = changed(filled, ada, columns=upper, computed=[{"name": "n", "sql": "1 / 0"}])

    found = preview(definition, actor=ada, source=filled, only=["store", "n"], limit=1)

    assert [(each.name, each.changed, each.emptied) for each in found.columns] == [
        ("store", 150, 0),
        ("n", 0, 150),
    ]
    assert found.rows[0].after == ("PARIS", None)


def test_keys_of_another_choice_are_counted_over_what_was_read(filled, ada):
    """S41, S45: before a key is changed."""
    [key] = keys_counted(changed(filled, ada, record_key=["store"]), actor=ada, source=filled)

    assert (key.rows, key.distinct, key.is_whole) == (150, 2, True)
    assert [(each.key, each.rows) for each in key.clashes] == [("paris", 100), ("nowhere", 50)]


def test_a_relation_is_counted_against_the_version_of_the_other_side(source, filled, folder, ada):
    """S47: unmatched rows stay, and attach as soon as the other side arrives."""
    path = write(folder, "stores.csv", "store,city", "paris,Paris", "lyon,Lyon")
    stores = source(name="stores", read={"starts_with": "stores"}, record_key=["store"])
    assert read(stores).state == "published"
    leads = {"relations": [{"columns": ["store"], "to": "stores", "key": ["store"]}]}

    [counts] = relations_counted(changed(filled, ada, **leads), actor=ada, source=filled)
    assert counts
    assert (counts.matched, counts.unmatched, counts.examples) == (100, 50, ("nowhere",))

    path.unlink()
    write(folder, "stores_2.csv", "store,city", "nowhere,?")
    assert read(stores).new == 1
    [counts] = relations_counted(changed(filled, ada, **leads), actor=ada, source=filled)
    assert counts
    assert (counts.matched, counts.unmatched, counts.examples) == (150, 0, ())


def test_who_may_only_look_previews_what_is_saved(filled, ada, looker):
    """S4: another definition reads something else, so it needs `datasets.manage`."""
    assert preview(resolved_of(filled), actor=looker, source=filled).number == 150
    other = changed(filled, ada, record_key=["store"])
    for asked in (preview, keys_counted, relations_counted):
        with pytest.raises(TresseError) as found:
            asked(other, actor=looker, source=filled)
        assert found.value.code == "not_permitted"


def test_a_source_without_types_is_detected_by_its_first_run(source, folder):
    """S53: by whoever wrote a definition without types; what was found is kept."""
    write(folder, "orders_1.csv", "order_no;paid;day", "1;yes;2026-03-01", "2;no;2026-03-02")
    row = source()

    assert read(row).state == "published"

    assert {c.name: c.type for c in resolved_of(row).columns or ()} == {
        "order_no": "integer",
        "paid": "boolean",
        "day": "date",
    }


def test_a_first_run_refuses_days_that_nobody_can_order(source, folder):
    """S54: `date_order_unknown`, before anything is published."""
    write(folder, "orders_1.csv", "order_no;day", "1;01/02/2026", "2;03/04/2026")
    row = source()

    run = read(row)

    assert (run.state, run.code, row.version) == ("failed", "date_order_unknown", None)


def test_a_column_that_came_later_is_offered_and_then_read(source, folder, ada):
    """S51: not read until it is taken; then old rows have no value there."""
    write(folder, "orders_1.csv", "order_no;store", "1;paris")
    row = source()
    read(row)
    write(folder, "orders_2.csv", "order_no;store;coupon", "2;lyon;X1")
    read(row)
    assert all("coupon" not in each for each in stored(row).values())
    names = [column.name for column in resolved_of(row).columns or ()]
    assert new_columns(row, names) == ["coupon"]

    take_columns(row, ["coupon"], actor=ada)
    write(folder, "orders_3.csv", "order_no;store;coupon", "3;lyon;X2")
    row.refresh_from_db()
    read(row)

    assert stored(row)["3"]["coupon"] == "X2"


def test_a_source_is_removed_with_its_files(filled, ada):
    owner = owner_of(filled.pk)
    assert house().numbers(owner) == [1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda act: act())
        remove_source(filled, actor=ada)

    assert house().numbers(owner) == []
    assert not Source.objects.exists()


def test_a_computed_column_may_be_key_and_lead_to_others(source, folder, ada):
    """S62: formulas over the row's own columns, used as record key and in relations."""
    write(folder, "orders_1.csv", "shop;no;parent", "paris;1;", "paris;2;paris-1", "lyon;1;lyon-9")
    row = source(
        record_key=["shop_no"],
        columns=["shop", {"name": "no", "type": "text"}, {"name": "parent", "type": "text"}],
        computed=[{"name": "shop_no", "sql": "concat(shop, '-', no)"}],
        relations=[{"columns": ["parent"], "to": "till_orders", "key": ["shop_no"]}],
    )
    assert read(row).new == 3

    assert sorted(stored(row)) == ["lyon-1", "paris-1", "paris-2"]
    definition = resolved_of(row)
    [key] = keys_counted(definition, actor=ada, source=row)
    assert (key.distinct, key.is_unique) == (3, True)
    [counts] = relations_counted(definition, actor=ada, source=row)
    assert counts
    assert (counts.matched, counts.unmatched, counts.nulls) == (1, 1, 1)
    assert counts.examples == ("lyon-9",)
