"""Settings and secrets as people give them, checked against the fields of a kind."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.connections.kinds.base import Field, Kind
from tresse.connections.refusals import SECRET_RESERVED, SETTING_MISSING
from tresse.kernel.definitions import check_keys
from tresse.kernel.errors import TOO_LONG, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable

LONGEST = 4_000
LONGEST_LINES = 40_000
HIGHEST = 65_535
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"A secret that is read from the environment at each use (S11)."
KEPT = "(set)"
"What `config` prints of a stored secret; read back, it changes nothing (S12)."
OURS = "TRESSE_"
A_TEXT = N_("a text")
ONE_LINE = N_("one line of text")
YES_OR_NO = N_("true or false")
A_NUMBER = N_("a whole number from 1 to {most}")
SETTINGS_SORT = N_("the settings of a {kind} connection")
SECRETS_SORT = N_("the secrets of a {kind} connection")


def with_defaults(kind: Kind, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All settings of a kind; what is not given has its default."""
    return {
        each.name: each.default if settings.get(each.name) is None else settings[each.name]
        for each in kind.fields
    }


def checked_settings(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that may be kept: those that differ from the kind's defaults, in its order.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `setting_missing`.
    """
    sort = gettext(SETTINGS_SORT).format(kind=kind.name)
    if not isinstance(given, Mapping):
        raise WRONG_VALUE(name="settings", wanted=gettext(N_("a mapping")), value=given)
    check_keys(given, [each.name for each in kind.fields], sort)
    kept: dict[str, Any] = {}
    for field in kind.fields:
        value = _checked(field, given.get(field.name))
        if value is None or value == "":
            if field.is_required and field.default is None:
                raise SETTING_MISSING(kind=kind.name, name=field.name)
        elif value != field.default:
            kept[field.name] = value
    return kept


def _checked(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.kind == "number":
        return _number(field, value)
    if field.kind == "boolean":
        if not isinstance(value, bool):
            raise WRONG_VALUE(name=field.name, wanted=gettext(YES_OR_NO), value=value)
        return value
    text = _text(field, value)
    if field.kind == "choice" and text and text not in field.choices:
        raise WRONG_VALUE(name=field.name, wanted=", ".join(field.choices), value=text)
    return text


def _number(field: Field, value: Any) -> int:
    is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
    number = int(value) if is_digits and len(value) < 10 else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= HIGHEST:
        wanted = gettext(A_NUMBER).format(most=HIGHEST)
        raise WRONG_VALUE(name=field.name, wanted=wanted, value=value)
    return number


def _text(field: Field, value: Any) -> str:
    # A number in YAML, such as a database named 2024, is meant as text.
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not is_storable(value):
        raise WRONG_VALUE(name=field.name, wanted=gettext(A_TEXT), value=value)
    most = LONGEST_LINES if field.kind == "lines" else LONGEST
    if len(value) > most:
        raise TOO_LONG(name=field.name, most=most)
    text = value.strip()
    if field.kind != "lines" and not text.isprintable():
        raise WRONG_VALUE(name=field.name, wanted=gettext(ONE_LINE), value=text)
    return text


def checked_secrets(kind: Kind, given: Mapping[str, Any], kept: Iterable[str]) -> dict[str, str]:
    """Secrets that change, in clear: `""` takes one away; `(set)` and null leave it as it is.

    No sentence of a refusal shows a value.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `secret_reserved`, `setting_missing`.
    """
    sort = gettext(SECRETS_SORT).format(kind=kind.name)
    if not isinstance(given, Mapping):
        raise WRONG_VALUE(name="secrets", wanted=gettext(N_("a mapping")), value="…")
    check_keys(given, [each.name for each in kind.secrets], sort)
    left = set(kept)
    changed: dict[str, str] = {}
    for field in kind.secrets:
        value = given.get(field.name)
        if value is not None and value != KEPT:
            changed[field.name] = _secret(field, value)
            (left.add if changed[field.name] else left.discard)(field.name)
        if field.is_required and field.name not in left:
            raise SETTING_MISSING(kind=kind.name, name=field.name)
    return changed


def _secret(field: Field, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not is_storable(value):
        raise WRONG_VALUE(name=field.name, wanted=gettext(A_TEXT), value="…")
    if len(value) > LONGEST_LINES:
        raise TOO_LONG(name=field.name, most=LONGEST_LINES)
    found = REFERENCE.fullmatch(value)
    if found and found[1].startswith(OURS):
        # Else a connection to a server of one's own would tell the key of the installation.
        raise SECRET_RESERVED(name=found[1])
    return value
