"""Companies from e-mail domains in an import: what its check counts (C46)."""

from typing import Any

import sqlalchemy as sa

from tresse.records.email_companies import companies_of, company_domain, rule
from tresse.records.links import pairs_from
from tresse.transfers.decide import CREATED, FOUND
from tresse.transfers.layout import Layout
from tresse.transfers.stage import Ready
from tresse.transfers.staged import PLANNED, Staged


def planned_companies(layout: Layout, staged: Staged) -> dict[str, Any]:
    """How many contacts will be linked, and companies made, as a fact of the plan."""
    column = next((each for each in layout.written if each.prop.name == "email"), None)
    if layout.object.name != "contact" or column is None:
        return {}
    asked = rule(layout.model)
    if asked is None:
        return {}
    file, plan, pairs = staged.rows, staged.plan, staged.pairs
    record, links = layout.object.table.alias("r"), pairs_from(asked.side)
    end = pairs.c.from_ref if asked.side.forward else pairs.c.to_ref
    linked_by_file = sa.exists().where(
        pairs.c.association_id == asked.side.association.id,
        pairs.c.state == PLANNED,
        end == plan.c.ref,
    )
    address = file.c[column.target]
    statement = (
        sa.select(plan.c.ref, address)
        .join_from(plan, file, file.c.line == plan.c.line)
        .outerjoin(record, record.c.id == plan.c.ref)
        .where(
            plan.c.outcome.in_((CREATED, FOUND)),
            address.is_not(None),
            address.is_distinct_from(record.c[column.prop.column]),
            ~linked_by_file,
            ~sa.exists().where(links.c.here == plan.c.ref),
        )
    )
    domains = [domain for _, email in Ready(statement).rows() if (domain := company_domain(email))]
    known = dict(companies_of(layout.model, domains)) if domains else {}
    missing = set(domains) - set(known) if asked.creates else set()
    linked = sum(1 for domain in domains if known.get(domain) or domain in missing)
    return {"email_companies": {"linked": linked, "created": len(missing)}}
