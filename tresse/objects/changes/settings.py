"""Checks the settings of a property's kind before they are stored."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.kernel.definitions import check_keys
from tresse.kernel.errors import WRONG_VALUE
from tresse.objects.kinds import PropertyKind
from tresse.objects.kinds.settings import BadSetting, checked_settings, settings_of


def settings_for(kind: PropertyKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are stored.

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    known = [each.name for each in settings_of(kind.name)]
    sort = gettext("the settings of {kind}").format(kind=gettext(kind.label))
    check_keys(given, known, sort)
    try:
        return checked_settings(kind.name, given)
    except BadSetting as error:
        wanted = gettext(error.wanted)
        raise WRONG_VALUE(name=error.name, wanted=wanted, value=f'"{error.value}"') from None
