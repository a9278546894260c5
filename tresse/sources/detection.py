"""What is proposed for a new source: columns with types, key, dates, cursor (S53, S58, S61)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import FileKind, FileSeen, TableSeen
from tresse.connections.models import Connection
from tresse.connections.opening import opened
from tresse.engine.base import Engine
from tresse.kernel.text import folded
from tresse.sources.checks import connection_of
from tresse.sources.columns import Column, RuleUse
from tresse.sources.definition import Read, SourceDefinition
from tresse.sources.judging import Raw, of_look
from tresse.sources.looking import SECONDS, Look, look, root
from tresse.sources.parsing import RESERVED_COLUMNS
from tresse.sources.proposals import Proposal, proposals
from tresse.sources.queries import MANAGE
from tresse.sources.refusals import DATE_ORDER_UNKNOWN
from tresse.sources.semantics import ADDRESSES, rules_for
from tresse.sources.versions import engine

KEY_NAME = re.compile(
    r"(.*_)?(id|uuid|guid|ref|reference|no|nr|num|number|numero|numer|code|kod|cle|key|klucz|sku)"
)
"Of columns that are tried as a key, besides the first one."
MOST_TRIED = 12
CREATED = ("created_at", "created", "creation_date", "created_on", "date_created", "date_add")
MODIFIED = (
    "updated_at",
    "modified_at",
    "last_modified",
    "modified",
    "updated",
    "updated_on",
    "date_modified",
    "date_upd",
    "date_update",
)
LOCAL_CREATED = ("cree_le", "date_creation", "date_de_creation", "data_utworzenia", "utworzono")
LOCAL_MODIFIED = (
    "modifie_le",
    "date_modification",
    "date_de_modification",
    "maj_le",
    "data_modyfikacji",
    "zmieniono",
)
"The same in French and Polish, as `folded` writes it."
DATES = ("date", "datetime")


@dataclass(frozen=True, slots=True)
class Detected:
    """What is proposed, for a person to review.

    `seen`: all columns of the other side, those that cannot be read with an empty `proposed`.
    `is_whole`: every row there is was looked at. Names are empty where nothing fits.
    """

    proposals: tuple[Proposal, ...]
    seen: tuple[Mapping[str, Any], ...]
    rows: int
    is_whole: bool
    files: tuple[str, ...]
    "Files that were looked at; their number in all: `files_found`."
    files_found: int
    rejected: int
    "Lines of files that could not be read."
    record_key: tuple[str, ...]
    created_at: str
    modified_at: str
    cursor: str
    "Of a table: a column of changes, by which it can be read incrementally."

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns as proposed. Of dates in an unknown order, the first that fits."""
        return tuple(each.column for each in self.proposals)

    @property
    def unreadable(self) -> list[str]:
        """Columns of types that cannot be read."""
        return [each["name"] for each in self.seen if not each["proposed"]]

    def seen_columns(self) -> list[dict[str, str]]:
        """As `add_source(seen=…)` and `Source.seen_columns` have them."""
        return [
            {"name": each["name"], "type": each["type"], "proposed": each["proposed"]}
            for each in self.seen
        ]


def detect(
    connection: Connection,
    read: Read,
    *,
    actor: Actor,
    seconds: float = SECONDS,
    fresh: bool = False,
) -> Detected:
    """Look at what would be read, and propose.

    Args:
        connection: Where.
        read: What.
        actor: Needs `datasets.manage`.
        seconds: How long rows are read; what comes later is not looked at.
        fresh: Look again, though a look of the last hour is kept.

    Raises:
        TresseError: `not_permitted`; as `looking.look`.
    """
    require_right(actor, MANAGE)
    found = look(connection, read, seconds=seconds, fresh=fresh)
    with engine(folders=[root()]) as session:
        raw = of_look(session, found)
        # What is called as a column of ours cannot stand beside it, so it is not proposed.
        names = [name for name in found.names if name.casefold() not in RESERVED_COLUMNS]
        made = proposed(raw, names, proposals_of(found), are_typed=not read.is_files)
        key = found.key or _key(session, raw, made)
    return Detected(
        proposals=tuple(made),
        seen=found.seen,
        rows=found.rows,
        is_whole=found.is_whole,
        files=found.files,
        files_found=found.files_found,
        rejected=found.rejected,
        record_key=key,
        created_at=_dated(made, (*CREATED, *LOCAL_CREATED)),
        modified_at=_dated(made, (*MODIFIED, *LOCAL_MODIFIED)),
        cursor="" if read.is_files else _dated(made, (*MODIFIED, *LOCAL_MODIFIED)),
    )


def resolved_now(
    definition: SourceDefinition, detected: Sequence[Column], *, actor: Actor
) -> SourceDefinition:
    """A definition with its columns and types; what nobody detected yet is looked at now.

    Args:
        definition: It need not be saved.
        detected: What was detected before.
        actor: Needs `datasets.manage` where a look is needed.

    Raises:
        TresseError: As `detect`.
    """
    known = definition.resolved(detected)
    if known.columns and all(column.type for column in known.columns):
        return known
    found = detect(connection_of(definition), definition.read, actor=actor)
    return definition.resolved(found.columns)


