"""Definitions of sources: read, refused in words, and said again (S31)."""

from datetime import timedelta

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tresse.kernel.errors import TresseError
from tresse.sources.columns import Column
from tresse.sources.definition import ENTITIES, Extract, When
from tresse.sources.given import duration_in, duration_said
from tresse.sources.parsing import KEYS, parsed
from tresse.sources.saying import said

S31 = yaml.safe_load(r"""
- name: shop_customers
  connection: shop_db
  read: {table: public.customers}
  entity: contacts
  record_key: [customer_id]
  further_keys: [[email]]
  relations: [{columns: [store_id], to: shop_stores, key: [store_id]}]
  columns:
    - {name: customer_id, type: integer}
    - {name: email, type: text, rules: [trim, email]}
    - {name: phone, type: text, rules: [{phone: {country: FR}}]}
    - {name: updated_at, type: datetime, zone: Europe/Paris}
  computed: [{name: full_name, sql: "trim(concat(first_name, ' ', last_name))"}]
  created_at: created_at
  modified_at: updated_at
  trusted: true
  extract: {mode: incremental, cursor: updated_at, overlap: 96h, deletes: keep}
  schedule: {cron: "*/15 * * * *", zone: Europe/Paris}
- name: pos_orders
  connection: erp_sftp
  read:
    {files: 'orders_(?P<date>\d{8})\.csv', format: csv, separator: ";", file_holds: changes,
     afterwards: move}
  entity: orders
  record_key: [order_no]
  relations: [{columns: [card_no], to: pos_customers, key: [card_no]}]
  extract: {mode: each}
""")
CUSTOMERS, TILLS = S31
BARE = {
    "name": "shop",
    "connection": "db",
    "read": {"table": "t"},
    "entity": "contacts",
    "record_key": ["id"],
}
FILES = BARE | {"read": {"starts_with": "orders_"}}


def refused(item):
    with pytest.raises(TresseError) as found:
        parsed(item)
    return found.value.code, found.value.message


@pytest.mark.parametrize("item", S31, ids=lambda item: item["name"])
def test_the_definition_of_the_specification_is_read_and_said_again(item):
    """S31: the definition, complete; what is left out takes the default."""
    definition = parsed(item)

    assert parsed(said(definition)) == definition
    assert said(parsed(said(definition))) == said(definition)
    assert set(said(definition)) <= set(KEYS)


def test_what_goes_without_saying_is_not_said():
    """S31: what is left out takes the default."""
    assert said(parsed(BARE)) == BARE
    whole = BARE | {
        "trusted": True,
        "enabled": True,
        "reviewed": True,
        "extract": {"mode": "snapshot", "deletes": "keep", "timeout": "10m"},
        "relations": [],
        "schedule": {},
    }
    assert said(parsed(whole)) == BARE


def test_every_part_of_it_is_a_value():
    """S30: connection, what is read, entity, keys, relations, columns, rules, times."""
    definition = parsed(CUSTOMERS)

    assert definition.record_key == ("customer_id",)
    assert definition.further_keys == (("email",),)
    assert definition.keys == (("customer_id",), ("email",))
    assert definition.extract == Extract("incremental", "updated_at", timedelta(hours=96))
    assert definition.schedule == When("*/15 * * * *", "Europe/Paris")
    columns = definition.columns or ()
    assert columns[1].rules[1].name == "email"
    assert parsed(TILLS).extract.mode == "each"
    assert parsed(FILES).extract.mode == "each"


def test_a_key_has_one_to_eight_columns_and_others_may_stand_beside_it():
    """S40: one record key of one to eight columns, and any number of further keys."""
    eight = list("abcdefgh")
    definition = parsed(BARE | {"record_key": eight, "further_keys": [["mail"], "phone"]})

    assert definition.record_key == tuple(eight)
    assert definition.further_keys == (("mail",), ("phone",))
    assert refused(BARE | {"record_key": [*eight, "i"]})[0] == "wrong_value"
    assert refused({key: value for key, value in BARE.items() if key != "record_key"})[0] == (
        "wrong_value"
    )


def test_key_relation_cursor_and_date_columns_are_always_read():
    """S50: also where a person did not pick them; formulas have theirs read too."""
    definition = parsed(CUSTOMERS)

    assert definition.needed == (
        "customer_id",
        "email",
        "store_id",
        "updated_at",
        "created_at",
        "first_name",
        "last_name",
    )
    detected = [Column(name, "text") for name in ("customer_id", "First_Name", "other")]
    names = [column.name for column in definition.resolved(detected).columns or ()]
    assert names == [
        "customer_id",
        "email",
        "phone",
        "updated_at",
        "store_id",
        "created_at",
        "First_Name",
        "last_name",
    ]


