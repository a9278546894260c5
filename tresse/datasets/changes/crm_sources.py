"""Making the sources over the records of this installation, once a dataset needs them (D1a)."""

from collections.abc import Iterable

from django.db import transaction

from tresse.accounts.actor import SYSTEM
from tresse.datasets.defaults import (
    CONNECTION,
    LEADS,
    SOURCES,
    crm_source,
    is_there,
    wanted_sources,
)
from tresse.datasets.models import Dataset
from tresse.kernel.errors import TresseError
from tresse.sources.changes.sources import add_source, check_leads
from tresse.sources.models import Source


def make_sources(datasets: Iterable[Dataset]) -> list[Source]:
    """Make what is missing of the sources over the CRM that feed these datasets.

    Returns:
        All of those.
    """
    wanted = list(dict.fromkeys(name for each in datasets for name in wanted_sources(each)))
    make_named(wanted)
    found = Source.objects.filter(name__in=wanted, connection__name=CONNECTION)
    return list(found.order_by("name"))


def make_named(names: Iterable[str]) -> None:
    """Make what is missing of the sources of these names, of those that are over the CRM.

    With each, those that its relations lead to. One that somebody made under such a name is taken
    as it is; one whose object type is archived is not made.
    """
    needed = [name for name in names if name in SOURCES]
    for name in needed:
        needed += [to for _, to in LEADS.get(name, ()) if to not in needed]
    there = set(Source.objects.filter(name__in=needed).values_list("name", flat=True))
    new = [name for name in SOURCES if name in needed and name not in there and is_there(name)]
    if not new:
        return
    with transaction.atomic():
        for name in new:
            item, columns = crm_source(name)
            seen = [{"name": c.name, "type": c.type, "proposed": c.type} for c in columns]
            try:
                add_source(item, actor=SYSTEM, detected=columns, seen=seen, in_file=True)
            except TresseError as error:
                if error.code != "name_taken":  # else somebody was quicker
                    raise
        check_leads(new)
