"""Domains of companies."""

import re

from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.hosts import host
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.texts import EXACT_TEXT

AROUND = re.compile(
    r"(?:[a-zA-Z][a-zA-Z0-9+.\-]*:)?(?://)?(?:[^@/?#]*@)?([^/?#:@]+)(?::[0-9]+)?\.?(?:[/?#].*)?"
)


class Domain(PropertyKind):
    """A host in lower case without `www.`."""

    name = "domain"
    label = N_("Domain")
    icon = "globe"
    column = Text
    refusals = ("invalid_domain",)
    wanted = N_("a domain")
    operators = EXACT_TEXT
    is_key = True

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        """Keep the host of a URL or an e-mail."""
        read = AROUND.fullmatch(text)
        name = read[1].strip().rstrip(".").lower() if read else ""
        while name.startswith("www.") and name.count(".") > 1:
            name = name[4:]
        found = host(name)
        if found is None:
            raise Unreadable("invalid_domain")
        return found
