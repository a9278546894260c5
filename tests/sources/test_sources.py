"""Sources made, changed, reviewed and removed."""

import pytest

from tests.sources.conftest import DEFINITION
from tresse.accounts.changes import deactivate_user
from tresse.accounts.models import AuditEntry, User
from tresse.accounts.queries import actor_of
from tresse.connections.changes import add_connection, remove_connection
from tresse.jobs.models import Schedule
from tresse.kernel.errors import TresseError
from tresse.objects.definitions import apply_file
from tresse.sources.changes.runs import extract
from tresse.sources.changes.sources import (
    add_source,
    change_source,
    effect_of,
    enable_source,
    merged,
    pass_over_columns,
    remove_source,
    review_source,
    take_columns,
)
from tresse.sources.models import Source, SourceRun, SourceVersion
from tresse.sources.queries import new_columns
from tresse.sources.stored import definition_of, resolved_of

pytestmark = pytest.mark.django_db


def refused(change, *given, **named):
    with pytest.raises(TresseError) as found:
        change(*given, **named)
    return found.value.code, found.value.message


def changed(source, ada, **changes):
    return change_source(source, merged(source, changes), actor=ada)


def columns_of(source):
    """The columns it reads."""
    return resolved_of(source).columns or ()


def published(source, **facts):
    """As if a run had published a version."""
    version = SourceVersion.objects.create(source=source, number=1, bytes=1, **{"rows": 3} | facts)
    Source.objects.filter(pk=source.pk).update(version=version)
    source.refresh_from_db()
    return version


