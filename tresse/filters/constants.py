"""Reads the values of conditions: constants of a kind, people, and how large they may be."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from tresse.accounts.account import Account
from tresse.accounts.actor import Actor
from tresse.filters.people import People
from tresse.filters.refusals import TEXT_TOO_LONG, TOO_MANY_VALUES
from tresse.filters.shown import shown
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import normal
from tresse.objects.described import DataModel, PropertyDef
from tresse.objects.kinds.operators import Unfit
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import shown_label
from tresse.objects.refusals import BAD_PATTERN

MOST_VALUES = 1_000
MOST_CHARACTERS = 500

A_TEXT = N_("a text")
A_USER = N_("a user's e-mail, me, my_teams or a team")
A_USER_OF_ALL = N_("a user's e-mail or a team: it runs without a person")
USERS = N_("a list of 1 to 1,000 users")


class Constants:
    """Reads constants for one person; keeps what it read for the length of one check."""

    def __init__(
        self, model: DataModel, actor: Actor, account: Account, *, personal: bool = True
    ) -> None:
        self._model = model
        self._actor = actor
        self._account = account
        self._personal = personal
        self._people = People()
        self._readings: dict[int, Reading] = {}

    def operand(self, prop: PropertyDef, operator: str, value: Any) -> Any:
        """What the value of a condition means: the operand that `kind.where` takes.

        Raises:
            TresseError: `wrong_value`, `filter_too_large`, `unknown_reference`, `bad_pattern`.
        """
        check_size(value)
        if prop.kind.name == "user" and value is not None:
            return self._users(prop, operator, value)
        if any(isinstance(each, str) and not _is_sound(each) for each in _each(value)):
            raise wrong_value(shown_label(prop), A_TEXT, value)
        try:
            return prop.kind.operand(operator, _plain(value), self.reading(prop))
        except Unfit as unfit:
            raise _refusal(prop, value, unfit) from None

    def reading(self, prop: PropertyDef) -> Reading:
        """How values of a property are read in filters: by name (G6), archived options too."""
        if prop.id not in self._readings:
            self._readings[prop.id] = self._make_reading(prop)
        return self._readings[prop.id]

    def _make_reading(self, prop: PropertyDef) -> Reading:
        pipelines = self._model.object(prop.object_name).pipelines if prop.object_name else ()
        return Reading(
            label=shown_label(prop),
            settings=prop.settings,
            zone=ZoneInfo(self._account.zone),
            country=self._account.country,
            currency=str(prop.settings.get("currency", self._account.currency)),
            options={normal(each.name): each.name for each in prop.options},
            option_labels={each.name: each.label for each in prop.options},
            pipelines={each.name: each.id for each in pipelines},
            pipeline_labels={each.id: (each.name, each.label) for each in pipelines},
            stages={each.id: {stage.name: stage.id for stage in each.stages} for each in pipelines},
            stage_labels={
                stage.id: (stage.name, stage.label) for each in pipelines for stage in each.stages
            },
        )

    def _users(self, prop: PropertyDef, operator: str, value: Any) -> list[int]:
        if operator in {"is_empty", "is_not_empty"}:
            raise wrong_value(shown_label(prop), N_("no value"), value)
        if operator in {"is", "is_not"}:
            return sorted(self._ids(prop, value))
        if not isinstance(value, list) or not value:
            raise wrong_value(shown_label(prop), USERS, value)
        return sorted({id for each in value for id in self._ids(prop, each)})

    def _ids(self, prop: PropertyDef, value: Any) -> Iterable[int]:
        if value in ("me", "my_teams"):
            if not self._personal or self._actor.user_id is None:
                raise wrong_value(shown_label(prop), A_USER_OF_ALL, value)
            return {self._actor.user_id} if value == "me" else self._actor.team_mates
        if isinstance(value, Mapping) and set(value) == {"team"}:
            members: Iterable[int] = _known(self._people.teams, "team", value["team"])
            return members
        if not isinstance(value, str):
            raise wrong_value(shown_label(prop), A_USER, value)
        return (_known(self._people.by_email, "user", value.strip().lower()),)


def _known(things: Mapping[str, Any], sort: str, name: Any) -> Any:
    if isinstance(name, str) and name in things:
        return things[name]
    near = nearest(str(name), things)
    raise UNKNOWN_REFERENCE(sort=sort, name=name, nearest=near)


def wrong_value(name: str, wanted: str, value: Any, **details: Any) -> TresseError:
    """The refusal of a value, in the language of the person."""
    return WRONG_VALUE(name=name, wanted=gettext(wanted), value=shown(value), **details)


def check_size(value: Any) -> None:
    """Refuse a list or a text that is longer than a filter may hold (G31)."""
    if isinstance(value, list) and len(value) > MOST_VALUES:
        raise TOO_MANY_VALUES(number=len(value), most=MOST_VALUES)
    for each in _each(value):
        if isinstance(each, str) and len(each) > MOST_CHARACTERS:
            raise TEXT_TOO_LONG(number=len(each), most=MOST_CHARACTERS)


def _each(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_sound(text: str) -> bool:
    # Half of a surrogate pair is a text to Python and JSON, but to no database.
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _plain(value: Any) -> Any:
    """Days and times as texts: YAML reads them by itself, JSON does not."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _refusal(prop: PropertyDef, value: Any, unfit: Unfit) -> TresseError:
    if unfit.code == "bad_pattern":
        return BAD_PATTERN(**unfit.details)
    near = {"nearest": unfit.details["nearest"]} if unfit.details.get("nearest") else {}
    return wrong_value(shown_label(prop), unfit.wanted or prop.kind.wanted, value, **near)
