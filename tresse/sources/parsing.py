"""Definitions of sources as files, programs and pages say them (S31): read, checked, said again.

Only what can be judged from the definition alone is checked here; what needs the connection, other
sources or known types is in `checks.py`.
"""

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext

from tresse.accounts.account import ZONES
from tresse.accounts.refusals import INVALID_NAME
from tresse.accounts.rights import NAME
from tresse.engine.files.encoding import ENCODINGS
from tresse.engine.formulas import read as formula_read
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.sources.columns import Column
from tresse.sources.definition import (
    AFTERWARDS,
    FILE_HOLDS,
    FILE_MODES,
    FORMATS,
    MODES,
    MOST_KEY_COLUMNS,
    QUERY_SECONDS,
    READS,
    Computed,
    Extract,
    Read,
    Relation,
    SourceDefinition,
    When,
)
from tresse.sources.files import BadPattern, compiled
from tresse.sources.given import Given, names_in, shown
from tresse.sources.refusals import (
    BAD_CRON,
    BAD_PATTERN,
    BAD_ZONE,
    COLUMN_REPEATED,
    COLUMN_RESERVED,
    COLUMNS_ALIKE,
    EITHER_OR,
    MODE_OF_FILES,
    NEEDS_CURSOR,
    NEEDS_SNAPSHOT,
    NO_DATE_IN_PATTERN,
    ONLY_OF_FILES,
    READ_NEEDS_ONE,
)
from tresse.sources.written import column_of

KEYS = (
    "name",
    "connection",
    "read",
    "entity",
    "record_key",
    "further_keys",
    "relations",
    "columns",
    "computed",
    "created_at",
    "modified_at",
    "trusted",
    "extract",
    "schedule",
    "enabled",
    "reviewed",
)
FILE_KEYS = (
    "date_format",
    "format",
    "separator",
    "encoding",
    "path",
    "file_holds",
    "afterwards",
    "ready",
)
EXTRACT_KEYS = ("mode", "cursor", "overlap", "deletes", "timeout")
SEPARATORS = {";": ";", ",": ",", "|": "|", "\t": "\t", "tab": "\t"}
RESERVED_COLUMNS = (
    "_key",
    "_hash",
    "_modified_at",
    "_first_read_at",
    "_read_at",
    "_deleted_at",
    "_file",
    "_line",
)
LONGEST_QUERY, LONGEST_FORMULA = 100_000, 2_000
MOST_COLUMNS, MOST_RELATIONS, MOST_KEYS, MOST_COMPUTED = 2_000, 100, 50, 200
LONGEST_TIMEOUT = 24 * 3_600
A_SEPARATOR, A_DATE_FORMAT = N_("; , | or tab"), N_("a date format such as %Y%m%d")
A_SOURCE, A_CONNECTION = N_("the name of a source"), N_("the name of a connection")


def parsed(item: Mapping[str, Any]) -> SourceDefinition:
    """The definition that a mapping says.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `invalid_name`, `bad_pattern`, `cursor_missing`,
            `column_repeated`, `columns_alike`, `reserved_name`; what `written.column_of` refuses.
    """
    name = item.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise INVALID_NAME(name=shown(name).strip('"'))
    given = Given(item, name)
    given.check(KEYS, gettext("a source"))
    read = _read(given.part("read"))
    definition = SourceDefinition(
        name=name,
        connection=_name(given, "connection", gettext(A_CONNECTION)),
        read=read,
        entity=_entity(given, read),
        record_key=given.names("record_key", most=MOST_KEY_COLUMNS),
        further_keys=tuple(
            names_in(
                key if isinstance(key, list | tuple) else [key],
                given.name("further_keys"),
                most=MOST_KEY_COLUMNS,
            )
            for key in given.items("further_keys", most=MOST_KEYS)
        ),
        relations=tuple(_relation(each) for each in given.parts("relations", most=MOST_RELATIONS)),
        columns=_columns(given),
        computed=tuple(_computed(each) for each in given.parts("computed", most=MOST_COMPUTED)),
        created_at=given.text("created_at"),
        modified_at=given.text("modified_at"),
        trusted=given.truth("trusted", True),
        extract=_extract(given.part("extract"), read),
        schedule=schedule_given(given.part("schedule"), name),
        is_enabled=given.truth("enabled", True),
        is_reviewed=given.truth("reviewed", True),
    )
    check_column_names(
        [column.name for column in definition.columns or ()] + list(definition.computed_names),
        source=name,
    )
    return definition


def parsed_read(item: Any) -> Read:
    """What a mapping says is read, of no definition.

    Raises:
        TresseError: As `parsed`.
    """
    return _read(Given({"read": item}, "").part("read"))