def test_a_source_is_what_a_connection_has_and_how_it_is_read(source, till, ada):
    """S30: connection, what is read, entity, record key; nothing is read yet."""
    row = source()

    assert (row.name, row.connection, row.entity) == ("till_orders", till, "orders")
    assert row.definition == DEFINITION
    assert (row.version, row.is_reviewed, row.owner_id) == (None, True, ada.user_id)
    entry = AuditEntry.objects.get(action="source.add")
    assert entry.after
    assert (entry.target, entry.after["record_key"]) == ("till_orders", ["order_no"])


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"connection": "tills"}, "unknown_reference", 'Did you mean "till"?'),
        ({"read": {"table": "orders"}}, "wrong_kind", "reads files. till_orders wants table"),
        ({"name": "new"}, "reserved_name", "a word of the product"),
        (
            {"relations": [{"columns": ["store"], "to": "stores", "key": ["store"]}]},
            "unknown_reference",
            'no source "stores"',
        ),
        (
            {"relations": [{"columns": ["store"], "to": "till_orders", "key": ["shop"]}]},
            "relation_key_unknown",
            'relations 1: "shop" is no key of till_orders. Its keys: order_no',
        ),
        ({"schedule": {"after": "stores"}}, "unknown_reference", 'no source "stores"'),
        (
            {"columns": [{"name": "order_no", "type": "json"}]},
            "key_type",
            "order_no is json. A key cannot be made of list / json",
        ),
        (
            {"columns": [{"name": "at", "type": "text"}], "modified_at": "at"},
            "wrong_value",
            "modified_at needs a column of dates, not at (text)",
        ),
        (
            {
                "columns": [{"name": "order_no", "type": "integer"}],
                "computed": [{"name": "n", "sql": "order_no || 1 = upper(order_no)"}],
            },
            "formula_type",
            "",
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_its_world_is_refused(source, changes, code, words):
    """S46, S79: connection, relations, types and formulas are checked when it is saved."""
    found, sentence = refused(source, **changes)

    assert found == code
    assert words in sentence


def test_names_are_unique(source):
    """S30: a second source of that name is refused."""
    source()

    assert refused(source) == ("name_taken", 'There is already a source named "till_orders".')


def test_it_needs_the_right(source, mia):
    """S4: sources need `datasets.manage`."""
    assert refused(source, actor=mia)[0] == "not_permitted"


def test_types_of_a_relation_are_the_same_on_both_sides(source, ada):
    """S47: else `relation_type_mismatch`, also where the other side changes."""
    stores = source(
        name="stores", record_key=["store"], columns=[{"name": "store", "type": "integer"}]
    )
    leads = {"relations": [{"columns": ["store"], "to": "stores", "key": ["store"]}]}
    text = {"columns": [{"name": "store", "type": "text"}, "order_no"]}

    code, sentence = refused(source, **leads, **text)
    assert code == "relation_type_mismatch"
    assert "store is text, and store of stores is integer" in sentence

    source(**leads, columns=[{"name": "store", "type": "integer"}])
    assert refused(changed, stores, ada, columns=[{"name": "store", "type": "text"}])[0] == code
    other_key = changed(stores, ada, further_keys=[["city"]])
    assert definition_of(other_key).keys == (("store",), ("city",))
    assert refused(changed, stores, ada, record_key=["city"])[0] == "relation_key_unknown"


def test_a_relation_may_lead_to_itself_and_in_a_circle(source, ada):
    """S48: a source may lead to itself (parent company), and sources to each other."""
    own = source(
        name="companies",
        record_key=["id"],
        relations=[{"columns": ["parent"], "to": "companies", "key": ["id"]}],
    )
    source(
        name="people",
        record_key=["id"],
        relations=[{"columns": ["company"], "to": "companies", "key": ["id"]}],
    )

    both = [*own.definition["relations"], {"columns": ["boss"], "to": "people", "key": ["id"]}]
    assert len(definition_of(changed(own, ada, relations=both)).relations) == 2


def test_a_circle_in_one_file_is_taken_in(till, ada):  # noqa: ARG001
    """S48: sources of one file may lead to each other, in any order."""
    one = DEFINITION | {
        "relations": [{"columns": ["store"], "to": "stores", "key": ["store"]}],
        "schedule": {"after": "stores"},
    }
    two = DEFINITION | {
        "name": "stores",
        "record_key": ["store"],
        "relations": [{"columns": ["first_order"], "to": "till_orders", "key": ["order_no"]}],
    }

    done = apply_file({"sources": [one, two]}, ada)

    assert done["created"] == ["sources till_orders", "sources stores"]
    assert str(Source.objects.get(name="till_orders").after) == "stores"
    again = apply_file({"sources": [one, two]}, ada)
    assert again["unchanged"] == ["sources till_orders", "sources stores"]
    two["schedule"] = {"after": "till_orders"}
    code, sentence = refused(apply_file, {"sources": [one, two]}, ada)
    assert code == "schedule_circle"
    assert "stores → till_orders → stores" in sentence


def test_a_file_with_a_reference_to_nothing_is_refused_whole(till, ada):  # noqa: ARG001
    """S46: nothing of the file is kept."""
    lost = DEFINITION | {"relations": [{"columns": ["a"], "to": "nowhere", "key": ["b"]}]}

    code, sentence = refused(apply_file, {"sources": [DEFINITION | {"name": "one"}, lost]}, ada)

    assert code == "unknown_reference"
    assert 'There is no source "nowhere"' in sentence
    assert not Source.objects.exists()


def test_a_change_of_what_is_stored_has_everything_read_again(source, ada):
    """S45: another key shows what follows, then everything is read again."""
    row = source()
    published(row, rows=52_310)
    item = merged(row, {"record_key": ["store", "order_no"]})

    effect = effect_of(row, item, actor=ada)
    assert (effect.reads_again, effect.changes_key, effect.rows) == (True, True, 52_310)
    assert not effect.loses_files
    row = change_source(row, item, actor=ada)
    assert row.needs_full


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": [{"name": "order_no", "type": "integer"}]},
        {"columns": [{"name": "order_no", "type": "text", "rules": ["trim"]}]},
        {"computed": [{"name": "n", "sql": "upper(store)"}]},
        {"modified_at": "ordered_at"},
        {"relations": [{"columns": ["last"], "to": "till_orders", "key": ["order_no"]}]},
    ],
    ids=str,
)
def test_what_changes_rows_reads_again(source, ada, changes):
    """S45, S50: types, rules, formulas, dates, and columns that are needed from now on."""
    assert changed(source(), ada, **changes).needs_full