def proposals_of(found: Look) -> dict[str, str]:
    """The type that the other side's own type means, by column; `text` of files."""
    return {each["name"]: each["proposed"] for each in found.seen if each["proposed"]}


def proposed(
    raw: Raw, names: Sequence[str], types: Mapping[str, str], *, are_typed: bool
) -> list[Proposal]:
    """Proposals for columns of raw rows.

    Args:
        raw: The rows.
        names: Of the columns, in order.
        types: Where another side has types of its own: the type each means; `text` else.
        are_typed: The types are the other side's own, its texts are texts (S53).
    """
    columns = [Column(name=name, type=types.get(name) or "text") for name in names]
    if not columns:
        return []
    here = account()
    return proposals(
        raw.engine,
        raw.table,
        columns,
        zone=here.zone,
        country=here.country,
        are_typed=are_typed,
    )


def settled(definition: SourceDefinition, found: Sequence[Proposal]) -> tuple[Column, ...]:
    """The columns of proposals that nobody reviews: where a person has to say, it is refused (S54).

    Raises:
        TresseError: `date_order_unknown`.
    """
    for each in open_questions(definition, found):
        first, second = (*each.formats, "", "")[:2]
        raise DATE_ORDER_UNKNOWN(
            source=definition.name, column=each.column.name, first=first, second=second
        )
    return tuple(each.column for each in found)


def open_questions(definition: SourceDefinition, found: Sequence[Proposal]) -> list[Proposal]:
    """Proposals whose order of day and month a definition does not say (S54).

    Columns that it does not read are no question.
    """
    said = {column.name: column for column in definition.columns or ()}
    is_read = {*said, *definition.needed}
    asked = []
    for each in found:
        if not each.asks_date_order:
            continue
        column = said.get(each.column.name)
        if column is None or not column.type:
            is_open = definition.columns is None or each.column.name in is_read
        else:
            is_open = column.type in DATES
        if is_open and (column is None or not column.format):
            asked.append(each)
    return asked


def key_not_normalised(
    definition: SourceDefinition, found: Sequence[Proposal]
) -> list[tuple[str, str]]:
    """Key and relation columns that hold e-mails or phones and have no rule for it (S61).

    Returns:
        Column and the rule that would put it in order, each once.
    """
    rules = {column.name: [use.name for use in column.rules] for column in definition.columns or ()}
    used = {name for key in definition.keys for name in key}
    used |= {name for relation in definition.relations for name in relation.columns}
    warned = []
    for each in found:
        semantic = each.column.semantic
        if each.column.name in used and semantic in ADDRESSES:
            [rule] = rules_for(semantic)
            if rule not in rules.get(each.column.name, ()):
                warned.append((each.column.name, rule))
    return warned


def with_rules(column: Column, rules: Sequence[str]) -> Column:
    """A column with the rules that are proposed for it (`rules: auto`)."""
    there = {use.name for use in column.rules}
    uses = [RuleUse(name) for name in rules if name not in there]
    return replace(column, rules=(*column.rules, *uses))


def _key(session: Engine, raw: Raw, found: Sequence[Proposal]) -> tuple[str, ...]:
    """The first column that tells all rows from each other; tried are those named like a key."""
    tried = [
        each
        for at, each in enumerate(found)
        if each.filled == each.rows
        and each.rows
        and (at == 0 or KEY_NAME.fullmatch(plain(each.column.name)) or _is_address(each))
    ][:MOST_TRIED]
    if not tried:
        return ()
    counts = [
        sa.func.count(sa.distinct(sa.cast(raw.table.c[each.column.name], sa.Text())))
        for each in tried
    ]
    numbers = session.rows(sa.select(*counts).select_from(raw.table))[0]
    fits = [
        each.column.name for each, number in zip(tried, numbers, strict=True) if number == each.rows
    ]
    named = [name for name in fits if KEY_NAME.fullmatch(plain(name))]
    return tuple((named or fits)[:1])


def _is_address(proposal: Proposal) -> bool:
    return proposal.column.semantic == "email"


def plain(name: str) -> str:
    """A name of a column in small letters without accents, words parted by `_`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", folded(parted)).strip("_")


def _dated(found: Sequence[Proposal], names: Sequence[str]) -> str:
    dated = {
        plain(each.column.name): each.column.name
        for each in reversed(found)
        if each.column.type in DATES
    }
    return next((dated[name] for name in names if name in dated), "")


def tables_of(connection: Connection, *, actor: Actor) -> tuple[TableSeen, ...]:
    """What a connection has to be read: tables, views, entities; of files none.

    Raises:
        TresseError: `not_permitted`; what opening and asking the connection refuse.
    """
    require_right(actor, MANAGE)
    kind = KINDS[connection.kind]
    return () if "files" in kind.reads else kind.tables(opened(connection))


def files_seen(connection: Connection, *, actor: Actor) -> list[FileSeen]:
    """The files of a connection, by path.

    Raises:
        TresseError: `not_permitted`; what opening and asking the connection refuse.
    """
    require_right(actor, MANAGE)
    kind = KINDS[connection.kind]
    return kind.listing(opened(connection)) if isinstance(kind, FileKind) else []
