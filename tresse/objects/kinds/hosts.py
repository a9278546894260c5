"""Names of hosts: what is a domain, international ones too. Nothing is asked of the network."""

import re
import unicodedata

PLAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
LONGEST, LONGEST_LABEL = 253, 63


def host(text: str) -> str | None:
    """The name of a host with at least two labels, in lower case; None if it is none.

    International names are kept in their own letters; `xn--…` is written out in them.
    """
    name = text.lower()
    if PLAIN.fullmatch(name) and "--" not in name:
        return name if len(name) <= LONGEST else None
    dotted = name.translate(DOTS)
    name = unicodedata.normalize("NFKC", dotted).lower()
    if name.count(".") != dotted.count("."):  # ⒈ is no dot of a name
        return None
    shown = [_shown(label) for label in name.split(".")]
    labels = [label for label in shown if label]
    if len(labels) < 2 or len(labels) < len(shown):
        return None
    last = labels[-1]
    if len(last) < 2 or not all(
        c.isalpha() or unicodedata.combining(c) or _is_mark(c) for c in last
    ):
        return None
    return ".".join(labels) if len(in_ascii(".".join(labels))) <= LONGEST else None


def in_ascii(name: str) -> str:
    """The name as the network writes it."""
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in name.split(".")
    )


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _shown(label: str) -> str | None:
    """One label in its own letters, or None if it is none."""
    if label.startswith("xn--"):
        try:
            label = label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError):
            return None
        # Only what would be written as xn-- again.
        if label.isascii() or unicodedata.normalize("NFKC", label).lower() != label:
            return None
    if not label or "-" in {label[0], label[-1]} or label[2:4] == "--" or _is_mark(label[0]):
        return None
    if not all(c.isalnum() or c == "-" or _is_mark(c) for c in label):
        return None
    return label if len(in_ascii(label)) <= LONGEST_LABEL else None
