"""Stays of a person in watched segments, when the person is erased (D91).

Those of records go with the records; those of golden records stand by the golden id alone.
"""

import sqlalchemy as sa

from tresse.kernel.marks import N_
from tresse.objects.database import execute, scalar
from tresse.records.erasing import Person, Place
from tresse.segments.golden_tables import GOLDEN_MEMBER


def _count(person: Person) -> int:
    mine = GOLDEN_MEMBER.c.golden_id.in_(person.ids)
    return int(scalar(sa.select(sa.func.count()).where(mine)) or 0)


def _remove(person: Person) -> int:
    number = _count(person)
    execute(sa.delete(GOLDEN_MEMBER).where(GOLDEN_MEMBER.c.golden_id.in_(person.ids)))
    return number


PLACES = (Place("segment_stays", N_("Stays in segments over datasets"), _count, _remove),)
