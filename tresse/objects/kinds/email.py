"""E-mail addresses."""

import re
import unicodedata

from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.hosts import host, in_ascii
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.texts import EXACT_TEXT

LONGEST, LONGEST_LOCAL = 254, 64
PLAIN = re.compile(
    r"[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
NAMED = re.compile(r"[^<>]*<([^<>]+)>")
SIGNS = "!#$%&'*+-/=?^_`{|}~."


class Email(PropertyKind):
    """One address in lower case; nothing is asked of the network.

    Quoted local parts and addresses of numbers (`a@[127.0.0.1]`) are refused: nobody has them.
    """

    name = "email"
    label = N_("E-mail")
    icon = "mail"
    column = Text
    refusals = ("invalid_email",)
    wanted = N_("an e-mail address")
    operators = EXACT_TEXT
    is_key = True

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        """Read `anna@x.org` and `Anna <a@x.org>`; plus-tags and dots stay."""
        if named := NAMED.fullmatch(text):
            text = named[1].strip()
        text = unicodedata.normalize("NFC", text.removeprefix("mailto:").lower())
        if len(text) <= LONGEST_LOCAL and "--" not in text and PLAIN.fullmatch(text):
            return text
        local, _, name = text.rpartition("@")
        domain = host(name) if _is_local(local) else None
        if domain is None or len(local.encode()) + 1 + len(in_ascii(domain)) > LONGEST:
            raise Unreadable("invalid_email")
        return f"{local}@{domain}"


def _is_local(text: str) -> bool:
    """Whether it may stand before the @: letters of any script, digits and a few signs."""
    return (
        0 < len(text) <= LONGEST_LOCAL
        and "" not in text.split(".")
        and all(c in SIGNS or unicodedata.category(c)[0] in "LMN" for c in text)
        and unicodedata.category(text[0])[0] != "M"
    )
