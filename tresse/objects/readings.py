"""How the values of a property are read: what kinds must know, gathered from the definitions.

Dates on pages: French and Polish people write day first, English ones year first, as `03/04` means
two days in English; year first and month names are read for everyone. Decimal sign: a comma in
French and Polish, a point in English; the other one is taken where it can mean nothing else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from tresse.accounts import queries as accounts
from tresse.accounts.account import Account
from tresse.accounts.actor import Actor
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.text import normal
from tresse.objects.described import ObjectDef, OptionDef, PropertyDef
from tresse.objects.kinds import PropertyKind, Reading, Refused, Unreadable
from tresse.objects.kinds.reading import INDEXED_LONGEST, LONGEST
from tresse.objects.kinds.rules import applied
from tresse.objects.labels import shown_label
from tresse.objects.refusals import refused_value

DATE_ORDERS = {"en": "ymd", "fr": "dmy", "pl": "dmy"}
DECIMAL_SIGNS = {"en": ".", "fr": ",", "pl": ","}


class ColumnForm(Protocol):
    """How one column of a file is written (`kinds.forms`); None: nothing in it tells."""

    @property
    def date_order(self) -> str | None: ...  # noqa: D102
    @property
    def decimal_sign(self) -> str | None: ...  # noqa: D102
    @property
    def zone(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True)
class People:
    """The users of the account by what they are called, read once per request or job."""

    rows: tuple[tuple[int, str, str, bool], ...]
    "Id, e-mail, name, whether active."

    @cached_property
    def active(self) -> Mapping[str, tuple[int, ...]]:
        """E-mail, id and full name of active users."""
        return _by_text(row for row in self.rows if row[3])

    @cached_property
    def inactive(self) -> Mapping[str, tuple[int, ...]]:
        """The same of those who are not."""
        return _by_text(row for row in self.rows if not row[3])

    @cached_property
    def emails(self) -> Mapping[int, str]:
        """Id to e-mail, of all."""
        return {row[0]: row[1] for row in self.rows}


def people() -> People:
    """All users, in one query."""
    return People(tuple(accounts.users().values_list("id", "email", "name", "is_active")))


def _by_text(rows: Iterable[tuple[int, str, str, bool]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    names: dict[str, tuple[int, ...]] = {}
    for id_, email, name, _ in rows:
        found[normal(email)] = found[str(id_)] = (id_,)
        if name:
            names[normal(name)] = (*names.get(normal(name), ()), id_)
    # An e-mail or id is one person, even where another is called so.
    return {**names, **found}


def is_kept_by_index(prop: PropertyDef) -> bool:
    """Whether an index holds the values of a property."""
    return prop.is_unique or prop.is_match_key or prop.is_indexed


def reading_for(
    prop: PropertyDef,
    object_: ObjectDef,
    *,
    actor: Actor,
    form: ColumnForm | None = None,
    account: Account | None = None,
    users: People | None = None,
) -> Reading:
    """How texts become values of a property.

    Args:
        prop: The property.
        object_: Its object, for pipelines and stages.
        actor: The person who typed, for the order of dates and the decimal sign.
        form: Of a column of a file, instead of the person's habits; cells are then read strictly.
        account: Its zone, country and currency; read if not given.
        users: Read if not given and the property holds a user.
    """
    account = account or accounts.account()
    facts: dict[str, Any] = {
        "label": shown_label(prop),
        "settings": prop.settings,
        "rules": prop.rules,
        "longest": INDEXED_LONGEST if prop.has_normal and is_kept_by_index(prop) else LONGEST,
        "zone": ZoneInfo((form and form.zone) or account.zone),
        "date_order": DATE_ORDERS.get(actor.language, "ymd"),
        "decimal_sign": DECIMAL_SIGNS.get(actor.language, "."),
        "country": account.country,
        "currency": prop.settings.get("currency") or account.currency,
    }
    if form:
        facts |= {
            "date_order": form.date_order,
            "decimal_sign": form.decimal_sign or ".",
            "by_cell": False,
        }
    if prop.kind.name in {"option", "options"}:
        facts |= _of_options(prop.options)
    elif prop.kind.name in {"pipeline", "stage"}:
        facts |= _of_pipelines(object_)
    elif prop.kind.name == "user":
        known = users or people()
        facts |= {
            "users": known.active,
            "inactive_users": known.inactive,
            "user_emails": known.emails,
        }
    return Reading(**facts)


def _of_options(options: Iterable[OptionDef]) -> dict[str, Any]:
    texts: dict[bool, dict[str, str]] = {True: {}, False: {}}
    for option in options:
        for text in (*option.aliases, option.label, option.name):
            texts[option.is_archived][normal(text)] = option.name
    return {
        "options": texts[False],
        "archived_options": texts[True],
        "option_labels": {option.name: option.label for option in options},
    }


def _of_pipelines(object_: ObjectDef) -> dict[str, Any]:
    pipelines: dict[str, int] = {}
    stages: dict[int, dict[str, int]] = {}
    for pipeline in reversed(object_.pipelines):
        pipelines |= {normal(pipeline.label): pipeline.id, pipeline.name: pipeline.id}
        labels = {normal(stage.label): stage.id for stage in reversed(pipeline.stages)}
        names = {stage.name: stage.id for stage in pipeline.stages}
        stages[pipeline.id] = {**labels, **names}
    return {
        "pipelines": pipelines,
        "pipeline_labels": {each.id: (each.name, each.label) for each in object_.pipelines},
        "stages": stages,
        "stage_labels": {
            stage.id: (stage.name, stage.label)
            for pipeline in object_.pipelines
            for stage in pipeline.stages
        },
    }


def value_of(kind: PropertyKind, given: Any, reading: Reading) -> Any:
    """One value as a person typed it or a program gave it (JSON); None is empty.

    Raises:
        TresseError: With one of the kind's codes, `failed_validation`, or `wrong_value` for a list
            or an object where the kind takes none.
    """
    if isinstance(given, dict) or (isinstance(given, list) and kind.name != "options"):
        raise WRONG_VALUE(name=reading.label, wanted=gettext(kind.wanted), value=given)
    if given is None or isinstance(given, str):
        [value], refusals = kind.parse_all([given], reading)
    else:
        try:
            values = [kind.from_json(given, reading)]
        except Unreadable as error:
            raise refused_value(
                reading.label, Refused(0, str(given), error.code, error.details)
            ) from None
        [value], refusals = applied(values, [str(given)], reading)
    if refusals:
        raise refused_value(reading.label, refusals[0])
    return value
