"""Records of customers for benchmarks of datasets: Parquet written by DuckDB, alike on every run.

About 2.3 records a person in three sources. Of a thousand records 30 have a typing error in a name,
20 in the e-mail address; 3 hold a placeholder for a phone and 2 for an address; some people share
the phone of their household or the address of their company, and few phones are a call centre's.
The random numbers are DuckDB's `hash`, so the rows are those of one version of DuckDB.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from tresse.datasets.definition import Column, DatasetDefinition, Identity, KeySet, Merge
from tresse.datasets.layout import Plan, Planned, record_columns, rid_of
from tresse.datasets.matching.values import match_value
from tresse.engine.base import Engine
from tresse.engine.types import Instant
from tresse.sources.types import TYPES

SOURCES = ("crm", "shop", "till")
"Six, three and one record of ten; in this order of priority."
KEYS = (("customer_id",), ("email",), ("phone",))
RECORDS_A_PERSON = 2.3
COLUMNS: Mapping[str, str] = {
    "customer_id": "text",
    "email": "text",
    "phone": "text",
    "first_name": "text",
    "last_name": "text",
    "birth_date": "date",
    "street": "text",
    "postal_code": "text",
    "city": "text",
    "country": "text",
    "gender": "text",
    "language": "text",
    "company": "text",
    "acquisition_source": "text",
    "loyalty_tier": "text",
    "loyalty_points": "integer",
    "revenue": "decimal",
    "is_subscribed": "boolean",
    "home_store": "text",
    "note": "text",
}
"Name and type of the 20 columns beside `record_id`, `created_at` and `modified_at`."
_SEMANTIC = {"street": "address_line1", "company": "company_name"}
_FIRST = (
    "Jane Marie Jean Pierre Paul Anna Zofia Jan Piotr Ewa Claire Luc Hugo Emma Léa Louis "
    "Alice Chloé Adam Nina Max Ida Otto Rosa Iris Noé Zoé Théo Inès Lina Igor Olga Yves Guy "
    "Karl Lars Nils Omar Sara Vera"
)
_LAST = (
    "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent "
    "Lefebvre Michel Garcia David Bertrand Roux Vincent Fournier Morel Girard André Lefèvre "
    "Mercier Dupont Lambert Bonnet François Martinez Nowak Kowalski Wiśniewski Wójcik "
    "Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski"
)
_CITIES = "Paris Lyon Lille Nantes Rennes Nice Metz Brest Dijon Tours Gdańsk Kraków Poznań"


def write(folder: Path, rows: int, *, first: int = 0, is_clean: bool = True) -> dict[str, Path]:
    """Write records to `<folder>/<source>.parquet`; answers the file of each source.

    Args:
        folder: Made if it is not there.
        rows: Records of all sources together.
        first: Number of the first one: rows 1,000,000 to 1,010,000 are 10,000 records that a later
            reading would bring, of persons old and new.
        is_clean: Addresses and phones as the rules of a source leave them; else as people type
            them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {source: folder / f"{source}.parquet" for source in SOURCES}
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        connection.execute(f"SET temp_directory = '{folder / 'spill'}'")
        for place, source in enumerate(SOURCES):
            connection.execute(
                f"COPY ({_select(rows, first, place, is_clean)}) TO '{paths[source]}' "
                "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )
    return paths


def columns() -> list[sa.ColumnClause[object]]:
    """What the files hold."""
    times = [sa.column(name, Instant()) for name in ("created_at", "modified_at")]
    cells = [sa.column(name, TYPES[type_].column) for name, type_ in COLUMNS.items()]
    return [sa.column("record_id", sa.Text()), *cells, *times]


def plan(keys: tuple[tuple[str, ...], ...] = KEYS) -> Plan:
    """A dataset of these columns: `latest` and a few other methods, keys as given."""
    merges = {
        "acquisition_source": Merge("earliest"),
        "loyalty_points": Merge("max"),
        "revenue": Merge("sum"),
        "loyalty_tier": Merge("source_priority", sources=SOURCES),
        "city": Merge("most_frequent"),
        "note": Merge("longest"),
    }
    planned = tuple(
        Planned(
            Column(name, type_, _SEMANTIC.get(name, name), merge=merges.get(name, Merge())),
            type_,
            TYPES[type_].column,
            number,
        )
        for number, (name, type_) in enumerate(COLUMNS.items())
    )
    definition = DatasetDefinition(
        "contacts",
        "contacts",
        columns=tuple(each.column for each in planned),
        identity=Identity(keys=tuple(KeySet(key) for key in keys)),
    )
    return Plan(definition, planned, SOURCES, "Europe/Paris", "FR")


def records(
    engine: Engine, paths: Mapping[str, Path], plan: Plan, *, is_clean: bool = True
) -> sa.TableClause:
    """The files as the table `records` of a build (`layout.record_columns`), kept by the engine."""
    settled = {"email", "phone", "customer_id"} if is_clean else set()
    return engine.keep(
        "records",
        sa.union_all(
            *(
                as_records(engine.read([path], columns()), plan, source, settled=settled)
                for source, path in paths.items()
            )
        ),
    )


def as_records(
    table: sa.TableClause, plan: Plan, source: str, *, settled: Collection[str] = ()
) -> sa.Select[Any]:
    """Rows of a source as `layout.record_columns`, without rules.

    Args:
        table: `record_id created_at modified_at`, and the columns of the plan by their names.
        plan: Of the dataset.
        source: Its name in the plan.
        settled: Columns that are clean already.
    """
    made: dict[str, sa.ColumnElement[Any]] = {
        "rid": rid_of(sa.literal(source), table.c.record_id),
        "source": sa.literal(source),
        "key": table.c.record_id,
        "priority": sa.literal(plan.sources.index(source)),
        "first_seen": table.c.created_at,
        "created_at": table.c.created_at,
        "modified_at": table.c.modified_at,
        "trusted": sa.true(),
        "hash": table.c.record_id,
    }
    for each in plan.columns:
        value = table.c[each.column.name]
        is_settled = each.column.name in settled
        made[each.name] = value
        made[each.match] = match_value(value, each, plan.country, is_normalised=is_settled)
    cells = [sa.type_coerce(made[c.name], c.type).label(c.name) for c in record_columns(plan)]
    return sa.select(*cells)


def persons(numbers: Collection[int], rows: int) -> dict[int, int]:
    """Whose record each number is; the number stands in `record_id` after its first letter.

    Args:
        numbers: Of records.
        rows: Of all records that were written.
    """
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE asked AS SELECT unnest(?::BIGINT[]) AS i", [[*numbers]])
        found = connection.execute(f"SELECT i, {_person(rows)} FROM asked")  # noqa: S608
        return dict(found.fetchall())


def _person(rows: int) -> str:
    persons = max(1, round(rows / RECORDS_A_PERSON))
    return (
        f"CAST(CASE WHEN {_chance(1, 900)} THEN {_random(2)} % {persons} "
        f"ELSE {_random(2)} % {max(1, persons // 8)} END AS BIGINT)"
    )


def _one_of(words: str, number: str) -> str:
    listed = [f"'{word}'" for word in words.split()]
    return f"list_extract([{', '.join(listed)}], CAST(({number}) % {len(listed)} AS INTEGER) + 1)"


def _random(salt: int, of: str = "i") -> str:
    """A whole number from 0, alike for the same number and salt."""
    return f"(hash({of} * 64 + {salt}) % 4294967296)"


def _chance(salt: int, thousandths: int, of: str = "i") -> str:
    return f"({_random(salt, of)} % 1000 < {thousandths})"


def _typed(value: str, salt: int, thousandths: int) -> str:
    """A text with its second and third letter swapped in so many of a thousand."""
    swapped = f"{value}[1] || {value}[3] || {value}[2] || substr({value}, 4)"
    return f"CASE WHEN {_chance(salt, thousandths)} THEN {swapped} ELSE {value} END"


def _select(rows: int, first: int, place: int, is_clean: bool) -> str:
    which = {0: "< 6", 1: "BETWEEN 6 AND 8", 2: "= 9"}[place]
    number = "lpad(CAST(600000000 + person % 200000000 AS VARCHAR), 9, '0')"
    household = f"CASE WHEN {_chance(40, 30, 'person')} THEN person - person % 2 ELSE person END"
    phone = (
        f"CASE WHEN {_chance(20, 3)} THEN NULL "
        f"WHEN {_chance(21, 1)} THEN '+33699999' || lpad(CAST(i % 200 // 100 AS VARCHAR), 3, '0') "
        f"ELSE '+33' || {number.replace('person', 'home')} END"
    )
    if not is_clean:
        phone = phone.replace("THEN NULL", "THEN '0000000000'", 1).replace(
            f"'+33' || {number.replace('person', 'home')}",
            f"'0' || {number.replace('person', 'home')}",
        )
    local = "lower(strip_accents(first)) || '.' || lower(strip_accents(last)) || person"
    email = (
        f"CASE WHEN {_chance(22, 2)} THEN 'noreply@shop.fr' "
        f"WHEN {_chance(23, 2, 'person')} THEN 'info@company' || person % 30 || '.fr' "
        f"WHEN {_chance(24, 20)} THEN {local} || '@exmaple.fr' "
        f"ELSE {local} || '@example.fr' END"
    )
    if not is_clean:
        email = f"CASE WHEN {_chance(25, 200)} THEN ' ' || upper({email}) ELSE {email} END"
    created = "TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_minutes(CAST({} AS BIGINT))"
    return f"""
WITH numbers AS (
  SELECT range AS i FROM range({first}, {first + rows}) WHERE range % 10 {which}
), people AS (
  SELECT i, {_person(first + rows)} AS person FROM numbers
), named AS (
  SELECT *, {_one_of(_FIRST, _random(3, "person"))} AS first,
    {_one_of(_LAST, _random(4, "person"))} AS last, {household} AS home FROM people
)
SELECT '{SOURCES[place][0]}' || i AS record_id,
  CASE WHEN {_chance(5, 500)} THEN 'C' || lpad(CAST(person AS VARCHAR), 9, '0') END AS customer_id,
  CASE WHEN {_chance(6, 800)} THEN {email} END AS email,
  CASE WHEN {_chance(7, 600)} THEN {phone} END AS phone,
  {_typed("first", 8, 30)} AS first_name, {_typed("last", 9, 30)} AS last_name,
  DATE '1940-01-01' + CAST({_random(10, "person")} % 24000 AS INTEGER) AS birth_date,
  CASE WHEN {_chance(11, 700)} THEN {_random(12, "person")} % 200 || ' rue ' || last END AS street,
  CASE WHEN {_chance(11, 700)} THEN lpad(CAST({_random(13, "person")} % 95000 + 1000 AS VARCHAR),
    5, '0') END AS postal_code,
  CASE WHEN {_chance(11, 700)} THEN {_one_of(_CITIES, _random(14, "person"))} END AS city,
  'FR' AS country,
  CASE WHEN {_chance(15, 600)} THEN {_one_of("female male", _random(3, "person"))} END
    AS gender,
  CASE WHEN {_chance(16, 500)} THEN 'fr' END AS language,
  CASE WHEN {_chance(17, 200, "person")} THEN 'Company ' || person % 3000 END AS company,
  {_one_of("shop ads store partner", _random(18))} AS acquisition_source,
  CASE WHEN {_chance(19, 300)} THEN {_one_of("bronze silver gold", _random(26))} END
    AS loyalty_tier,
  CAST({_random(27)} % 5000 AS BIGINT) AS loyalty_points,
  CAST({_random(28)} % 100000 / 100 AS DECIMAL(21, 6)) AS revenue,
  {_chance(29, 400)} AS is_subscribed,
  'store ' || {_random(30)} % 80 AS home_store,
  CASE WHEN {_chance(31, 100)} THEN 'note ' || {_random(32)} END AS note,
  {created.format(_random(33) + " % 3000000")} AS created_at,
  {created.format(_random(33) + " % 3000000 + " + _random(34) + " % 200000")} AS modified_at
FROM named"""  # noqa: S608
