"""E-mail addresses."""

import re
from email.utils import parseaddr

from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.hosts import host
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.texts import EXACT_TEXT

LONGEST, LONGEST_LOCAL = 254, 64
PLAIN = re.compile(
    r"[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+"
    r"[a-z](?:[a-z0-9\-]{0,61}[a-z0-9])?"
)
LOCAL = re.compile(
    r"[^\s\"(),:;<>@\[\\\]\x00-\x1f\x7f.]+(?:\.[^\s\"(),:;<>@\[\\\]\x00-\x1f\x7f.]+)*"
)
NAMED = re.compile(r"[^<>]*<([^<>]+)>")


class Email(PropertyKind):
    """One address in lower case; nothing is asked of the network."""

    name = "email"
    label = N_("E-mail")
    column = Text
    refusals = ("invalid_email",)
    wanted = N_("an e-mail address")
    operators = EXACT_TEXT
    is_key = True

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        """Read `anna@x.org` and `Anna <a@x.org>`; plus-tags and dots stay."""
        if named := NAMED.fullmatch(text):
            text = named[1].strip()
        text = text.removeprefix("mailto:").lower()
        local, at, name = text.rpartition("@")
        if len(text) <= LONGEST and len(local) <= LONGEST_LOCAL and "--" not in name:
            if PLAIN.fullmatch(text):
                return text
        domain = host(name) if at and LOCAL.fullmatch(local) else None
        if domain is None or len(local) > LONGEST_LOCAL or len(local) + len(domain) >= LONGEST:
            raise Unreadable("invalid_email")
        return f"{local}@{domain}"


__all__ = ["Email", "parseaddr"]
