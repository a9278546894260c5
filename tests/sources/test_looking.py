"""Looks at what would be read: proposals, counts of keys and relations, previews."""

import os
import time
from pathlib import Path

import pytest

from tests.sources.conftest import DEFINITION, STORES
from tresse.connections.models import Connection
from tresse.kernel.errors import TresseError
from tresse.sources.columns import Column
from tresse.sources.definition import Read
from tresse.sources.detection import (
    detect,
    key_not_normalised,
    open_questions,
    plain,
    resolved_now,
    settled,
    tables_of,
)
from tresse.sources.looking import forget_looks, look
from tresse.sources.parsing import parsed
from tresse.sources.preview import keys_counted, preview, relations_counted
from tresse.sources.proposals import Proposal

pytestmark = pytest.mark.django_db
ORDERS = Read(starts_with="orders")


@pytest.fixture
def detected(till, orders, ada):  # noqa: ARG001  the file is there
    return detect(till, ORDERS, actor=ada)


def resolved(ada, **changes):
    return resolved_now(parsed(DEFINITION | changes), (), actor=ada)


def test_types_are_proposed_from_the_whole_file(detected):
    """S53: the narrowest type that every non-empty cell fits."""
    types = {column.name: column.type for column in detected.columns}

    assert types == {
        "order_no": "integer",
        "customer": "text",
        "email": "text",
        "amount": "decimal",
        "ordered_at": "datetime",
        "store": "text",
    }
    assert (detected.rows, detected.is_whole, detected.rejected) == (3, True, 0)
    assert detected.files == ("orders_20260303.csv",)
    assert detected.record_key == ("order_no",)


def test_semantic_fields_and_rules_are_proposed(detected):
    """S58, S61: by the name and by values; the key that is not in order is named."""
    by_name = {each.column.name: each for each in detected.proposals}

    assert by_name["email"].column.semantic == "email"
    assert "email" in by_name["email"].rules
    definition = parsed(DEFINITION | {"record_key": ["email"]}).resolved(detected.columns)
    assert key_not_normalised(definition, detected.proposals) == [("email", "email")]
    mended = parsed(
        DEFINITION | {"record_key": ["email"], "columns": [{"name": "email", "rules": ["email"]}]}
    ).resolved(detected.columns)
    assert key_not_normalised(mended, detected.proposals) == []


def test_an_order_of_days_that_nobody_knows_is_asked_for():
    """S54: never guessed; a run without an answer is refused, `date_order_unknown`."""
    day = Column("day", "date", format="%d/%m/%Y")
    asked = Proposal(day, 2, 2, asks_date_order=True, formats=("%d/%m/%Y", "%m/%d/%Y"))

    with pytest.raises(TresseError) as found:
        settled(parsed(DEFINITION), [asked])

    assert found.value.code == "date_order_unknown"
    assert "the dates in day can be read as %d/%m/%Y and as %m/%d/%Y" in found.value.message
    open_one = parsed(DEFINITION | {"columns": [{"name": "day", "type": "date"}]})
    said = parsed(DEFINITION | {"columns": [{"name": "day", "type": "date", "format": "%d/%m/%Y"}]})
    assert open_questions(open_one, [asked]) == [asked]
    assert open_questions(said, [asked]) == []
    assert open_questions(parsed(DEFINITION | {"columns": ["order_no"]}), [asked]) == []


def test_a_look_is_kept_for_an_hour(till, orders):
    """S41: types, keys and rules are judged on the same rows."""
    first = look(till, ORDERS)
    orders.write_text("other\n1\n", encoding="utf-8")
    assert look(till, ORDERS) == first

    fresh = look(till, ORDERS, fresh=True)

    assert fresh.names == ["other"]
    assert look(till, ORDERS) == fresh
    assert Path(first.folder).exists()
    forget_looks()
    assert Path(fresh.folder).exists()
    long_ago = time.time() - 3_700
    os.utime(fresh.folder, (long_ago, long_ago))
    assert forget_looks() == 1


def test_a_look_ends_when_its_time_is_over(till, folder):
    """S41: over all rows it can read in 30 s; the rest is not waited for."""
    for number in range(3):
        text = "id\n" + "\n".join(map(str, range(10)))
        (folder / f"orders_{number}.csv").write_text(text, encoding="utf-8")

    found = look(till, ORDERS, seconds=0)

    assert (found.rows, found.is_whole, found.files_found) == (10, False, 3)
    assert len(found.files) == 1


def test_no_file_is_said(till, folder, ada):
    (folder / "sales.csv").write_text("id\n1\n", encoding="utf-8")

    with pytest.raises(TresseError) as found:
        detect(till, ORDERS, actor=ada)

    assert found.value.code == "no_files"


def test_looking_needs_the_right_to_manage(till, orders, mia):  # noqa: ARG001
    """S4: a connection reaches whatever the server reaches."""
    with pytest.raises(TresseError) as found:
        detect(till, ORDERS, actor=mia)

    assert found.value.code == "not_permitted"


def test_keys_are_counted_with_examples_of_clashes(till, folder, ada):  # noqa: ARG001
    """S41: rows, distinct keys, null keys, five examples of each clash; not unique is no bar."""
    (folder / "orders.csv").write_text(
        "shop,no,mail\nparis,1,a@x.fr\nparis,1,b@x.fr\nlyon,1,a@x.fr\n,4,\nlyon,,c@x.fr\n"
        "paris,1,d@x.fr\n",
        encoding="utf-8",
    )
    definition = resolved(ada, record_key=["shop", "no"], further_keys=[["mail"]])

    key, mail = keys_counted(definition, actor=ada)

    assert (key.rows, key.distinct, key.nulls, key.repeated) == (6, 2, 2, 2)
    assert (key.is_unique, key.is_whole) == (False, True)
    [clash] = key.clashes
    assert (clash.key, clash.rows) == ("paris + 1", 3)
    assert clash.places == ((0, 2), (0, 3), (0, 7))
    assert key.null_places == ((0, 5), (0, 6))
    assert (mail.columns, mail.repeated, mail.nulls) == (("mail",), 1, 1)


