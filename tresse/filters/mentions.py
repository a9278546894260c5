"""Which definitions a filter names, so that whoever keeps filters can say what they use (C33, G6).

Read from the filter as it is kept, without checking it: a filter that broke meanwhile still names
what is left of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tresse.engine.formulas import columns_named, read
from tresse.filters.paths import hops_of, sides_named
from tresse.filters.shape import Base
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, PropertyDef
from tresse.objects.uses import Target


def mentions(filter: Any, base: Base, model: DataModel) -> set[Target]:
    """Object types, properties, relations, pipelines, stages, lists, segments that a filter names.

    Args:
        filter: In the filter language; None names nothing.
        base: What it chooses rows of.
        model: The definitions.
    """
    return set(_node(filter, base, model))


def path_mentions(path: Any, base: Base, model: DataModel) -> Iterator[Target]:
    """What a path (`industry`, `company.industry`) names: its relations and its property."""
    for _, target in _steps(path, base, model):
        yield target


def _steps(path: Any, base: Base, model: DataModel) -> Iterator[tuple[PropertyDef | None, Target]]:
    """Each part of a path that is there; with the property where it is one."""
    if not isinstance(path, str):
        return
    *names, last = path.split(".")
    here = base
    try:
        for hop in hops_of(names, base, model):
            yield None, Target("association_type", hop.side.association.name)
            here = hop.base
    except TresseError:
        return
    if here.has(last):
        yield here.property(last), Target("property", last, here.name)


def _node(node: Any, base: Base, model: DataModel) -> Iterator[Target]:
    if isinstance(node, list):
        for each in node:
            yield from _node(each, base, model)
    if not isinstance(node, Mapping):
        return
    for group in ("all", "any", "not"):
        yield from _node(node.get(group), base, model)
    if "property" in node:
        yield from _property(node, base, model)
    if "linked" in node:
        yield from _linked(node, base, model)
    if isinstance(node.get("formula"), str):
        yield from _formula(node["formula"], base)
    for sort in ("list", "segment"):
        if isinstance(node.get(sort), str):
            yield Target(sort, node[sort])


def _formula(text: str, base: Base) -> Iterator[Target]:
    try:
        names = columns_named(read(text))
    except TresseError:
        return
    yield from (Target("property", name, base.name) for name in names)


def _property(node: Mapping[str, Any], base: Base, model: DataModel) -> Iterator[Target]:
    value = node.get("value")
    for prop, target in _steps(node["property"], base, model):
        yield target
        if prop and prop.kind.name in {"pipeline", "stage"}:
            yield from _places(prop, value, model)
    if isinstance(value, Mapping):
        yield from path_mentions(value.get("property"), base, model)


def _places(prop: PropertyDef, value: Any, model: DataModel) -> Iterator[Target]:
    """Pipelines and stages by name; a stage's name may stand in several pipelines."""
    names = set(_texts(value))
    for pipeline in model.object(prop.object_name).pipelines:
        if prop.kind.name == "pipeline" and pipeline.name in names:
            yield Target("pipeline", pipeline.name, prop.object_name)
        for stage in pipeline.stages:
            if prop.kind.name == "stage" and stage.name in names:
                yield Target("stage", f"{pipeline.name}.{stage.name}", prop.object_name)


def _linked(node: Mapping[str, Any], base: Base, model: DataModel) -> Iterator[Target]:
    for name in _texts(node.get("by")):
        for side in sides_named(name, base, model):
            yield Target("association_type", side.association.name)
    known = {each.name for each in model.objects}
    if node["linked"] in known:
        other = model.object(node["linked"])
        yield Target("object", other.name)
        yield from _node(node.get("filter"), other, model)


def _texts(value: Any) -> Iterable[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]
