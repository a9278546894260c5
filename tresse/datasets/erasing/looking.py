"""All that is found of a person, by place, before anything is removed (D90)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.connections.kinds.crm import Crm
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.erasing.scope import Scope, salt_of, scope_of, scope_of_record
from tresse.datasets.erasing.versions import GOLDEN, RECORDS, RELATED, SOURCES, counted
from tresse.datasets.explaining.finding import EXTERNAL, golden_id, record_id
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.engine.base import Engine
from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef, data_model
from tresse.records.erasing import PLACES
from tresse.records.erasing_places import records_with, said_of
from tresse.records.queries import record_by
from tresse.sources.models import Source
from tresse.sources.stored import definition_of

LABELS: Mapping[str, str] = {
    GOLDEN: N_("Golden records, in all kept versions"),
    RECORDS: N_("Their records, in all kept versions"),
    RELATED: N_("Rows of {name} that lead to the person"),
    SOURCES: N_("Rows of sources, in all kept versions"),
}
OF_ENTITY: Mapping[str, str] = {"contacts": "contact", "companies": "company"}
"The object type whose records are the persons of a dataset, by its entity."


@dataclass(frozen=True, slots=True)
class Found:
    """Who it is, and what there is: counts by place, and what destinations will answer."""

    scope: Scope
    counts: Mapping[str, int]
    destinations: tuple[Mapping[str, Any], ...]


def found(engine: Engine, scope: Scope) -> Found:
    """What there is of a person, counted; nothing is changed."""
    counts = {name: number for name, number in counted(engine, scope).items() if number}
    for place in PLACES:
        number = place.count(scope.person)
        if number:
            counts[place.name] = number
    return Found(scope, counts, tuple(destinations_of(scope)))


def destinations_of(scope: Scope) -> Iterable[Mapping[str, Any]]:
    """What destinations answer to the erasure (Y45)."""
    for place in PLACES:
        if place.answers is not None:
            yield from place.answers(scope.person)


def label_of(place: str) -> str:
    """What people call a place of counts."""
    name, _, about = place.partition(":")
    if name in LABELS:
        return gettext(LABELS[name]).format(name=about)
    return gettext(PLACES[place].label) if place in PLACES else place


def scope_of_key(engine: Engine, version: DatasetVersion, key: str) -> Scope:
    """The person that a key of a dataset means, with their records of the CRM.

    Raises:
        TresseError: `unknown_record`, `several_records`.
    """
    tables = tables_of(engine, version)
    name = version.dataset.name
    id_ = golden_id(tables, key, salt=salt_of(version), dataset=name)
    return _with_records(scope_of(engine, version, id_), version.dataset.entity)


def scope_of_crm(engine: Engine, object: ObjectDef, id: int) -> Scope:
    """The person that a record of the CRM is: its golden record, else the record alone."""
    for name in _sources_of(object):
        for dataset in Dataset.objects.filter(version__isnull=False).select_related("version"):
            version: Any = dataset.version
            version.dataset = dataset
            if OF_ENTITY.get(dataset.entity) != object.name:
                continue
            tables = tables_of(engine, version)
            there = record_id(tables, f"{name}/{id}", salt=salt_of(version))
            if there is not None:
                scope = scope_of(engine, version, there[1])
                return _with_records(scope, dataset.entity, {object.name: {id}})
    told = said_of(object, [id])
    keys = tuple(f"{name}/{id}" for name in _sources_of(object))
    scope = scope_of_record(told["email"], told["phone"], names=tuple(told["name"]), keys=keys)
    return _with_records(scope, "", {object.name: {id}})


def crm_record(object: ObjectDef, key: str, actor: Actor) -> int:
    """The record of the CRM that a key means: an id, `ext:…`, or an e-mail.

    Raises:
        TresseError: `record_not_found`, `ambiguous_match`, `unknown_property`.
    """
    key = key.strip()
    if key.isdecimal():
        return int(key)
    if key.startswith(EXTERNAL):
        return record_by(object, "external_id", key.removeprefix(EXTERNAL), actor)
    return record_by(object, "email", key, actor)


def _sources_of(object: ObjectDef) -> list[str]:
    """Sources that read records of an object type."""
    tables = {object.slug, object.name}
    sources = Source.objects.filter(connection__kind=Crm.name).order_by("pk")
    return [each.name for each in sources if definition_of(each).read.table in tables]


def _with_records(
    scope: Scope, entity: str, known: Mapping[str, Iterable[int]] | None = None
) -> Scope:
    """A person with all records of the CRM: members, those with the e-mail, those syncs wrote."""
    model = data_model()
    records: dict[str, set[int]] = {name: set(ids) for name, ids in (known or {}).items()}
    own = OF_ENTITY.get(entity)
    # Others, such as orders that feed a dataset of contacts, are no persons: they stay.
    by_source = {
        name: object.name
        for object in model.objects
        if object.name == own
        for name in _sources_of(object)
    }
    for each in scope.person.keys:
        source, _, key = each.partition("/")
        if source in by_source and key.isdecimal():
            records.setdefault(by_source[source], set()).add(int(key))
    if own is not None and own in {object.name for object in model.objects}:
        emails = scope.values.get("email", ())
        records.setdefault(own, set()).update(records_with(model.object(own), emails))
    for place in PLACES:
        if place.records is not None:
            for name, ids in place.records(scope.person).items():
                records.setdefault(name, set()).update(ids)
    person = _with_written(scope, records)
    return replace(scope, person=person)


def _with_written(scope: Scope, records: Mapping[str, set[int]]) -> Any:
    """The person with the names and addresses that their records of the CRM hold, as written."""
    model = data_model()
    person = scope.person
    texts, names, keys = set(person.texts), set(person.names), set(person.keys)
    known = {each.casefold() for each in person.texts}
    for name, ids in records.items():
        object = model.object(name)
        told = said_of(object, ids)
        names |= set(told["name"])
        texts |= {each for each in told["email"] if each.casefold() in known}
        keys |= {f"{source}/{id}" for source in _sources_of(object) for id in ids}
    return replace(
        person,
        texts=tuple(sorted(texts)),
        names=tuple(sorted(names)),
        keys=tuple(sorted(keys)),
        records={name: tuple(sorted(ids)) for name, ids in sorted(records.items()) if ids},
    )
