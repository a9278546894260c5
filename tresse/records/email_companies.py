"""Which company an e-mail address tells of: by its registrable domain, free mail apart (C46)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import sqlalchemy as sa
from publicsuffixlist import PublicSuffixList

from tresse.accounts.account import AccountSetting
from tresse.accounts.queries import account
from tresse.kernel.marks import N_
from tresse.objects.database import rows
from tresse.objects.described import DataModel, Side
from tresse.objects.kinds.hosts import host, in_ascii
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.tables import EVENT, HISTORY

OFF, LINK, CREATE = "off", "link", "link_and_create"
MODES = (OFF, LINK, CREATE)
NAME = "company_from_email"
LABELS = {
    OFF: N_("Off"),
    LINK: N_("Link to the company with the domain"),
    CREATE: N_("Link, and create the company if there is none"),
}
SETTINGS = (
    AccountSetting(
        NAME,
        N_("Company from the e-mail domain"),
        OFF,
        N_("off, link or link_and_create"),
        lambda value: value in MODES,
        choices=tuple(LABELS.items()),
    ),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule as it stands: its side, the property with the domain, whether it creates."""

    side: Side
    creates: bool


def rule(model: DataModel) -> Rule | None:
    """What the account's setting asks for; None: nothing, or the relation is archived."""
    mode = account().values[NAME]
    if mode == OFF:
        return None
    company = model.object("company")
    side = model.default_side("contact", "company")
    if side is None or company.is_archived or company.property("domain").is_archived:
        return None
    return Rule(side, creates=mode == CREATE)


def company_domain(email: str | None) -> str | None:
    """The registrable domain of an address, as `company.domain` holds it; None for free mail.

    "anna@mail.acme.co.uk" → "acme.co.uk"
    "anna@gmail.com"       → None
    """
    name = (email or "").rpartition("@")[2]
    found = _suffixes().privatesuffix(in_ascii(name)) if name else None
    if found is None or found in _free_mail():
        return None
    return host(found)


@cache
def _suffixes() -> PublicSuffixList:
    """The public suffix list of the package: it changes with its releases only."""
    return PublicSuffixList()


@cache
def _free_mail() -> frozenset[str]:
    """Our list of free-mail domains; it changes with our releases only."""
    text = files("tresse.records").joinpath("data/free_mail.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(name for line in lines for name in line.split())


def companies_of(model: DataModel, domains: Iterable[str]) -> Mapping[str, int]:
    """The company of each domain; 0 where several have it, for then none is taken (C20)."""
    company = model.object("company")
    table, prop = company.table, company.property("domain")
    wanted = sorted(set(domains))
    own = table.c[prop.column]
    live = table.c.deleted_at.is_(None)
    main = sa.select(own, table.c.id).where(own.in_(wanted), live)
    other = (
        sa.select(OTHER_VALUE.c.compared, table.c.id)
        .join(table, table.c.id == OTHER_VALUE.c.record_id)
        .where(OTHER_VALUE.c.property_id == prop.id, OTHER_VALUE.c.compared.in_(wanted), live)
    )
    found: dict[str, int] = {}
    for domain, id in rows(main.union(other)):
        found[domain] = 0 if domain in found else id
    return found


def contacts_with_new_email(model: DataModel, change_set: int) -> list[int]:
    """Contacts that a change set created or gave another e-mail."""
    contact = model.object("contact")
    created = sa.select(EVENT.c.record_id).where(
        EVENT.c.change_set_id == change_set,
        EVENT.c.object_id == contact.id,
        EVENT.c.name == "record_created",
    )
    changed = sa.select(HISTORY.c.record_id).where(
        HISTORY.c.change_set_id == change_set,
        HISTORY.c.property_id == contact.property("email").id,
    )
    return sorted(id for (id,) in rows(created.union(changed)))
