"""From attachments to golden ids: components, guards, stable ids (D41 to D59)."""

import sqlalchemy as sa

from tresse.datasets import layout
from tresse.datasets.identity.components import components, star_edges
from tresse.datasets.identity.ids import placed
from tresse.datasets.identity.outcome import Before, Resolved
from tresse.datasets.layout import Plan
from tresse.engine.base import Engine


def resolve(
    engine: Engine,
    plan: Plan,
    records: sa.TableClause,
    attachments: sa.TableClause,
    *,
    links: sa.TableClause | None = None,
    aparts: sa.TableClause | None = None,
    before: Before | None = None,
    number: int = 1,
    cause: str = "data",
    name: str = "identity",
) -> Resolved:
    """Work out which records are one, and under which id.

    Args:
        engine: Keeps the steps, under names that begin with `name`.
        plan: The identity's settings, and the name of the dataset.
        records: By `layout.record_columns`.
        attachments: `rid, strength, value`: usable ones, each once, of records that are there.
        links: `a, b`: rids of must-links (DG8); None: there are none. Rids that are gone count not.
        aparts: `a, b`: rids of must-not-links.
        before: The version before; None: there is none.
        number: Of the version that is made.
        cause: Of new rows of `id_changes`: `data`, `rules` or `decision`.
        name: Answers of two calls with the same name stand in each other's place.
    """
    labels = components(engine, star_edges(attachments), name=f"{name}_labels")
    label = sa.func.coalesce(labels.c.label, records.c.rid).label("label")
    clusters = engine.keep(
        f"{name}_clusters",
        sa.select(records.c.rid, label).join_from(
            records, labels, labels.c.v == records.c.rid, isouter=True
        ),
    )
    outcome = sa.select(
        *(attachments.c[each.name] for each in layout.ATTACHMENTS[:3]),
        sa.true().label("is_accepted"),
        sa.cast(sa.null(), sa.Text()).label("reason"),
        sa.cast(sa.null(), sa.Text()).label("detail"),
    )
    kept = engine.keep(f"{name}_attachments", outcome)
    ids = placed(
        engine,
        plan.definition.name,
        records,
        clusters,
        before=before,
        number=number,
        cause=cause,
        name=name,
    )
    return Resolved(
        members=ids.members,
        attachments=kept,
        homes=ids.homes,
        aliases=ids.aliases,
        id_changes=ids.id_changes,
        reviews=(),
    )