def test_columns_left_out_are_all_as_detected():
    """S31: `columns` left out means every column, as detected; so does a type."""
    detected = [Column("id", "integer"), Column("day", "date", format="%d/%m/%Y")]

    assert parsed(BARE).resolved(detected).columns == tuple(detected)
    picked = parsed(BARE | {"columns": ["day", {"name": "id", "required": True}]})
    assert picked.resolved(detected).columns == (
        Column("day", "date", format="%d/%m/%Y"),
        Column("id", "integer", is_required=True),
    )


@pytest.mark.parametrize("entity", [*ENTITIES, "my_own_things"])
def test_an_entity_is_a_known_one_or_a_name_of_ones_own(entity):
    """S32: the known entities, and any name of one's own."""
    assert parsed(BARE | {"entity": entity}).entity == entity


@pytest.mark.parametrize("entity", ["", "My things", 3, None])
def test_an_entity_is_a_name(entity):
    """S32: a name, not a sentence."""
    code, sentence = refused(BARE | {"entity": entity})
    assert code == "wrong_value"
    assert "shop: entity" in sentence
    assert ("entity is missing or empty. It needs an entity such as" in sentence) == (not entity)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"colums": []}, "unknown_key", 'Did you mean "columns"?'),
        ({"read": {"tabel": "t"}}, "unknown_key", 'Did you mean "table"?'),
        ({"read": {}}, "wrong_value", "says 0 things to read"),
        ({"read": {"table": "t", "query": "SELECT 1"}}, "wrong_value", "says 2 things"),
        (
            {"read": "customers"},
            "wrong_value",
            'shop: read needs keys with values, not "customers"',
        ),
        ({"read": {"table": "t", "separator": ";"}}, "wrong_value", "is a setting of files"),
        ({"name": "Shop"}, "invalid_name", '"Shop" must begin'),
        ({"connection": ""}, "wrong_value", "shop: connection"),
        ({"record_key": []}, "wrong_value", "takes 1 to 8 columns, not 0"),
        ({"record_key": list("abcdefghi")}, "wrong_value", "takes 1 to 8 columns, not 9"),
        ({"record_key": ["id", "id"]}, "wrong_value", 'each column once, not "id"'),
        ({"record_key": "id"}, "wrong_value", 'needs a list, not "id"'),
        ({"record_key": [1]}, "wrong_value", "names of columns, not 1"),
        ({"columns": []}, "wrong_value", "at least one column"),
        ({"columns": ["id", "id"]}, "column_repeated", 'the column "id" twice'),
        ({"columns": ["Id", "id"]}, "columns_alike", "differ only in upper and lower case"),
        ({"columns": ["_key"]}, "reserved_name", "that Tresse writes itself"),
        ({"columns": [{"name": "a", "type": "txt"}]}, "unknown_name", "txt"),
        ({"columns": [{"name": "a", "rules": ["trimm"]}]}, "unknown_name", 'mean "trim"'),
        ({"computed": [{"name": "id", "sql": "a"}], "columns": ["id"]}, "column_repeated", "id"),
        ({"computed": [{"name": "n", "sql": "a +"}]}, "formula_syntax", ""),
        ({"computed": [{"name": "n", "sql": "sum(a)"}]}, "formula_aggregate", ""),
        ({"relations": [{"columns": ["a"], "to": "x"}]}, "wrong_value", "relations 1.key"),
        (
            {"relations": [{"columns": ["a"], "to": "x", "key": ["a", "b"]}]},
            "wrong_value",
            "as many columns as its columns, 1",
        ),
        ({"extract": {"mode": "incremental"}}, "cursor_missing", "needs extract.cursor"),
        ({"extract": {"mode": "each"}}, "wrong_value", "is of files, and shop reads tables"),
        ({"extract": {"mode": "fast"}}, "wrong_value", "one of snapshot"),
        ({"extract": {"cursor": "a"}}, "wrong_value", "extract.mode incremental"),
        ({"extract": {"deletes": "all"}}, "wrong_value", "one of keep, absent"),
        (
            {"extract": {"mode": "incremental", "cursor": "a", "deletes": "absent"}},
            "wrong_value",
            "only where everything is read",
        ),
        (
            {"extract": {"mode": "incremental", "cursor": "a", "overlap": "soon"}},
            "wrong_value",
            "a time such as 96h",
        ),
        ({"extract": {"timeout": "3 years"}}, "wrong_value", "a time"),
        ({"schedule": {"cron": "every day"}}, "wrong_value", "five fields"),
        ({"schedule": {"cron": "0 0 31 2 *"}}, "wrong_value", "five fields"),
        ({"schedule": {"cron": "0 0 * * * *"}}, "wrong_value", "five fields"),
        ({"schedule": {"cron": "0 0 * * *", "zone": "Paris"}}, "wrong_value", "Europe/Paris"),
        ({"schedule": {"cron": "0 0 * * *", "after": "b"}}, "wrong_value", "cron or after"),
        ({"schedule": {"after": "shop"}}, "wrong_value", "another source"),
        ({"trusted": "yes"}, "wrong_value", 'true or false, not "yes"'),
        ({"created_at": "a\0b"}, "wrong_value", "control characters"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_with_its_place(changes, code, words):
    """S31: unknown keys and unfit values are refused by name, with the place and what would do."""
    found, sentence = refused(BARE | changes)

    assert found == code
    assert words in sentence


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"files": "orders_("}, "bad_pattern", "is no pattern"),
        ({"files": "(?=x)"}, "bad_pattern", "is no pattern"),
        ({"starts_with": "o", "date_format": "%Y"}, "wrong_value", "named date"),
        ({"files": r"(?P<date>\d+)", "date_format": "%Q"}, "wrong_value", "a date format"),
        ({"starts_with": "o", "format": "xml"}, "wrong_value", "one of csv, json, jsonl"),
        ({"starts_with": "o", "separator": "::"}, "wrong_value", "; , | or tab"),
        ({"starts_with": "o", "encoding": "klingon"}, "wrong_value", "UTF-8"),
        ({"starts_with": "o", "format": "csv", "path": "data"}, "wrong_value", "read.format json"),
        ({"starts_with": "o", "file_holds": "some"}, "wrong_value", "changes, all"),
        ({"starts_with": "o", "afterwards": "burn"}, "wrong_value", "leave, move, delete"),
        ({"starts_with": "o", "ready": "yes"}, "wrong_value", "marker"),
    ],
    ids=str,
)
def test_settings_of_files_are_checked(changes, code, words):
    """S81: a pattern, and the form of the date in it; S85 and S86: the settings of files."""
    found, sentence = refused(BARE | {"read": changes})

    assert found == code
    assert words in sentence


