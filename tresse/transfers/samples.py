"""Sample files: what a file of an object type may hold, with two rows to be imported (T90)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.accounts import queries as accounts
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE
from tresse.objects.database import rows
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.readings import people, reading_for
from tresse.objects.refusals import OBJECT_ARCHIVED
from tresse.records.visibility import visible
from tresse.transfers.activities import acting, import_model, is_activity
from tresse.transfers.files.writing import Value, writer_of
from tresse.transfers.mapping import recognise
from tresse.transfers.mapping.answers import Answer, AssociationColumn, PropertyColumn

FORMATS = ("csv", "xlsx")
ROWS = 2
_TRIES = 60
"Values tried for a property, until two fit its rules and are no record's."
_TYPED = frozenset({"boolean", "date", "datetime", "decimal", "integer", "money"})

# Of the shipped object types; a text of another name is its label and a number.
_TEXTS: Mapping[str, tuple[str, str]] = {
    "first_name": ("Anna", "Paul"),
    "last_name": ("Nowak", "Martin"),
    "job_title": ("Architect", "Buyer"),
    "street": ("12 rue des Lilas", "ul. Długa 5"),
    "postal_code": ("69003", "31-147"),
    "city": ("Lyon", "Kraków"),
    "region": ("Auvergne-Rhône-Alpes", "Małopolskie"),
    "country": ("France", "Poland"),
}


def write_sample(object_name: str, format: str, path: Path, *, actor: Actor) -> list[str]:
    """Write the sample file of an object type.

    All properties the person may write, a column per relation by its full name, and two rows that
    an import makes two records of, without any finding.

    Args:
        object_name: Singular or plural.
        format: One of `FORMATS`.
        path: Written anew.
        actor: Needs `import` on the object.

    Returns:
        The headers.

    Raises:
        TresseError: `unknown_object`, `not_permitted`, `object_archived`, `wrong_value` (there is
            no such format).
    """
    if format not in FORMATS:
        raise WRONG_VALUE(name="format", wanted=" or ".join(FORMATS), value=format)
    model = import_model(object_name)
    object = model.object(object_name)
    actor = acting(actor, object, model)
    require(actor, "import", object.name, shown_plural(object))
    if object.is_archived:
        raise OBJECT_ARCHIVED(name=shown_label(object))
    account = accounts.account()
    columns = _columns(object, actor)
    sides = [side for side in model.sides(object.name) if not model.object(side.other).is_archived]
    headers = _headers(
        [prop for prop, _ in columns], sides, object=object, model=model, actor=actor
    )
    values = [values for _, values in columns]
    subject = _subject(sides, model, actor) if is_activity(object) else None
    values += [(subject[1] if subject and subject[0] == each else None,) * ROWS for each in sides]
    plural, zone = shown_plural(object), ZoneInfo(account.zone)
    with writer_of(format, path, headers, sheet=plural, zone=zone) as out:
        out.rows(zip(*values, strict=True))
    return headers


def _subject(sides: Sequence[Side], model: DataModel, actor: Actor) -> tuple[Side, int] | None:
    """A record that the activities of a sample are about: the newest in sight."""
    for side in sides:
        other = model.object(side.other)
        table = other.table
        newest = sa.select(sa.func.max(table.c.id)).where(visible(other, actor, table))
        [(id,)] = rows(newest)
        if id is not None:
            return side, int(id)
    return None


def _columns(object: ObjectDef, actor: Actor) -> list[tuple[PropertyDef, Sequence[Value]]]:
    """Properties the person may write, each with a value per row."""
    account, users = accounts.account(), people()
    form = ColumnForm(date_order="ymd", decimal_sign=".")
    return [
        (
            prop,
            _values(
                prop,
                object,
                reading_for(prop, object, actor=actor, form=form, account=account, users=users),
                actor,
            ),
        )
        for prop in object.active
        if prop.column and not prop.is_read_only and actor.access(object.name, prop.name) == "edit"
    ]


def _headers(
    props: Sequence[PropertyDef],
    sides: Sequence[Side],
    *,
    object: ObjectDef,
    model: DataModel,
    actor: Actor,
) -> list[str]:
    """What the columns are called: as people see them, else by a name that is told apart."""
    wanted: list[tuple[Answer, tuple[str, ...]]] = [
        (PropertyColumn(prop.name), (shown_label(prop), prop.label, prop.name)) for prop in props
    ]
    wanted += [
        (
            AssociationColumn(side),
            (
                f"{shown_label(object)} > {shown_label(side)}",
                model.full_name(side),
                f"{object.name} > {side.association.name}",
            ),
        )
        for side in sides
    ]
    told = partial(recognise, object=object, model=model, actor=actor)
    headers: list[str] = []
    for answer, names in wanted:
        alone = (each for each in names if told([each], titles=[each])[0].answer == answer)
        headers.append(next((each for each in alone if each not in headers), names[-1]))
    return headers


def _values(
    prop: PropertyDef, object: ObjectDef, reading: Reading, actor: Actor
) -> Sequence[Value]:
    """A value per row that the property takes and no record has; empty if there is none."""
    tried = list(dict.fromkeys(islice(_texts(prop, reading, actor), _TRIES)))
    values, refused = prop.kind.parse_all(list(tried), reading)
    bad = {each.position for each in refused}
    good = {
        text: value
        for at, (text, value) in enumerate(zip(tried, values, strict=True))
        if at not in bad and value is not None
    }
    if prop.is_unique or prop.is_match_key:
        good = _free(prop, object, good)
    elif len(good) == 1:
        # A list of one choice, one pipeline, one person.
        good |= {f"{text} ": value for text, value in good.items()}
    found = list(good.items())[:ROWS]
    if len(found) < ROWS:
        return (None,) * ROWS
    is_typed = prop.kind.name in _TYPED
    return [value if is_typed else text.strip() for text, value in found]


def _free(prop: PropertyDef, object: ObjectDef, good: Mapping[str, Value]) -> dict[str, Value]:
    """Those that no record has: the rows are to make records, not to find some."""
    normals = dict(zip(good, prop.kind.normals(list(good.values())), strict=True))
    column = object.table.c[prop.normal_column]
    wanted = [each for each in normals.values() if each is not None]
    taken = {row[0] for row in rows(sa.select(column).where(column.in_(wanted)))}
    return {text: value for text, value in good.items() if normals[text] not in taken}


def _texts(prop: PropertyDef, reading: Reading, actor: Actor) -> Iterator[str]:
    """Values to try, the best first."""
    today = now().astimezone(reading.zone).date()
    kind = prop.kind.name
    if kind in ("option", "options"):
        labels = [each.label for each in prop.options if not each.is_archived]
        yield from (each for each in labels if ";" not in each and "|" not in each)
    elif kind in ("pipeline", "stage"):
        yield from _steps(kind, reading)
    elif kind == "user":
        if actor.user_id is not None and actor.user_id in reading.user_emails:
            yield reading.user_emails[actor.user_id]
    elif kind in ("date", "datetime"):
        yield from (_shown(day, kind) for day in _days(prop, today))
    elif kind in ("integer", "decimal", "money"):
        fraction = "" if kind == "integer" else ".5"
        yield from (f"{each}{fraction}" for each in (12, 25, 1, 2, 50, 100, 1200, 0, -1, 10**6))
        yield from _bounds(prop)
    elif kind == "boolean":
        yield from ("true", "false")
    else:
        yield from _known(prop)
        yield from (_made(prop, kind, each) for each in range(1, _TRIES // 2))
        # What is short, all digits, in capitals, or long, if a rule wants that.
        shortest = int(str(_limits(prop).get("shortest", 6)))
        yield from (f"{each:0{shortest}}" for each in range(1, 10))
        yield from (f"{letter}{'x' * (shortest - 1)}".upper() for letter in "ABCDEF")


def _limits(prop: PropertyDef) -> dict[str, object]:
    """What the rules of a property ask for, by the name of the rule."""
    return {str(rule["rule"]): rule.get("value") for rule in prop.rules}


def _bounds(prop: PropertyDef) -> Iterator[str]:
    """The least and greatest that the rules of a property take, and their neighbours."""
    for name, step in (("lowest", 1), ("highest", -1)):
        bound = _limits(prop).get(name)
        if bound is not None:
            yield from (f"{Decimal(str(bound)):f}", f"{Decimal(str(bound)) + step:f}")


def _steps(kind: str, reading: Reading) -> Iterator[str]:
    """The first pipeline, or its first two stages."""
    first = next(iter(reading.pipeline_labels), 0)
    if kind == "pipeline":
        yield from (label for id, (_, label) in reading.pipeline_labels.items() if id == first)
        return
    ids = dict.fromkeys(reading.stages.get(first, {}).values())
    yield from (reading.stage_labels[id][1] for id in ids)


def _days(prop: PropertyDef, today: date) -> Iterator[date]:
    if "birth" in prop.name:
        yield from (date(1990, 5, 17), date(1985, 11, 2))
    yield from (today + timedelta(days=days) for days in (30, 45, 0, -30, -45, 1, -1, 365, -3650))
    limits = _limits(prop)
    for name, step in (("earliest", 1), ("latest", -1)):
        if name in limits:
            bound = date.fromisoformat(str(limits[name])[:10])
            yield from (bound, bound + timedelta(days=step))


def _shown(day: date, kind: str) -> str:
    return day.isoformat() if kind == "date" else f"{day.isoformat()}T09:30:00Z"


def _known(prop: PropertyDef) -> Iterator[str]:
    if prop.is_builtin and prop.kind.name == "text":
        yield from _TEXTS.get(prop.name, ())


def _made(prop: PropertyDef, kind: str, number: int) -> str:
    """A text of a kind, another one for each number; names and numbers that are nobody's."""
    if kind == "email":
        return f"sample{number}@{_domains(prop)[number % len(_domains(prop))]}"
    if kind == "phone":
        # Kept free for films (Ofcom), each property having its own.
        first = "7700 900" if "mobile" in prop.name else "20 7946 0"
        return f"+44 {first}{(prop.position * 41 + number) % 1000:03}"
    if kind == "url":
        return f"https://www.example.com/sample-{number}"
    if kind == "domain":
        return f"sample-{number}.example.com"
    if prop.name == "external_id":
        # External ids of activities are told apart from those of other kinds.
        return f"{prop.object_name}-sample-{number}" if prop.id < 0 else f"sample-{number}"
    return f"{shown_label(prop)} {number}"


def _domains(prop: PropertyDef) -> Sequence[str]:
    """Domains that the rules of a property allow."""
    allowed = _limits(prop).get("allowed_domains")
    return [str(each) for each in allowed] if isinstance(allowed, list) else ("example.com",)
