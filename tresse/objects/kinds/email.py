"""E-mail addresses."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.hosts import host, in_ascii
from tresse.objects.kinds.lines import each_line, one_text, others
from tresse.objects.kinds.reading import Reading, Refused, Unreadable
from tresse.objects.kinds.texts import EXACT_TEXT

LONGEST, LONGEST_LOCAL = 254, 64
PLAIN = re.compile(
    r"[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
# What `PLAIN` and the conditions beside it take, a line each: never given back, so fast.
PLAIN_LINES = each_line(
    rf"(?=[^\n]{{1,{LONGEST_LOCAL}}}$)(?![^\n]*--)"
    r"[a-z0-9_+\-]++(?:\.[a-z0-9_+\-]++)*+@"
    r"(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)+[a-z]{2,63}(?=\n)"
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

    def read_all(
        self, cells: Sequence[str | None], reading: Reading
    ) -> tuple[list[Any], list[Refused]]:
        """Plain addresses by one look at the whole column."""
        joined = one_text(cells)
        if joined is None or not joined.isascii():
            return super().read_all(cells, reading)
        lowered = joined.lower()
        values = [line or None for line in lowered.split("\n")]
        return self.read_odd(cells, others(PLAIN_LINES, lowered), values, reading)


def _is_local(text: str) -> bool:
    """Whether it may stand before the @: letters of any script, digits and a few signs."""
    return (
        0 < len(text) <= LONGEST_LOCAL
        and "" not in text.split(".")
        and all(c in SIGNS or unicodedata.category(c)[0] in "LMN" for c in text)
        and unicodedata.category(text[0])[0] != "M"
    )
