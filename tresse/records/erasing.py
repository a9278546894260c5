"""Places that hold something of a person, and are asked when that person is erased (D90, D91).

Every room that keeps rows or files of people adds its own; `config/members.py` hands them over.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

GONE = "…"
"Stands where a text of the person stood, in rows that stay."
SHORTEST = 5
"Shorter texts are found in too much: they tell nobody."


@dataclass(frozen=True, slots=True)
class Person:
    """Who is erased, as the places know them.

    Nothing of this outlives the erasure.
    """

    texts: tuple[str, ...] = ()
    "E-mails, phones and ids, in every form that was found; each of `SHORTEST` characters or more."
    names: tuple[str, ...] = ()
    "First and last names together, as they were found."
    keys: tuple[str, ...] = ()
    "Records of sources, as `source/key`."
    ids: tuple[str, ...] = ()
    "Golden records, and ids that once stood for them."
    records: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    "Records of the CRM, by the name of their object type."

    def is_in(self, text: str) -> bool:
        """Whether a text holds one of `texts` or `names`, in whatever case."""
        low = text.casefold()
        return any(each.casefold() in low for each in (*self.texts, *self.names))

    def every_record(self) -> list[int]:
        """Ids of records of whatever type: no two types share one."""
        return sorted({id for ids in self.records.values() for id in ids})


@dataclass(frozen=True, slots=True)
class Place:
    """One sort of rows or files.

    `count(person)` answers how many it holds, and changes nothing. `remove(person)` removes them
    and answers how many; it may be asked again after a kill, and then finds what is left.
    `answers(person)`: of systems outside, `{name, answer}` each, asked before anything is removed.
    `records(person)`: further records of the CRM that are this person, by object type.
    `is_busy(since)`: whether something goes on, begun before, that may bring the person back.
    """

    name: str
    label: str
    count: Callable[[Person], int]
    remove: Callable[[Person], int]
    answers: Callable[[Person], Iterable[Mapping[str, Any]]] | None = None
    records: Callable[[Person], Mapping[str, Iterable[int]]] | None = None
    is_busy: Callable[[datetime], bool] | None = None


PLACES: Registry[Place] = Registry(N_("place"))
"Filled by `config.members.hand_over`, in the order in which they are asked."


def holding(found: QuerySet[Any], fields: Iterable[str], person: Person) -> QuerySet[Any]:
    """Rows in which one of these columns, texts or JSON, holds one of the person's texts."""
    wanted = Q(pk__in=[])
    for name in fields:
        found = found.alias(**{f"said_{name}": Cast(name, TextField())})
        for text in (*person.texts, *person.names):
            # JSON of SQLite has other signs than ASCII escaped.
            for form in {text, json.dumps(text)[1:-1]}:
                wanted |= Q(**{f"said_{name}__icontains": form})
    return found.filter(wanted)


def scrubbed(value: Any, person: Person) -> Any:
    """JSON without the texts that hold the person: `GONE` stands there instead."""
    if isinstance(value, str):
        return GONE if person.is_in(value) else value
    if isinstance(value, Mapping):
        return {
            (GONE if person.is_in(key) else key): scrubbed(each, person)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [scrubbed(each, person) for each in value]
    return value


def scrub(found: QuerySet[Any], fields: Iterable[str], person: Person) -> int:
    """Take the person out of texts and JSON of rows that stay; answers how many rows."""
    names, number = list(fields), 0
    for row in holding(found, names, person).only("pk", *names):
        row.__class__.objects.filter(pk=row.pk).update(
            **{name: scrubbed(getattr(row, name), person) for name in names}
        )
        number += 1
    return number


def scrubbing(
    name: str, label: str, rows: Callable[[], QuerySet[Any]], fields: tuple[str, ...]
) -> Place:
    """A place whose rows stay, without the person."""
    return Place(
        name,
        label,
        lambda person: holding(rows(), fields, person).count(),
        lambda person: scrub(rows(), fields, person),
    )


def dropping(name: str, label: str, rows: Callable[[Person], QuerySet[Any]]) -> Place:
    """A place whose rows go."""
    return Place(
        name,
        label,
        lambda person: rows(person).count(),
        lambda person: int(rows(person).delete()[0]),
    )
