"""Yes or no."""

from typing import Any

import sqlalchemy as sa

from tresse.kernel.marks import N_
from tresse.kernel.text import normal
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.operators import BOOLEAN
from tresse.objects.kinds.reading import Reading, Unreadable

_YES = "yes y true t on oui vrai tak prawda 1"
_NO = "no n false f off non faux nie fałsz falsz 0"
WORDS = {
    **dict.fromkeys(_YES.split(), True),
    **dict.fromkeys(_NO.split(), False),
}


class Boolean(PropertyKind):
    """True, false or empty, in the words of three languages."""

    name = "boolean"
    label = N_("Yes or no")
    icon = "square-check"
    column = sa.Boolean()
    refusals = ("could_not_parse_boolean",)
    wanted = N_("true or false")
    operators = BOOLEAN

    def parse(self, text: str, reading: Reading) -> bool:  # noqa: ARG002
        """Read `yes`, `Oui`, `0` …."""
        found = WORDS.get(normal(text))
        if found is None:
            raise Unreadable("could_not_parse_boolean")
        return found

    def format(self, value: bool, reading: Reading) -> str:  # noqa: ARG002
        """`true` or `false`."""
        return "true" if value else "false"

    def from_json(self, value: Any, reading: Reading) -> bool | None:
        """True, false, 1, 0 or a text."""
        if isinstance(value, bool):
            return value
        found: bool | None = super().from_json(value, reading)
        return found
