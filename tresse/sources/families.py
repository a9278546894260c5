"""What a new source is likely called and of what: from the name of its table or files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tresse.connections.kinds.base import FileSeen
from tresse.kernel.text import folded
from tresse.objects.changes.checks import name_from
from tresse.sources.definition import Read

WORDS: Mapping[str, tuple[str, ...]] = {
    "order_items": (
        "order_item", "order_line", "orderline", "line_item", "lignes_commande", "ligne_commande",
        "pozycje", "till_line", "order_detail",
    ),
    "email_events": ("email_event", "mail_event"),
    "contacts": (
        "customer", "contact", "client", "user", "person", "people", "member", "lead", "klien",
        "kontakt", "osob", "subscriber", "utilisateur",
    ),
    "companies": ("compan", "account", "organi", "entreprise", "societe", "firm", "supplier"),
    "deals": ("deal", "opportunit", "szans", "affaire"),
    "orders": ("order", "invoice", "commande", "zamow", "facture", "sale", "receipt", "vente"),
    "products": ("product", "article", "item", "produit", "produkt", "catalog"),
    "stores": ("store", "shop", "magasin", "sklep", "boutique"),
    "consents": ("consent", "optin", "opt_in", "zgod"),
    "subscriptions": ("subscription", "abonnement", "newsletter"),
    "carts": ("cart", "basket", "panier", "koszyk"),
    "loyalty": ("loyalty", "card", "point", "fidelit", "carte"),
    "reviews": ("review", "avis", "opini", "rating"),
    "tickets": ("ticket", "case", "support"),
    "events": ("event", "visit", "click", "evenement"),
}  # fmt: skip
"Beginnings of words of names, by entity; the first entity that fits is proposed."
DATE = re.compile(r"(?<!\d)(?:19|20)\d\d[-_]?(?:0[1-9]|1[0-2])[-_]?(?:0[1-9]|[12]\d|3[01])(?!\d)")
PACKED = re.compile(r"\.(gz|bz2|zip|zst)$", re.IGNORECASE)
TEXTS = re.compile(r"\.(csv|tsv|txt|json|jsonl|ndjson)$", re.IGNORECASE)
MOST = 20
"Families that are offered."


def entity_of(name: str) -> str:
    """The entity that a name speaks of; empty if of none that is known."""
    plain = re.sub(r"[^a-z0-9]+", "_", folded(name))
    for entity, words in WORDS.items():
        if any(re.search(rf"(^|_){word}", plain) for word in words):
            return entity
    return ""


def title_of(read: Read) -> str:
    """What a table, entity or family of files is called, without schema, dates and endings."""
    if read.is_files:
        text = read.starts_with or re.sub(r"\(\?P<\w+>.*", "", read.files).replace("\\", "")
        text = TEXTS.sub("", PACKED.sub("", text))
        return re.sub(r"[\W\d_]+$", "", text) or "files"
    if read.query:
        found = re.search(r"\bfrom\s+([\w.\"]+)", read.query, re.IGNORECASE)
        return (found[1] if found else "query").split(".")[-1].strip('"')
    return (read.table or read.entity).split(".")[-1]


def name_of(connection: str, read: Read, taken: Iterable[str]) -> str:
    """A free name for a source: `shop_customers`."""
    title = title_of(read)
    stem = title if folded(title).startswith(connection) else f"{connection}_{title}"
    return name_from(stem.replace("_", " "), taken)


@dataclass(frozen=True, slots=True)
class Family:
    """Files whose names differ by a date or number alone."""

    pattern: str
    number: int
    size: int
    example: str


def families_of(files: Sequence[FileSeen]) -> list[Family]:
    """Files by what their names have in common, the largest family first."""
    found: dict[str, list[FileSeen]] = {}
    packed: set[str] = set()
    for file in files:
        plain = PACKED.sub("", file.name)
        if not TEXTS.search(plain) and plain == file.name:
            continue
        pattern = pattern_of(plain)
        found.setdefault(pattern, []).append(file)
        if plain != file.name:
            packed.add(pattern)
    families = [
        Family(
            pattern=pattern + (r"(\.(gz|bz2|zip|zst))?" if pattern in packed else ""),
            number=len(members),
            size=sum(file.size for file in members),
            example=members[-1].name,
        )
        for pattern, members in found.items()
    ]
    return sorted(families, key=lambda each: (-each.number, each.pattern))[:MOST]


def pattern_of(name: str) -> str:
    """A regular expression for names like this one: its date is a group, other numbers are free."""
    dated = DATE.search(name)
    if dated is None or not dated[0].isdecimal():
        return _free(name)
    return f"{_free(name[: dated.start()])}(?P<date>\\d{{8}}){_free(name[dated.end() :])}"


def _free(text: str) -> str:
    parts = re.split(r"(\d{2,})", text)
    return "".join(r"\d+" if part.isdecimal() else re.escape(part) for part in parts)
