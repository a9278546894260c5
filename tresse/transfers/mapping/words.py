"""Words of headers: what ids and associations of each object type are called in a file.

The English forms are made from labels; French and Polish ones of shipped types are listed, as
gender and case cannot be made from a label.
"""

from collections.abc import Iterable

from tresse.objects import shipped
from tresse.objects.described import ObjectDef

FRENCH = {
    "contact": ("contact associé", "personne associée"),
    "company": ("entreprise associée",),
    "deal": ("opportunité associée",),
    "product": ("produit associé",),
    "order": ("commande associée",),
    "order_line": ("ligne de commande associée",),
    "ticket": ("ticket associé",),
    "task": ("tâche associée",),
    "vehicle": ("véhicule associé",),
    "space": ("espace associé",),
    "project": ("projet associé",),
}
POLISH = {
    "contact": ("powiązany kontakt", "powiązana osoba"),
    "company": ("powiązana firma",),
    "deal": ("powiązana szansa sprzedaży",),
    "product": ("powiązany produkt",),
    "order": ("powiązane zamówienie",),
    "order_line": ("powiązana pozycja zamówienia",),
    "ticket": ("powiązane zgłoszenie",),
    "task": ("powiązane zadanie",),
    "vehicle": ("powiązany pojazd",),
    "space": ("powiązana przestrzeń",),
    "project": ("powiązany projekt",),
}
OF_FRENCH = {
    "contact": ("du contact", "de la personne"),
    "company": ("de l'entreprise",),
    "deal": ("de l'opportunité",),
    "product": ("du produit",),
    "order": ("de la commande",),
    "order_line": ("de la ligne de commande",),
    "ticket": ("du ticket",),
    "task": ("de la tâche",),
    "vehicle": ("du véhicule",),
    "space": ("de l'espace",),
    "project": ("du projet",),
}
OF_POLISH = {
    "contact": ("kontaktu", "osoby"),
    "company": ("firmy",),
    "deal": ("szansy sprzedaży",),
    "product": ("produktu",),
    "order": ("zamówienia",),
    "order_line": ("pozycji zamówienia",),
    "ticket": ("zgłoszenia",),
    "task": ("zadania",),
    "vehicle": ("pojazdu",),
    "space": ("przestrzeni",),
    "project": ("projektu",),
}
PERSON = {"contact": ("Person", "Personne", "Osoba")}
PEOPLE = {"contact": ("People", "Persons", "Personnes", "Osoby")}
NAME_WORDS = ("name", "nom", "nazwa")
LABEL_WORDS = ("label", "libellé", "etykieta")
ERROR_FILE = ("_line", "_code", "_column", "_value", "_hint")
"Columns that an error file adds (T77)."


def singulars(kind: ObjectDef) -> list[str]:
    """What one record of the type is called: the label first, then in en, fr, pl, then the name."""
    known = shipped.labels().get(("object", kind.name), ())
    return _once([kind.label, *known, *PERSON.get(kind.name, ()), kind.name])


def plurals(kind: ObjectDef) -> list[str]:
    """What several records of the type are called."""
    known = shipped.labels().get(("plural", kind.name), ())
    return _once([kind.plural, *known, *PEOPLE.get(kind.name, ()), f"{kind.name}s"])


def associated(kind: ObjectDef) -> list[str]:
    """Headers of the form `Associated X`, the English one first."""
    made = [f"Associated {label}" for label in singulars(kind)]
    if kind.name in FRENCH:
        made += [*map(_capital, FRENCH[kind.name]), *map(_capital, POLISH[kind.name])]
    else:
        made += [f"{kind.label} {word}" for word in ("associé", "associée")]
        made += [f"{word} {kind.label}" for word in ("Powiązany", "Powiązana", "Powiązane")]
    return _once(made)


def associated_plurals(kind: ObjectDef) -> list[str]:
    """The same with plurals, which ask (T43)."""
    made = [f"Associated {label}" for label in plurals(kind)]
    for label in plurals(kind):
        made += [f"{label} {word}" for word in ("associés", "associées")]
        made += [f"{word} {label}" for word in ("Powiązane", "Powiązani")]
    return _once(made)


def ids(kind: ObjectDef) -> list[str]:
    """Headers of a column with ids of the type (T22)."""
    made = [f"{label} ID" for label in singulars(kind)]
    for of in (*OF_FRENCH.get(kind.name, ()), *OF_POLISH.get(kind.name, ())):
        made += [f"{word} {of}" for word in ("ID", "Identifiant", "Identyfikator")]
    return _once(made)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
