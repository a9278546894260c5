"""Merge then unmerge is the identity (C64, C130e)."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tresse.objects.database import rows
from tresse.records.changes import (
    add_other_value,
    link_records,
    log_activity,
    merge_records,
    unmerge_records,
)
from tresse.records.merge_tables import OTHER_VALUE
from tresse.records.merging import crowded
from tresse.records.tables import ACTIVITY_RECORD, LINK

TEXTS = st.sampled_from((None, "Anna", "Bob", "Lyon"))
PHONES = st.sampled_from((None, "+33612345678", "+48600100200"))
MEMBER = st.integers(0, 2)
OTHER = st.integers(0, 3)
LINKS = st.lists(st.tuples(MEMBER, OTHER, st.sampled_from((None, "label"))), max_size=8)


def everything(model):
    """Every record, link, activity and other value, but for the stamps of the last write."""
    found = {}
    for object in model.objects:
        columns = [
            column
            for column in object.table.c
            if column.name not in {"version", "updated_at", "updated_by"}
        ]
        found[object.name] = sorted(rows(sa.select(*columns)), key=lambda row: row[0])
    for table in (LINK, ACTIVITY_RECORD, OTHER_VALUE):
        found[table.name] = sorted(rows(sa.select(*table.c)), key=str)
    return found


@contextmanager
def taken_back():
    """One example; what it wrote is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(make):
    """Records to link with, by object type."""
    return {
        "company": [make("company", name=f"Company {n}") for n in range(4)],
        "deal": [make("deal", name=f"Deal {n}") for n in range(4)],
        "contact": [make("contact", last_name=f"Friend {n}") for n in range(4)],
    }


def linked(model, world, side, ids, links, actor, label=None):
    for member, other, wanted in links:
        others = world[side.other]
        named = label if wanted else None
        link_records(model, side, [(ids[member], others[other])], actor=actor, label=named)


common = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@common
@given(
    values=st.lists(st.tuples(TEXTS, TEXTS, PHONES, TEXTS), min_size=3, max_size=3),
    survivor=MEMBER,
    companies=LINKS,
    deals=LINKS,
    friends=st.lists(st.tuples(MEMBER, MEMBER), max_size=3),
    notes=st.lists(st.sets(MEMBER, min_size=1), max_size=4),
)
def test_contacts_come_apart_as_they_were(
    model, make, world, ada, values, survivor, companies, deals, friends, notes
):
    """C64: values, ids, links, link labels, activities, other values."""
    contact = model.object("contact")
    company = model.default_side("contact", "company")
    deal = model.default_side("contact", "deal")
    friend = model.default_side("contact", "contact")
    with taken_back():
        ids = [
            make(
                "contact",
                first_name=first,
                city=city,
                phone=phone,
                job_title=job,
                last_name=f"Nowak {n}",
                email=f"a{n}@example.org",
            )
            for n, (first, city, phone, job) in enumerate(values)
        ]
        add_other_value(model, contact, ids[1], name="email", value="old@example.org", actor=ada)
        linked(model, world, company, ids, companies, ada, "former_company")
        linked(model, world, deal, ids, deals, ada, "decision_maker")
        for one, two in friends:
            if one != two:
                link_records(model, friend, [(ids[one], ids[two])], actor=ada)
        for about in notes:
            log_activity(
                model, "note", [(contact, ids[n]) for n in about], fields={"text": "x"}, actor=ada
            )
        before = everything(model)
        others = [id for n, id in enumerate(ids) if n != survivor]
        merge_records(model, contact, ids[survivor], others, actor=ada)
        told = unmerge_records(model, contact, ids[survivor], actor=ada)

        assert everything(model) == before
        assert (told.records, told.kept_with_survivor, told.conflicts) == (
            tuple(sorted(others)),
            (),
            (),
        )


@common
@given(
    survivor=MEMBER,
    parents=st.lists(st.tuples(MEMBER, OTHER), max_size=4),
    related=st.lists(st.tuples(MEMBER, OTHER), max_size=6),
    inside=st.lists(st.tuples(MEMBER, MEMBER), max_size=2),
    people=LINKS,
)
def test_companies_come_apart_as_they_were(
    model, make, world, ada, survivor, parents, related, inside, people
):
    """C64, C38: symmetric links, paired labels with a limit, primary marks of the other side."""
    company = model.object("company")
    both = model.default_side("company", "company")
    contact = model.default_side("company", "contact")
    parent = model.association("company_parent")
    with taken_back():
        ids = [make("company", name=f"Acme {n}", domain=f"acme{n}.org") for n in range(3)]
        for one, two in parents:
            pair = [(ids[one], world["company"][two])]
            taken = rows(
                sa.select(LINK.c.to_id).where(
                    LINK.c.association_id == parent.id, LINK.c.from_id == ids[one]
                )
            )
            if not taken:
                link_records(model, both, pair, actor=ada, label="company_parent")
        for one, two in related:
            link_records(model, both, [(ids[one], world["company"][two])], actor=ada)
        for one, two in inside:
            if one != two:
                link_records(model, both, [(ids[one], ids[two])], actor=ada, label="partner")
        linked(model, world, contact, ids, people, ada, "former_company")
        before = everything(model)
        others = [id for n, id in enumerate(ids) if n != survivor]
        picked = {
            each.key: each.preset for each in crowded(model, company, ids[survivor], others, ada)
        }
        merge_records(model, company, ids[survivor], others, actor=ada, links=picked)
        told = unmerge_records(model, company, others[0], actor=ada)

        assert everything(model) == before
        assert (told.kept_with_survivor, told.conflicts) == ((), ())
