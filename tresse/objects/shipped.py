"""What comes with the product: object types, relations and pipelines, read from `data/`.

The files are part of the program and never change while it runs, so each is read once.
A label is a triple: English (which definitions store), French, Polish.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "data"
Facts = Mapping[str, Any]
Triple = tuple[str, str, str]


@cache
def read(name: str) -> Any:
    """The content of a file of `data/`."""
    # libyaml reads the countries ten times faster; PyYAML is built without it on some machines.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((FOLDER / f"{name}.yaml").read_text("utf-8"), loader)  # noqa: S506  safe ones


def objects() -> list[Facts]:
    """The shipped object types, in their order."""
    return list(read("objects"))


def common() -> list[Facts]:
    """Properties that every object type has (C41)."""
    return list(read("common"))


def associations() -> list[Facts]:
    """The shipped association types and link labels, parents first."""
    return list(read("associations"))


def pipelines() -> list[Facts]:
    """The shipped pipelines; the one without object is for new objects with pipelines."""
    return list(read("pipelines"))


def templates() -> list[Facts]:
    """Object types that people may start from (C8)."""
    return list(read("templates"))


def group(name: str) -> str:
    """English label of a group of properties."""
    return str(read("groups")[name or "other"][0])


def options(prop: Facts) -> list[Facts]:
    """The options of a shipped property: `name label aliases colour`; aliases in all languages."""
    listed = prop.get("options", [])
    if isinstance(listed, str):
        listed = read(listed)
    found: list[Facts] = []
    for option in listed:
        label, *others = option["label"]
        # Languages often agree; a text stands once in a list (C13).
        once: dict[str, str] = {}
        for text in (label, *others, *option.get("aliases", [])):
            once.setdefault(text.casefold(), text)
        kept = list(once.values())[1:]
        colour = option.get("colour", "grey")
        found.append({"name": option["name"], "label": label, "aliases": kept, "colour": colour})
    return found


@cache
def labels() -> Mapping[tuple[str, ...], Triple]:
    """Every shipped label in three languages, by what it is the label of.

    Keys: `(object, name)`, `(plural, name)`, `(property, object, name)`, `(option, object,
    property, name)`, `(pipeline, object, name)`, `(stage, object, pipeline, name)`, `(forward,
    association)`, `(inverse, association)`, `(group, English label)`.
    """
    return {key: (en, fr, pl) for key, (en, fr, pl) in _labels()}


def _labels() -> Iterator[tuple[tuple[str, ...], list[str]]]:
    for facts in (*objects(), *templates()):
        name = facts["name"]
        yield ("object", name), facts["label"]
        yield ("plural", name), facts["plural"]
        for prop in (*common(), *facts["properties"]):
            yield ("property", name, prop["name"]), prop["label"]
            listed = prop.get("options", [])
            for option in read(listed) if isinstance(listed, str) else listed:
                yield ("option", name, prop["name"], option["name"]), option["label"]
        for association in facts.get("associations", ()):
            yield from _association(association)
        yield ("forward", f"task_{name}"), facts["label"]
        yield (
            ("inverse", f"task_{name}"),
            next(f for f in objects() if f["name"] == "task")["label"],
        )
    for association in associations():
        yield from _association(association)
    for pipeline in pipelines():
        place = (pipeline["object"], pipeline["name"])
        yield ("pipeline", *place), pipeline["label"]
        for stage in pipeline["stages"]:
            yield ("stage", *place, stage["name"]), stage["label"]
    for triple in read("groups").values():
        yield ("group", triple[0]), triple


def _association(facts: Facts) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    yield ("forward", facts["name"]), facts["forward"]
    yield ("inverse", facts["name"]), facts.get("inverse", facts["forward"])
