"""Names of hosts: what is a domain, international ones too. Nothing is asked of the network."""

import re
import unicodedata

LABEL = re.compile(r"[^\W_](?:[\w\-]{0,61}[^\W_])?")
PLAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9\-]{0,61}[a-z0-9])?"
)
LONGEST = 253


def host(text: str) -> str | None:
    """The name of a host with at least two labels, in lower case; None if it is none.

    International names are kept in their own letters; `xn--…` is written out where it can be.
    """
    name = unicodedata.normalize("NFKC", text).lower()
    if name != text.lower() and text.isascii():
        return None
    if len(name) > LONGEST:
        return None
    if PLAIN.fullmatch(name) and "xn--" not in name:
        return name if not _has_hyphens_in_third_place(name) else None
    labels = name.replace("\u3002", ".").split(".")
    if len(labels) < 2:
        return None
    shown = [_shown(label) for label in labels]
    if not all(shown) or str(shown[-1]).isdecimal():
        return None
    return ".".join(map(str, shown))


def _has_hyphens_in_third_place(name: str) -> bool:
    return any(label[2:4] == "--" for label in name.split("."))


def _shown(label: str) -> str | None:
    """One label in its own letters."""
    try:
        if label.startswith("xn--"):
            label = label.encode("ascii").decode("idna")
        elif label[2:4] == "--":
            return None
        if not LABEL.fullmatch(label) or len(label.encode("idna")) > 63:
            return None
    except UnicodeError:
        return None
    return label