def check_column_names(names: list[str], *, source: str) -> None:
    """Refuse columns that could not stand beside each other in a version.

    Raises:
        TresseError: `column_repeated`, `columns_alike`, `reserved_name`.
    """
    seen: dict[str, str] = {}
    for name in names:
        folded = name.casefold()  # engines tell no upper from lower case in names of columns
        if folded in RESERVED_COLUMNS or folded.startswith("_raw."):
            raise COLUMN_RESERVED(name=name)
        if folded in seen and seen[folded] == name:
            raise COLUMN_REPEATED(source=source, name=name)
        if folded in seen:
            raise COLUMNS_ALIKE(source=source, first=seen[folded], second=name)
        seen[folded] = name


def _name(given: Given, key: str, wanted: str) -> str:
    value = given.text(key)
    if not NAME.fullmatch(value):
        raise given.refuse(key, wanted, value)
    return value


def _entity(given: Given, read: Read) -> str:
    wanted = gettext("an entity such as contacts or orders, or a name of your own")
    if given.values.get("entity") == "":
        raise given.refuse("entity", wanted, "")
    value = given.text("entity", read.entity)
    if not NAME.fullmatch(value):
        raise given.refuse("entity", wanted, value)
    return value


def _read(given: Given) -> Read:
    given.check((*READS, *FILE_KEYS), gettext("what is read"))
    said = [key for key in READS if given.has(key)]
    if len(said) != 1:
        raise READ_NEEDS_ONE(name=given.name(""), number=len(said), known=list(READS))
    what = {said[0]: given.text(said[0], most=LONGEST_QUERY if said[0] == "query" else 1_000)}
    for key in FILE_KEYS:
        if given.has(key) and said[0] not in ("files", "starts_with"):
            raise ONLY_OF_FILES(name=given.name(key), source=given.source)
    read = Read(
        **what,
        date_format=given.text("date_format", Read().date_format),
        format=given.choice("format", FORMATS),
        separator=_separator(given),
        encoding=_encoding(given),
        path=given.text("path"),
        file_holds=given.choice("file_holds", FILE_HOLDS, FILE_HOLDS[0]),
        afterwards=given.choice("afterwards", AFTERWARDS, AFTERWARDS[0]),
        ready=given.choice("ready", ("marker",)),
    )
    _check_pattern(given, read)
    _check_format(given, read)
    return read


def _encoding(given: Given) -> str:
    """An encoding by its name as people see it, in any case: `windows-1252`."""
    known = {name.lower(): name for name in (*ENCODINGS, "UTF-16", "UTF-32")}
    value = given.text("encoding")
    if value and value.lower() not in known:
        return given.choice("encoding", tuple(known.values()))
    return known[value.lower()] if value else ""


def _separator(given: Given) -> str:
    value = given.values.get("separator")
    if value is None:
        return ""
    if not isinstance(value, str) or value not in SEPARATORS:
        raise given.refuse("separator", gettext(A_SEPARATOR), value)
    return SEPARATORS[value]


def _check_pattern(given: Given, read: Read) -> None:
    groups: Mapping[str, int] = {}
    if read.files:
        try:
            groups = compiled(read.files).groupindex
        except BadPattern as error:
            raise BAD_PATTERN(
                name=given.name("files"), value=shown(read.files), reason=str(error)
            ) from None
    if given.has("date_format"):
        if "date" not in groups:
            raise NO_DATE_IN_PATTERN(name=given.name("date_format"))
        try:
            written = datetime.date(2026, 3, 29).strftime(read.date_format)
            datetime.datetime.strptime(written, read.date_format)  # noqa: DTZ007  only tried
        except ValueError:
            raise given.refuse("date_format", gettext(A_DATE_FORMAT), read.date_format) from None


def _check_format(given: Given, read: Read) -> None:
    for key, of in (("separator", "csv"), ("path", "json")):
        if getattr(read, key) and read.format not in ("", of):
            wanted = gettext("read.format {of}").format(of=of)
            raise WRONG_VALUE(name=given.name(key), wanted=wanted, value=read.format)


def _relation(given: Given) -> Relation:
    given.check(("columns", "to", "key"), gettext("a relation"))
    columns = given.names("columns", most=MOST_KEY_COLUMNS)
    to = _name(given, "to", gettext(A_SOURCE))
    key = given.names("key", most=MOST_KEY_COLUMNS)
    if len(key) != len(columns):
        wanted = gettext("as many columns as its columns, {number}").format(number=len(columns))
        raise given.refuse("key", wanted, list(key))
    return Relation(columns, to, key)


