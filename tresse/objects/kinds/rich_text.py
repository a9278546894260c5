"""Text with safe HTML."""

import html
import re

import nh3

from tresse.engine.types import Text as TextColumn
from tresse.kernel.marks import N_
from tresse.kernel.text import clean, normal
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.texts import TEXT

_TAGS = (
    "a b blockquote br code div em h1 h2 h3 h4 hr i li ol p pre s span strong sub sup "
    "table tbody td th thead tr u ul"
)
TAGS = set(_TAGS.split())
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
MARKUP = re.compile(r"<[a-zA-Z/!?]|&[a-zA-Z0-9#]+;")
PLAIN = re.compile(r"[^<>&\u00a0]*")
BREAKS = re.compile(r"(?i)<(?:br|hr|/p|/div|/li|/h[1-4]|/tr|/blockquote|/pre)[^>]*>")


class RichText(PropertyKind):
    """Safe HTML; plain text is kept, its line breaks made `<br>`."""

    name = "rich_text"
    label = N_("Formatted text")
    icon = "file-text"
    column = TextColumn
    refusals = ("text_too_long",)
    wanted = N_("a text")
    operators = TEXT
    has_normal = True
    is_markup = True

    def parse(self, text: str, reading: Reading) -> str | None:
        """Drop every tag and attribute that is not known to be safe."""
        if PLAIN.fullmatch(text):
            safe = text.replace("\n", "<br>")
            return self._short(safe, reading)
        if not MARKUP.search(text):
            text = html.escape(text, quote=False).replace("\n", "<br>")
        safe = clean(
            nh3.clean(
                text, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}
            )
        )
        return self._short(safe, reading) or None

    def _short(self, safe: str, reading: Reading) -> str:
        if len(safe) > reading.longest:
            raise Unreadable("text_too_long", number=len(safe), most=reading.longest)
        return safe

    def normal(self, value: str) -> str:
        """The normal form of its plain text (G9)."""
        return normal(plain(value))


def plain(value: str) -> str:
    """The text without its tags."""
    if PLAIN.fullmatch(value):
        return value
    return html.unescape(nh3.clean(BREAKS.sub(" ", value), tags=set()))
