"""Phone numbers."""

from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.dialling import e164, is_valid
from tresse.objects.kinds.reading import Reading, Unreadable
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

    def normal(self, value: str) -> str | None:
        """E.164; None for one that was kept as typed and is no key."""
        return value if is_valid(value) else None


def is_checked(value: str) -> bool:
    """Whether a stored phone is in E.164, rather than as typed."""
    return is_valid(value)