def _computed(given: Given) -> Computed:
    given.check(("name", "sql"), gettext("a computed column"))
    (name,) = names_in([given.values.get("name")], given.name("name"), most=1)
    sql = given.text("sql", most=LONGEST_FORMULA)
    if not sql:
        raise given.refuse("sql", gettext("a formula"), given.values.get("sql"))
    try:
        formula_read(sql)
    except TresseError as error:
        error.details.setdefault("place", f"{given.source}: computed {name}")
        raise
    return Computed(name, sql)


def _columns(given: Given) -> tuple[Column, ...] | None:
    if not given.has("columns"):
        return None
    items = given.items("columns", most=MOST_COLUMNS)
    if not items:
        raise given.refuse("columns", gettext("at least one column, or nothing for all"), items)
    return tuple(_column(item, given, number) for number, item in enumerate(items, start=1))


def _column(item: Any, given: Given, number: int) -> Column:
    """A column; one that says neither type nor rules is read as detected, else as text."""
    place = f"columns {number}"
    if not isinstance(item, str | Mapping):
        raise given.refuse(place, gettext("a name, or keys with values"), item)
    names_in([item.get("name") if isinstance(item, Mapping) else item], given.name(place), most=1)
    column = column_of(item)
    # Rules are chosen for cells as they are written; a type that is found later must not part them.
    return replace(column, type="text") if column.rules and not column.type else column


def _extract(given: Given, read: Read) -> Extract:
    given.check(EXTRACT_KEYS, gettext("how it is read"))
    mode = given.choice("mode", MODES, "each" if read.is_files else "snapshot")
    known = FILE_MODES if read.is_files else tuple(m for m in MODES if m not in FILE_MODES)
    if mode not in known:
        of, reads = (gettext("tables"), gettext("files"))[:: 1 if read.is_files else -1]
        raise MODE_OF_FILES(
            name=given.name("mode"),
            value=mode,
            of=of,
            reads=reads,
            source=given.source,
            known=list(known),
        )
    cursor = given.text("cursor")
    if mode == "incremental" and not cursor:
        raise NEEDS_CURSOR(source=given.source)
    if cursor and mode != "incremental":
        wanted = gettext("extract.mode incremental")
        raise WRONG_VALUE(name=given.name("cursor"), wanted=wanted, value=mode)
    overlap = given.duration("overlap")
    if overlap is not None and not cursor:
        raise given.refuse("overlap", gettext("extract.cursor beside it"), str(overlap))
    deletes, column = _deletes(given, mode, read)
    return Extract(mode, cursor, overlap, deletes, column, _timeout(given, read))


def _deletes(given: Given, mode: str, read: Read) -> tuple[str, str]:
    value = given.values.get("deletes")
    if isinstance(value, Mapping):
        part = given.part("deletes")
        part.check(("column",), gettext("a mark of deleted rows"))
        return "column", names_in([part.values.get("column")], part.name("column"), most=1)[0]
    deletes = given.choice("deletes", ("keep", "absent"), "keep")
    holds_all = read.is_files and read.file_holds == "all"
    if deletes == "absent" and mode != "snapshot" and not holds_all:
        raise NEEDS_SNAPSHOT(name=given.name("deletes"))
    return deletes, ""


def _timeout(given: Given, read: Read) -> int:
    value = given.duration("timeout")
    if value is None:
        return QUERY_SECONDS
    seconds = value if isinstance(value, int) else int(value.total_seconds())
    if read.is_files or not 1 <= seconds <= LONGEST_TIMEOUT:
        wanted = gettext("a time from 1s to 24h, and a database to read")
        raise given.refuse("timeout", wanted, given.values.get("timeout"))
    return seconds


def schedule_given(given: Given, source: str) -> When:
    """When it is read, or built: at times, or after a source other than `source` (S114).

    Raises:
        TresseError: `wrong_value`.
    """
    given.check(("cron", "zone", "after"), gettext("a schedule"))
    if not given.values:
        return When()
    if given.has("cron") and given.has("after"):
        raise EITHER_OR(name=given.name(""), first="cron", second="after")
    if given.has("after"):
        after = _name(given, "after", gettext(A_SOURCE))
        if given.has("zone"):
            raise EITHER_OR(name=given.name(""), first="after", second="zone")
        if after == source:
            raise given.refuse("after", gettext("another source"), after)
        return When(after=after)
    return When(cron=_cron(given), zone=_zone(given))


def _cron(given: Given) -> str:
    cron = given.text("cron")
    try:
        if len(cron.split()) != 5:
            raise CronSimError
        next(CronSim(cron, now()))
    except (CronSimError, StopIteration):
        raise BAD_CRON(name=given.name("cron"), value=shown(cron)) from None
    return cron


def _zone(given: Given) -> str:
    zone = given.text("zone")
    if zone and zone not in ZONES:
        raise BAD_ZONE(name=given.name("zone"), value=shown(zone))
    return zone