@pytest.mark.parametrize(
    "changes",
    [
        {"entity": "my_orders"},
        {"trusted": False},
        {"enabled": False},
        {"schedule": {"cron": "0 6 * * *"}},
        {"further_keys": [["order_no"]]},
        {"read": {"starts_with": "orders", "afterwards": "move"}},
    ],
    ids=str,
)
def test_what_leaves_rows_as_they_are_reads_nothing_again(source, ada, changes):
    row = changed(source(), ada, **changes)

    assert (row.needs_full, row.revision) == (False, 2)


def test_files_that_were_moved_away_cannot_be_read_again(source, ada):
    """S45: the page says so before it is saved."""
    row = source(read={"starts_with": "orders", "afterwards": "delete"})
    published(row)

    assert effect_of(row, merged(row, {"record_key": ["store"]}), actor=ada).loses_files


def test_another_thing_to_read_forgets_what_was_detected(source, ada):
    """S53: types were proposed for other columns."""
    row = source()
    Source.objects.filter(pk=row.pk).update(
        detected_columns=[{"name": "order_no", "type": "integer"}],
        seen_columns=[{"name": "order_no", "type": "", "proposed": "text"}],
        cursor={"value": 3},
    )
    row.refresh_from_db()
    assert [column.type for column in columns_of(row)] == ["integer"]

    row = changed(row, ada, read={"starts_with": "sales"})

    assert (row.detected_columns, row.seen_columns, row.cursor) == ([], [], None)
    assert row.needs_full


def test_nothing_is_changed_by_the_same_definition(source, ada):
    """S31: what a file says again changes nothing."""
    row = source()

    assert changed(row, ada, record_key=["order_no"], trusted=True).revision == 1
    assert AuditEntry.objects.filter(action="source.change").count() == 0


def test_a_change_on_an_older_state_is_refused(source, ada):
    row = source()
    changed(row, ada, entity="carts")

    found = refused(change_source, row, merged(row, {"entity": "deals"}), actor=ada, revision=1)
    assert found[0] == "changed_meanwhile"


def test_a_source_keeps_its_name(source, ada):
    row = source()

    assert "keeps its name" in refused(changed, row, ada, name="other")[1]


def test_types_are_reviewed_before_the_first_run(source, ada):
    """S53: a person reviews them on the page; a definition of `apply` counts as reviewed."""
    row = source(reviewed=False)
    assert not row.is_reviewed
    assert refused(extract, row, actor=ada)[0] == "not_reviewed"

    row = review_source(row, actor=ada, columns=[{"name": "order_no", "type": "integer"}])

    assert row.is_reviewed
    assert row.definition["columns"] == [{"name": "order_no", "type": "integer"}]
    assert extract(row, actor=ada)[0].state == "queued"


def test_a_schedule_is_kept_while_the_source_is_on(source, ada):
    """S114: a cron line with a zone; a source that is off is not read."""
    row = source(schedule={"cron": "30 6 * * *", "zone": "Europe/Paris"})

    schedule = Schedule.objects.get(pk=row.schedule_id)
    assert (schedule.cron, schedule.zone, schedule.target) == (
        "30 6 * * *",
        "Europe/Paris",
        "till_orders",
    )
    row = enable_source(row, False, actor=ada)
    assert not Schedule.objects.filter(target="till_orders").exists()
    row = enable_source(row, True, actor=ada)
    assert Schedule.objects.get(target="till_orders").cron == "30 6 * * *"
    changed(row, ada, schedule=None)
    assert not Schedule.objects.filter(target="till_orders").exists()


