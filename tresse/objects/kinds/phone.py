"""Phone numbers."""

from collections.abc import Sequence
from typing import Any

from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.dialling import PUNCTUATION, e164, is_valid, known_lines
from tresse.objects.kinds.lines import one_text, others
from tresse.objects.kinds.reading import Reading, Refused, Unreadable
from tresse.objects.kinds.texts import PHONE

LONGEST = 100


class Phone(PropertyKind):
    """E.164 where it can be read with the default country; else as typed and "not checked".

    Setting `strict`: what cannot be read is refused. Setting `country`: instead of the account's.
    """

    name = "phone"
    label = N_("Phone")
    icon = "phone"
    column = Text
    refusals = ("invalid_phone",)
    wanted = N_("a phone number")
    operators = PHONE
    has_normal = True
    is_key = True

    def parse(self, text: str, reading: Reading) -> str:
        """Read `+33 6 12 34 56 78`, `06 12…` of the default country, `tel:…`."""
        text = text.removeprefix("tel:")
        country = reading.settings.get("country") or reading.country
        found = e164(text, country)
        if found:
            return found
        if reading.settings.get("strict") or len(text) > LONGEST:
            raise Unreadable("invalid_phone", country=country)
        return text.replace("\n", " ")

    def read_all(
        self, cells: Sequence[str | None], reading: Reading
    ) -> tuple[list[Any], list[Refused]]:
        """Numbers with their calling code by one look at the whole column."""
        joined = one_text(cells)
        bare = joined.translate(PUNCTUATION) if joined and joined.isascii() else ""
        known = known_lines(bare)
        if known is None:
            return super().read_all(cells, reading)
        values = [line or None for line in bare.split("\n")]
        # Nothing but punctuation is no number, and no empty cell either.
        signs = (at for at, value in enumerate(values) if value is None and cells[at])
        return self.read_odd(cells, sorted({*others(known, bare), *signs}), values, reading)

    def normal(self, value: str) -> str | None:
        """E.164; None for one that was kept as typed and is no key."""
        return value if is_valid(value) else None

    def normals(self, values: Sequence[str | None]) -> list[str | None]:
        """E.164 of those that are numbers, by one look at the whole column."""
        joined = one_text(values)
        known = known_lines(joined or "")
        if joined is None or known is None:
            return super().normals(values)
        compared = list(values)
        for place in others(known, joined):
            value = values[place]
            compared[place] = None if value is None else self.normal(value)
        return compared


def is_checked(value: str) -> bool:
    """Whether a stored phone is in E.164, rather than as typed."""
    return is_valid(value)
