"""Linking contacts to the company of their e-mail domain, as sets (C46)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM, Actor
from tresse.kernel.clock import now
from tresse.objects.database import load, rows
from tresse.objects.described import DataModel
from tresse.records.changes.defaults import with_defaults
from tresse.records.changes.links import link_records
from tresse.records.changes.values import columns_of
from tresse.records.email_companies import Rule, companies_of, company_domain, rule
from tresse.records.links import pairs_from
from tresse.records.tables import EVENT
from tresse.records.writing import take_ids


@dataclass(frozen=True, slots=True)
class FromEmail:
    """How many contacts were linked, and how many companies made for them."""

    linked: int = 0
    created: int = 0

    def __add__(self, other: "FromEmail") -> "FromEmail":
        """Both together."""
        return FromEmail(self.linked + other.linked, self.created + other.created)


def link_by_email(
    model: DataModel, ids: Sequence[int], *, actor: Actor, change_set: int
) -> FromEmail:
    """Link contacts without a company to that of their e-mail domain, as the setting says.

    It is a rule of the account: what the actor may see or change does not matter. A contact that
    has a company keeps it; of two companies with one domain none is taken.
    """
    asked = rule(model)
    if asked is None or not ids:
        return FromEmail()
    domains = _domains(model, asked, ids)
    known = dict(companies_of(model, domains.values())) if domains else {}
    missing = sorted(set(domains.values()) - set(known)) if asked.creates else []
    known |= _created(model, missing, actor, change_set)
    pairs = [(id, known[domain]) for id, domain in domains.items() if known.get(domain)]
    if pairs:
        link_records(model, asked.side, pairs, actor=SYSTEM, change_set=change_set)
    return FromEmail(len(pairs), len(missing))


def _domains(model: DataModel, asked: Rule, ids: Sequence[int]) -> dict[int, str]:
    """The domain of each contact that has an address of a company, and no company yet."""
    contact = model.object("contact")
    table, links = contact.table, pairs_from(asked.side)
    email = table.c[contact.property("email").column]
    statement = (
        sa.select(table.c.id, email)
        .where(
            table.c.id.in_(ids),
            table.c.deleted_at.is_(None),
            email.is_not(None),
            ~sa.exists().where(links.c.here == table.c.id),
        )
        .order_by(table.c.id)
    )
    found = ((id, company_domain(address)) for id, address in rows(statement))
    return {id: domain for id, domain in found if domain}


def _created(
    model: DataModel, domains: Iterable[str], actor: Actor, change_set: int
) -> dict[str, int]:
    """New companies, named by their domain, in a few statements however many they are."""
    wanted = list(domains)
    if not wanted:
        return {}
    company = model.object("company")
    shared = with_defaults(company, {}, actor)
    at, first = now(), take_ids(len(wanted))
    stamp = {
        "version": 1,
        "created_at": at,
        "created_by": actor.user_id,
        "created_source": actor.source,
        "updated_at": at,
        "updated_by": actor.user_id,
        "owner_assigned_at": at if shared.get("owner") else None,
        "activity_count": 0,
    }
    lines = [
        {"id": id, **stamp, **columns_of(company, {**shared, "name": each, "domain": each})}
        for id, each in enumerate(wanted, first)
    ]
    names = list(lines[0])
    load(company.table, names, [[line[name] for name in names] for line in lines])
    load(
        EVENT,
        ("name", "change_set_id", "object_id", "record_id"),
        [("record_created", change_set, company.id, line["id"]) for line in lines],
    )
    return {domain: first + place for place, domain in enumerate(wanted)}