def test_a_source_in_use_is_not_removed(source, ada):
    """S7: with the list of what uses it."""
    stores = source(name="stores", record_key=["store"])
    orders = source(relations=[{"columns": ["store"], "to": "stores", "key": ["store"]}])
    source(name="late", schedule={"after": "stores"})

    code, sentence = refused(remove_source, stores, actor=ada)
    assert code == "in_use"
    assert 'source "late", source "till_orders"' in sentence

    changed(orders, ada, relations=None)
    changed(Source.objects.get(name="late"), ada, schedule=None)
    remove_source(stores, actor=ada)
    assert not Source.objects.filter(name="stores").exists()


def test_a_source_is_removed_with_what_it_read(source, ada):
    row = source()
    version = published(row)
    SourceRun.objects.create(source=row, mode="each", state="published", version=version)

    remove_source(row, actor=ada)

    assert not SourceVersion.objects.exists()
    assert AuditEntry.objects.get(action="source.remove").target == "till_orders"


def test_sources_of_somebody_who_leaves_pass_to_another(source, user_of, ada):
    """S116: somebody is told of their runs."""
    bea = user_of("Bea", "administrator")
    row = source(actor=actor_of(bea))

    deactivate_user(bea, hand_over_to=User.objects.get(pk=ada.user_id), actor=ada)

    row.refresh_from_db()
    assert row.owner_id == ada.user_id


def test_a_source_that_is_read_now_is_not_removed(source, ada):
    row = source()
    extract(row, actor=ada)

    assert refused(remove_source, row, actor=ada)[0] == "run_going_on"


def test_a_connection_of_a_source_is_not_removed(source, till, ada):
    """S7: `in_use`, with the list."""
    source()

    code, sentence = refused(remove_connection, till, actor=ada)
    assert code == "in_use"
    assert 'source "till_orders"' in sentence


def test_columns_that_appear_later_are_offered_once(source, ada):
    """S51: a later column is not read; it is offered once, and taken or passed over."""
    row = source(columns=[{"name": "order_no", "type": "integer"}])
    seen = [("order_no", "integer"), ("coupon", "text"), ("note", "text")]
    Source.objects.filter(pk=row.pk).update(
        detected_columns=[{"name": "order_no", "type": "integer"}],
        seen_columns=[{"name": n, "type": t, "proposed": t} for n, t in seen],
    )
    row.refresh_from_db()
    assert new_columns(row, ["order_no"]) == ["coupon", "note"]

    row = take_columns(row, ["coupon"], actor=ada)
    assert [column.name for column in columns_of(row)] == ["order_no", "coupon"]
    assert row.needs_full
    row = pass_over_columns(row, ["note"], actor=ada)
    assert new_columns(row, ["order_no", "coupon"]) == []


def test_later_columns_of_a_source_that_reads_all_are_taken_too(source, ada):
    """S51: where no columns are picked, what was detected first is read."""
    row = source()
    Source.objects.filter(pk=row.pk).update(
        detected_columns=[{"name": "order_no", "type": "integer"}],
        seen_columns=[{"name": "coupon", "type": "text", "proposed": "text"}],
    )
    row.refresh_from_db()
    assert [column.name for column in columns_of(row)] == ["order_no"]

    row = take_columns(row, ["coupon"], actor=ada)

    assert [column.name for column in columns_of(row)] == ["order_no", "coupon"]


def test_a_query_is_one_select(ada):
    """S79: anything else is `query_refused`, before it is ever sent."""
    settings = {"host": "localhost", "database": "shop", "user": "reader"}
    add_connection(name="shop_db", kind="postgresql", settings=settings, actor=ada)
    item = DEFINITION | {"connection": "shop_db", "extract": {"mode": "snapshot"}}

    for query in ("DELETE FROM orders", "SELECT 1; SELECT 2", "SELECT 1 INTO x", "nonsense"):
        found = refused(add_source, item | {"read": {"query": query}}, actor=ada)
        assert found[0] == "query_refused", query
    made = add_source(item | {"read": {"query": "SELECT * FROM orders"}}, actor=ada)
    assert definition_of(made).read.sort == "query"
