"""The settings of the account: each with its default, its check and what it is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext

from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

LANGUAGES = ("en", "fr", "pl")
ZONES = tuple(sorted(available_timezones()))
"Read once: each reading walks through the files of all zones."


@dataclass(frozen=True, slots=True)
class AccountSetting:
    """One setting: `check(value)` says whether a value will do, `wanted` what would."""

    name: str
    label: str
    default: Any
    wanted: str
    check: Callable[[Any], bool]
    choices: tuple[tuple[str, str], ...] = ()
    "Value and label of each, where a page offers them."

    def checked(self, value: Any) -> Any:
        """The value, if it will do.

        Raises:
            TresseError: `wrong_value`.
        """
        if not self.check(value):
            raise WRONG_VALUE(name=self.name, wanted=gettext(self.wanted), value=f'"{value}"')
        return value


def _code(length: int) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, str) and len(v) == length and v.isascii() and v.isupper()


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= least


def _address(value: Any) -> bool:
    return value == "" or (
        isinstance(value, str) and value.startswith(("https://", "http://")) and " " not in value
    )


def _names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def limit(name: str, label: str, default: int) -> AccountSetting:
    """A setting that is a number of things, from 1."""
    return AccountSetting(name, label, default, N_("a whole number from 1"), _whole(1))


def is_limit(setting: AccountSetting) -> bool:
    """Whether a setting is a limit (C128)."""
    return setting.name.startswith("max_") or setting.name in {"bin_days", "undo_days"}


SETTINGS = Registry(
    N_("setting"),
    (
        AccountSetting(
            "zone",
            N_("Time zone"),
            "UTC",
            N_("a time zone such as Europe/Paris"),
            lambda value: value in ZONES,
        ),
        AccountSetting(
            "language",
            N_("Language"),
            "en",
            N_("en, fr or pl"),
            lambda value: value in LANGUAGES,
        ),
        AccountSetting(
            "currency", N_("Currency"), "EUR", N_("three letters such as EUR"), _code(3)
        ),
        AccountSetting("country", N_("Country"), "FR", N_("two letters such as FR"), _code(2)),
        AccountSetting(
            "public_url",
            N_("Public address"),
            "",
            N_("a web address such as https://crm.example.com"),
            _address,
        ),
        AccountSetting(
            "unowned_for_all_only",
            N_("Objects whose records without owner need the scope all"),
            (),
            N_("a list of object names"),
            _names,
        ),
        AccountSetting(
            "requests_a_minute",
            N_("API requests a minute and token"),
            6_000,
            N_("a whole number, 0 for no limit"),
            _whole(0),
        ),
        AccountSetting(
            "audit_months",
            N_("Months the audit log is kept"),
            24,
            N_("a whole number from 12"),
            _whole(12),
        ),
        limit("max_object_types", N_("Object types"), 100),
        limit("max_properties", N_("Properties per object"), 500),
        limit("max_unique", N_("Unique properties per object"), 20),
        limit("max_indexed", N_("Indexed properties per object"), 20),
        limit("max_options", N_("Options per property"), 5_000),
        limit("max_association_types", N_("Association types"), 500),
        limit("max_link_labels", N_("Link labels per association type"), 50),
        limit("max_views", N_("Views per object and person"), 100),
        limit("max_label", N_("Characters of a label"), 100),
        limit("max_batch", N_("Items of a batch"), 1_000),
        limit("max_merge", N_("Records of a merge"), 10),
        limit("bin_days", N_("Days in the bin"), 90),
        AccountSetting(
            "undo_days",
            N_("Days an import or a bulk change can be undone"),
            30,
            N_("a whole number from 30"),
            _whole(30),
        ),
    ),
)


@dataclass(frozen=True)
class Account:
    """The settings in force; `values` also has those that higher rooms added."""

    zone: str
    language: str
    currency: str
    country: str
    public_url: str
    unowned_for_all_only: tuple[str, ...]
    requests_a_minute: int
    audit_months: int
    max_object_types: int
    max_properties: int
    max_unique: int
    max_indexed: int
    max_options: int
    max_association_types: int
    max_link_labels: int
    max_views: int
    max_label: int
    max_batch: int
    max_merge: int
    bin_days: int
    undo_days: int
    values: Mapping[str, Any]


def account_with(changed: Mapping[str, Any]) -> Account:
    """The account whose settings differ from the defaults in `changed`."""
    values = {each.name: changed.get(each.name, each.default) for each in SETTINGS}
    own = {field.name: values[field.name] for field in fields(Account) if field.name in values}
    own["unowned_for_all_only"] = tuple(own["unowned_for_all_only"])
    return Account(**own, values=values)
