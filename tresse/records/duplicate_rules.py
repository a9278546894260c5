"""What makes two records likely one: folded forms they share (C66).

A rule works keys out of a record's values; records with an equal key are likely duplicates, with
`by_links` only those that are also linked to the same company or contact.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.kernel.text import folded
from tresse.objects.described import ObjectDef

Values = Mapping[str, Any]
"""Values of one record by property name; None is empty."""

_LONG_FORMS = (
    "gmbh & co kg",
    "gmbh co kg",
    "spolka z ograniczona odpowiedzialnoscia",
    "spolka akcyjna",
    "sp z oo",
    "sp z o o",
    "sa de cv",
    "pty ltd",
    "sp k",
    "sp j",
)
_SHORT_FORMS = (
    "ab ag as asa bv corp corporation doo eg ek eirl eurl gbr gmbh inc incorporated kft kg lda "
    "limited llc llp lp ltd ltda mbh nv oe ohg oy oyj plc pte pty sa sarl sas sasu sca sci scop "
    "scs se sel selarl sep sicav sl slu snc spa spk spj spzoo srl sro ug ulc zrt"
)
# Folded, without dots; longest first, so that all of it goes.
LEGAL_FORMS = tuple(tuple(form.split()) for form in (*_LONG_FORMS, *_SHORT_FORMS.split()))
_NO_WORD = re.compile(r"[^\w&]+")


def _phones(values: Values) -> Iterable[str]:
    return (values[name] for name in ("phone", "mobile") if values.get(name))


def _full_name(values: Values) -> str:
    names = (values.get("first_name"), values.get("last_name"))
    # One name alone is shared by too many.
    return folded(" ".join(names)) if all(names) else ""  # type: ignore[arg-type]


def _name(values: Values) -> Iterable[str]:
    name = _full_name(values)
    return (name,) if name else ()


def _name_and_domain(values: Values) -> Iterable[str]:
    name, email = _full_name(values), values.get("email") or ""
    return (f"{name} @{email.rpartition('@')[2]}",) if name and "@" in email else ()


def _domain(values: Values) -> Iterable[str]:
    return (values["domain"],) if values.get("domain") else ()


def _tax_id(values: Values) -> Iterable[str]:
    bare = re.sub(r"[^0-9a-z]", "", folded(values.get("tax_id") or ""))
    return (bare,) if bare else ()


def _company_name(values: Values) -> Iterable[str]:
    bare = without_legal_form(values.get("name") or "")
    return (bare,) if bare else ()


def without_legal_form(name: str) -> str:
    """A company's name as it is compared: folded, without punctuation and legal form.

        "Żabka Polska Sp. z o.o." → "zabka polska"

    A name that is nothing but a legal form stays.
    """
    words = _NO_WORD.sub(" ", folded(name).replace(".", "")).split()
    left = words
    for form in LEGAL_FORMS:
        size = len(form)
        if tuple(left[-size:]) == form and len(left) > size:
            left = left[:-size]
        if tuple(left[:size]) == form and len(left) > size:
            left = left[size:]
    return " ".join(word for word in left if word != "&") or " ".join(words)


GIVEN = "dataset"
"""The rule whose keys a dataset gives."""


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """One reason: `reason` as people read it, `reads` the properties that `keys` needs."""

    name: str
    reason: str
    reads: tuple[str, ...]
    keys: Callable[[Values], Iterable[str]]
    object: str = ""
    "Name of the object type; empty: all those without rules of their own, by their title."
    by_links: bool = False
    reason_alone: str = ""
    "While a record is typed, that has no links yet."
    is_given: bool = False
    "Of any object type: a higher room says which records are one (`propose_merges`)."


RULES: Registry[DuplicateRule] = Registry(
    N_("duplicate rule"),
    (
        DuplicateRule("phone", N_("same phone"), ("phone", "mobile"), _phones, "contact"),
        DuplicateRule(
            "name_company",
            N_("same name and company"),
            ("first_name", "last_name"),
            _name,
            "contact",
            by_links=True,
            reason_alone=N_("same name"),
        ),
        DuplicateRule(
            "name_domain",
            N_("same name and e-mail domain"),
            ("first_name", "last_name", "email"),
            _name_and_domain,
            "contact",
        ),
        DuplicateRule("tax_id", N_("same tax id"), ("tax_id",), _tax_id, "company"),
        DuplicateRule("domain", N_("same domain"), ("domain",), _domain, "company"),
        DuplicateRule("company_name", N_("same name"), ("name",), _company_name, "company"),
        DuplicateRule(
            "title",
            N_("same title and company or contact"),
            (),
            lambda values: [text] if (text := folded(str(values.get("") or ""))) else [],
            by_links=True,
            reason_alone=N_("same title"),
        ),
        DuplicateRule(GIVEN, N_("one record of a dataset"), (), lambda _: (), GIVEN, is_given=True),
    ),
)

PARENTS = ("company", "contact")
"""What records are linked to, where a rule asks for links."""


def rules_of(object: ObjectDef) -> list[DuplicateRule]:
    """The rules for an object type of which it has all properties, strongest first."""
    own = [rule for rule in RULES if rule.object == object.name]
    if not own:
        titled = object.has(object.title) and object.property(object.title).column
        own = [rule for rule in RULES if not rule.object] if titled else []
    found = [rule for rule in own if any(object.has(name) for name in rule.reads or ("id",))]
    return [*found, RULES[GIVEN]] if found else []


def values_of(object: ObjectDef, row: Values) -> Values:
    """A record's values as rules read them: the title too, under the empty name."""
    return {**row, "": row.get(object.title)}


def read_by(object: ObjectDef, rules: Iterable[DuplicateRule]) -> list[str]:
    """Names of the stored properties that rules read."""
    names = {name for rule in rules for name in (rule.reads or (object.title,))}
    return sorted(name for name in names if object.has(name) and object.property(name).column)