def test_a_key_is_counted_after_rules(till, folder, ada):  # noqa: ARG001
    """S42, S60: the key is formed after normalisation, and is typed."""
    (folder / "orders.csv").write_text("mail\nADA@x.fr\nada@x.fr\n012\n12\n", encoding="utf-8")
    plain_key = resolved(ada, record_key=["mail"])
    lower = resolved(
        ada, record_key=["mail"], columns=[{"name": "mail", "type": "text", "rules": ["lower"]}]
    )

    assert keys_counted(plain_key, actor=ada)[0].distinct == 4
    assert keys_counted(lower, actor=ada)[0].distinct == 3


def test_five_clashes_are_shown(till, folder, ada):  # noqa: ARG001
    """S41: five examples, those of most rows first."""
    lines = [str(key) for key in range(10) for _ in range(key + 1)]
    (folder / "orders.csv").write_text("\n".join(["id", *lines]), encoding="utf-8")

    [key] = keys_counted(resolved(ada, record_key=["id"]), actor=ada)

    assert [(each.key, each.rows) for each in key.clashes] == [
        ("9", 10),
        ("8", 9),
        ("7", 8),
        ("6", 7),
        ("5", 6),
    ]
    assert all(len(each.places) == 5 for each in key.clashes)


def test_relations_are_counted_with_examples(till, folder, ada):  # noqa: ARG001
    """S47: matched, unmatched and null counts with ten examples; to itself too (S48)."""
    rows = [f"{n},{n - 1}" for n in range(1, 4)] + [f"{n},x{n}" for n in range(20, 34)] + ["99,"]
    (folder / "orders.csv").write_text("\n".join(["id,parent", *rows]), encoding="utf-8")
    definition = resolved(
        ada,
        record_key=["id"],
        columns=[{"name": "id", "type": "text"}, {"name": "parent", "type": "text"}],
        relations=[{"columns": ["parent"], "to": "till_orders", "key": ["id"]}],
    )

    [counts] = relations_counted(definition, actor=ada)

    assert counts
    assert (counts.matched, counts.unmatched, counts.nulls) == (2, 15, 1)
    assert len(counts.examples) == 10
    assert counts.examples[:2] == ("0", "x20")


def test_a_relation_to_what_was_not_read_has_no_counts(source, folder, orders, ada):  # noqa: ARG001
    (folder / "stores.csv").write_text(STORES, encoding="utf-8")
    source(name="stores", read={"starts_with": "stores"}, record_key=["store"])
    definition = resolved(ada, relations=[{"columns": ["store"], "to": "stores", "key": ["store"]}])

    assert relations_counted(definition, actor=ada) == [None]


def test_rules_and_formulas_are_previewed_before_and_after(till, orders, ada):  # noqa: ARG001
    """S63: side by side, with counts of changed and of null results over all rows."""
    definition = resolved(
        ada,
        columns=[
            {"name": "order_no", "type": "integer"},
            {"name": "email", "type": "text", "rules": ["trim", "email"]},
            {"name": "amount", "type": "decimal", "point": ","},
            {"name": "store", "type": "integer"},
        ],
        computed=[{"name": "half", "sql": "amount / 2"}, {"name": "nothing", "sql": "1 / 0"}],
    )

    found = preview(definition, actor=ada)

    assert (found.number, found.is_whole, found.version) == (3, True, None)
    columns = {each.name: each for each in found.columns}
    assert list(columns) == ["order_no", "email", "amount", "store", "half", "nothing"]
    email, store = columns["email"], columns["store"]
    assert (email.filled, email.changed, email.emptied) == (2, 1, 0)
    assert (store.filled, store.emptied) == (2, 2)
    assert store.warnings == {"could_not_parse_number": 2}
    assert (columns["nothing"].emptied, columns["half"].emptied) == (3, 0)
    first = found.rows[0]
    assert (first.file, first.line) == (0, 2)
    assert first.before == ("1", "ADA@x.fr ", "12,50", "paris", None, None)
    assert first.after == ("1", "ada@x.fr", "12.5", None, "6.25", None)


def test_a_preview_shows_as_many_rows_and_columns_as_asked(till, orders, ada):  # noqa: ARG001
    """S63: on 100 rows, or fewer."""
    found = preview(resolved(ada), actor=ada, only=["customer"], limit=2)

    assert [each.name for each in found.columns] == ["customer"]
    assert [row.after for row in found.rows] == [("Ada",), ("Ben",)]
    assert found.number == 3


@pytest.mark.parametrize(
    ("name", "as_plain"),
    [("OrderID", "order_id"), ("Créé le", "cree_le"), ("Data modyfikacji", "data_modyfikacji")],
)
def test_names_are_compared_in_small_letters(name, as_plain):
    assert plain(name) == as_plain


def test_records_are_looked_at_as_tables(ada, record):
    """S96: every object type is a table; its key is the record id."""
    record("contact", first_name="Ada", email="ada@x.fr")
    crm = Connection.objects.get(kind="crm")
    [contacts] = [each for each in tables_of(crm, actor=ada) if each.name == "contacts"]

    found = detect(crm, Read(table="contacts"), actor=ada)

    assert found.record_key == contacts.key == ("id",)
    assert found.rows == 1
    types = {column.name: column.type for column in found.columns}
    assert (types["id"], types["email"]) == ("integer", "text")
    assert "_deleted_at" not in types
    assert "_deleted_at" in [each["name"] for each in found.seen]