def test_modes_of_files_are_once_and_each():
    """S70: snapshot and incremental are of tables; once and each of files."""
    for mode in ("once", "each"):
        assert parsed(FILES | {"extract": {"mode": mode}}).extract.mode == mode
    assert refused(FILES | {"extract": {"mode": "snapshot"}})[0] == "wrong_value"


def test_absent_rows_are_known_where_everything_is_read():
    """S80: `absent` with snapshots, and with files that hold all (S90)."""
    absent = {"extract": {"deletes": "absent"}}

    assert parsed(BARE | absent).extract.deletes == "absent"
    whole = {"read": {"starts_with": "o", "file_holds": "all"}}
    assert parsed(BARE | whole | absent).extract.deletes == "absent"
    assert refused(FILES | absent)[0] == "wrong_value"
    by_column = parsed(BARE | {"extract": {"deletes": {"column": "gone"}}})
    assert (by_column.extract.deletes, by_column.extract.deletes_column) == ("column", "gone")
    assert "gone" in by_column.needed
    assert said(by_column)["extract"] == {"deletes": {"column": "gone"}}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("96h", timedelta(hours=96)),
        ("1d 12h", timedelta(hours=36)),
        ("30m", timedelta(minutes=30)),
        ("0", timedelta()),
        ("2 D", timedelta(days=2)),
    ],
)
def test_times_are_written_with_their_unit(text, time):
    """S76: an overlap such as 96h."""
    assert duration_in(text) == time
    assert duration_in(duration_said(time)) == time


@pytest.mark.parametrize("text", ["", "soon", "h", "1y", "99999999d", "-1h", "1h x"])
def test_other_texts_are_no_times(text):
    assert duration_in(text) is None


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=3_650)))
@examples(100)
def test_every_time_of_whole_seconds_is_read_back(time):
    whole = timedelta(seconds=int(time.total_seconds()))
    assert duration_in(duration_said(whole)) == whole


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def read_or_refused(item):
    """Whether it is read, then also back; a refusal has a sentence."""
    try:
        definition = parsed(item)
    except TresseError as error:
        return bool(error.message)
    return parsed(said(definition)) == definition


@given(st.sampled_from(KEYS), JUNK)
@examples(300)
def test_whatever_is_given_is_read_or_refused(key, value):
    """S31: no value of a definition ends in a fault of the program."""
    assert read_or_refused(CUSTOMERS | {key: value})


@given(st.sampled_from(("read", "extract", "schedule")), st.text(max_size=12), JUNK)
@examples(200)
def test_whatever_is_given_within_is_read_or_refused(part, key, value):
    known = {"read": list(TILLS["read"]), "extract": ["mode", "overlap"], "schedule": ["cron"]}
    for name in (key, *known[part]):
        assert read_or_refused(TILLS | {part: {**TILLS.get(part, {}), name: value}})
