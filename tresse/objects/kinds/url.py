"""Web addresses."""

import re
from urllib.parse import urlsplit

from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.kernel.text import normal
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.hosts import host
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.texts import TEXT

LONGEST = 2_048
SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*)://")
# What is kept as it is: a host in lower case and a path of common characters.
PLAIN = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,20}(?:/[\w.~!$&'()*+,;=:@%/\-]*)?",
    re.ASCII,
)
ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-fA-F:.]+\]|localhost", re.ASCII)


class Url(PropertyKind):
    """An http or https address; the scheme is added when missing."""

    name = "url"
    label = N_("Web address")
    icon = "link"
    column = Text
    refusals = ("invalid_url",)
    wanted = N_("a text")
    operators = TEXT
    has_normal = True
    is_key = True

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        """Read `https://x.org/a` and `x.org/a`; scheme and host become lower case."""
        if len(text) <= LONGEST and PLAIN.fullmatch(text) and "--" not in text:
            return text
        scheme = SCHEME.match(text)
        rest = text[scheme.end() :] if scheme else text.removeprefix("//")
        kept = scheme[1].lower() if scheme else "https"
        if kept not in {"http", "https"} or re.search(r"[\s<>\"\\^`{|}]", text):
            raise Unreadable("invalid_url")
        try:
            parts = urlsplit(f"{kept}://{rest}")
            port = parts.port
        except ValueError:
            raise Unreadable("invalid_url") from None
        name = parts.hostname or ""
        shown = name if ADDRESS.fullmatch(name) else host(name)
        if shown is None or parts.username is not None or not (port is None or port):
            raise Unreadable("invalid_url")
        end = rest[len(parts.netloc) :]
        found = f"{kept}://{parts.netloc.lower()}{end}"
        if len(found) > LONGEST:
            raise Unreadable("invalid_url")
        return found

    def normal(self, value: str) -> str:
        """The normal form."""
        return normal(value)
