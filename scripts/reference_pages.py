"""What the generated pages of docs/reference say: a function for each, which yields its lines."""

import json
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from scripts import merging_page, rules_page, scores_page
from scripts.build_variables import BUILD_VARIABLES
from scripts.connections_page import HEAD as CONNECTIONS_HEAD
from scripts.connections_page import connections_page
from scripts.formula_page import formulas_page

ROOT = Path(__file__).resolve().parents[1]
# What starts something when it is imported.
STARTERS = ("tresse.__main__", "tresse.config.wsgi")
EVENT_MEANINGS = {
    "record_created": "A record was made.",
    "record_changed": "Values changed; the history rows of the record and change set say which.",
    "record_deleted": "A record went to the bin, or was deleted for good.",
    "record_restored": "A record came back from the bin.",
    "record_merged": "Several records became one.",
    "record_unmerged": "A merge was taken apart.",
    "record_calculated": "A rollup or lookup was worked out anew and has another value.",
    "record_linked": "Two records were linked: `record_id` is the `from`, `other_id` the `to` end.",
    "record_unlinked": "A link was taken away; ends as in `record_linked`.",
    "stage_changed": "A record went to another stage.",
    "task_created": "A task was made.",
    "task_completed": "A task was completed.",
    "activity_logged": "A note, call, e-mail or meeting was logged.",
    "activity_changed": "An import, or its undo, changed one; `record_id` is a record it is about.",
    "list_added": 'A record was put on a list; `data` names it: `{"list": "vip"}`.',
    "list_removed": "A record was taken off a list.",
    "segment_entered": "A record entered a watched segment; `data` names it.",
    "segment_left": "A record left a watched segment.",
}
HEADS = {
    "commands.md": (
        "Commands",
        """Each command is one of the three doors: it does and refuses the same as the page and the
        REST route. A command exits with 0 on success, with 1 when the work was refused or failed,
        and with 2 on wrong usage. `--json` prints one JSON object on standard output; progress goes
        to standard error. `OBJECT` is the singular or plural name of an object type. Without `--as`
        the first administrator acts.""",
    ),
    "settings.md": (
        "Settings of the environment",
        """Read once, when a command or the server starts; [configure.md](../how-to/configure.md)
        shows how to set them. Settings that people change on a page are in
        [account-settings.md](account-settings.md).""",
    ),
    "refusals.md": (
        "Refusals",
        """What cannot be done is refused with a code and a sentence, the same on pages, over REST
        and on the command line. Codes never change their meaning and are never translated;
        sentences are. A word in braces stands for the value at hand. The status is that of HTTP.
        Some codes have several sentences. *Level* is where a code stands in the report of an
        import, if only imports have it; findings about values and links carry the codes of the
        other rooms.""",
    ),
    "events.md": (
        "Events",
        """What happened to records is kept as rows of the table `event`, written in the transaction
        of their cause: one row per record and write. Who did it, when and from where stands in the
        change set that the row names. Higher rooms read these rows; nothing is called.""",
    ),
    "jobs.md": (
        "Background work",
        """Kinds of jobs, their states, what runs by itself, and what people are told of. How it
        works is in [background-work.md](../explanation/background-work.md).""",
    ),
    "data-model.md": (
        "Shipped data model",
        """The object types, properties, relations and pipelines that `tresse init` makes. All of
        them can be added to, and labels, options and stages can be changed; names stay. A *key* may
        find a record in an import; *read only* values are set by the product. Labels are shown in
        English, French and Polish. People add object types of their own, see
        [add-an-object-type.md](../how-to/add-an-object-type.md).""",
    ),
    "formulas.md": (
        "Formulas",
        """A formula is one expression over the properties of a record, or the columns of a row. It
        is used by calculated properties
        ([add-a-calculated-property.md](../how-to/add-a-calculated-property.md)), by filters, by
        sources and by [datasets](../how-to/compute-a-column.md). It means the same on every
        database and engine. Nothing of its text reaches them: it is read, checked and built anew
        from what stands on this page.""",
    ),
    "connections.md": CONNECTIONS_HEAD,
    "api.md": (
        "REST routes",
        """Under `/api/v1`, JSON in and out. A request carries `Authorization: Bearer TOKEN`; how to
        get one and how to write records is in [use-the-api.md](../how-to/use-the-api.md). The
        OpenAPI document of a running installation is at `/api/v1/openapi.json`. Fields in bold are
        needed. A refusal is a
        problem document (`application/problem+json`) with `code` and the sentence; the codes are in
        [refusals.md](refusals.md).""",
    ),
    **rules_page.HEADS,
    **merging_page.HEADS,
    **scores_page.HEADS,
}
"Title and first paragraph of each page."
ROOM_WORDS = {"kernel": "all rooms"}


def cell(text: object) -> str:
    """A text as it stands in a cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield f"| {' | '.join(headers)} |"
    yield f"| {' | '.join('---' for _ in headers)} |"
    for row in rows:
        yield f"| {' | '.join(cell(each) for each in row)} |"


def first_line(text: str | None) -> str:
    """The first paragraph of a docstring or help text, on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


def commands_page() -> Iterator[str]:
    """Every command with its arguments and options."""
    from tresse.config.doors import cli  # noqa: PLC0415  tables load after settings

    listed = sorted(_commands(cli, "tresse"), key=lambda found: found[0])
    yield from table(
        ("command", "does"),
        ((f"[`{path}`](#{path.replace(' ', '-')})", first_line(c.help)) for path, c in listed),
    )
    for path, command in listed:
        yield from _command(path, command)


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _command(path: str, command: click.Command) -> Iterator[str]:
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    options = [
        each for each in command.params if isinstance(each, click.Option) and not each.hidden
    ]
    words = [
        each.make_metavar(click.Context(command)) if each.required else f"[{_plain(each)}]"
        for each in arguments
    ]
    yield ""
    yield f"## {path}"
    yield ""
    yield "```text"
    yield " ".join([path, *words, "[OPTIONS]"])
    yield "```"
    yield ""
    yield " ".join((command.help or "").split())
    yield ""
    yield from table(("option", "is", "default"), (_option(each) for each in options))


def _plain(argument: click.Argument) -> str:
    return (argument.metavar or argument.name or "").upper()


def _option(option: click.Option) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if not option.is_flag:
        kind = option.type
        choices = "\\|".join(kind.choices) if isinstance(kind, click.Choice) else ""
        word = option.metavar or choices or (option.name or "").split("_")[0].upper()
        names = f"{names} {word}"
    meaning = option.help or ""
    if option.multiple:
        meaning = f"{meaning} May be given several times.".strip()
    default = option.default
    shown = default if isinstance(default, str | int) and not option.is_flag else None
    return names, meaning, f"`{shown}`" if shown not in {None, ""} else ""


def settings_page() -> Iterator[str]:
    """The variables that an installation reads."""
    from tresse.config.environment import SETTINGS  # noqa: PLC0415  as above

    yield from table(
        ("variable", "default", "is"),
        (
            (f"`{each.name}`", f"`{each.default}`" if each.default else "empty", each.meaning)
            for each in SETTINGS
        ),
    )
    yield ""
    yield "## Building and testing"
    yield ""
    yield "These are read by the build, the tests and the scripts, never by an installation."
    yield ""
    yield from table(
        ("variable", "is"), ((f"`{name}`", text) for name, text in BUILD_VARIABLES.items())
    )


def refusals_page() -> Iterator[str]:
    """Every code with its status and its sentences."""
    from tresse.transfers.refusals import LEVEL_OF  # noqa: PLC0415  as above

    rooms: dict[tuple[str, int, str], list[str]] = {}
    for room, refusal in refusals():
        key = (refusal.code, refusal.status, refusal.sentence)
        if room not in rooms.setdefault(key, []):
            rooms[key].append(room)
    yield from table(
        ("code", "status", "sentence", "room", "level"),
        (
            (
                f"`{code}`",
                status,
                text,
                ", ".join(rooms[code, status, text]),
                LEVEL_OF.get(code, ""),
            )
            for code, status, text in sorted(rooms)
        ),
    )


def modules() -> Iterator[Any]:
    """Every module of ours, in the order of their names."""
    import tresse  # noqa: PLC0415  as above

    found = pkgutil.walk_packages(tresse.__path__, "tresse.")
    for name in sorted(each.name for each in found if ".migrations" not in each.name):
        if name not in STARTERS:
            yield import_module(name)


def refusals() -> Iterator[tuple[str, Any]]:
    """Room and refusal, for each that a module defines; one that is imported elsewhere once."""
    from tresse.kernel.errors import Refusal  # noqa: PLC0415  as above

    seen: set[int] = set()
    for module in sorted(modules(), key=_owns_refusals):
        room = module.__name__.split(".")[1]
        for value in vars(module).values():
            held = value.values() if isinstance(value, Mapping) else (value,)
            for each in held:
                if isinstance(each, Refusal) and id(each) not in seen:
                    seen.add(id(each))
                    yield ROOM_WORDS.get(room, room), each


def _owns_refusals(module: Any) -> tuple[bool, bool, str]:
    name = module.__name__
    return name != "tresse.kernel.errors", not name.endswith("refusals"), name


def events_page() -> Iterator[str]:
    """The names of events and the modules that write them."""
    written = {name: sorted(_writers(name)) for name in event_names()}
    yield from table(
        ("name", "means", "written by"),
        (
            (
                f"`{name}`",
                EVENT_MEANINGS[name],
                ", ".join(f"`{each}`" for each in written[name]) or "nothing yet",
            )
            for name in written
        ),
    )
    yield ""
    yield "## Columns"
    yield ""
    yield from table(
        ("column", "holds"),
        (
            ("`id`", "order in which rows were written"),
            ("`name`", "one of the names above"),
            ("`change_set_id`", "who, when, from where, and whether automations stay quiet"),
            ("`object_id`, `record_id`", "the record it happened to"),
            (
                "`other_id`, `association_id`",
                "of a link: the other record and the association type",
            ),
            ("`data`", "further facts as JSON, or empty"),
        ),
    )


def event_names() -> list[str]:
    """The names that the description of the table `event` lists."""
    source = (ROOT / "tresse/records/tables.py").read_text("utf-8")
    listed = re.search(r"Names: `([a-z_\s]+)`", source)
    return listed[1].split() if listed else []


def _writers(name: str) -> Iterator[str]:
    for path in sorted((ROOT / "tresse").rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        writes = "changes" in path.parts or "run" in path.parts or path.stem == "writes"
        if writes and f'"{name}"' in path.read_text("utf-8"):
            yield module


def jobs_page() -> Iterator[str]:
    """Kinds of jobs, states, standing schedules and kinds of notifications."""
    from tresse.jobs.facts import STATE_LABELS  # noqa: PLC0415  as above
    from tresse.jobs.kinds import JOBS, NOTIFICATIONS, SCHEDULES  # noqa: PLC0415

    yield "## Kinds"
    yield ""
    yield from table(
        ("name", "is", "tells its author"),
        ((f"`{each.name}`", each.label, "yes" if each.notice else "") for each in JOBS),
    )
    yield ""
    yield "## States"
    yield ""
    yield from table(("name", "is"), ((f"`{each.name}`", each.label) for each in STATE_LABELS))
    yield ""
    yield "## Schedules"
    yield ""
    yield "Minute, hour, day, month and weekday, in UTC."
    yield ""
    yield from table(
        ("name", "job", "runs at"),
        ((f"`{each.name}`", f"`{each.kind}`", f"`{each.cron}`") for each in SCHEDULES),
    )
    yield ""
    yield "## Notifications"
    yield ""
    yield from table(("name", "is"), ((f"`{each.name}`", each.label) for each in NOTIFICATIONS))


def data_model_page() -> Iterator[str]:
    """Object types with their properties, relations and pipelines, as they are shipped."""
    from tresse.objects import shipped  # noqa: PLC0415  as above

    yield "## Every object type"
    yield ""
    yield from _properties(shipped.common())
    for each in shipped.objects():
        yield ""
        yield f"## {each['plural'][0]}"
        yield ""
        yield f"`{each['name']}`: {', '.join(each['label'])}."
        yield ""
        yield from _properties(each["properties"])
    yield ""
    yield "## Relations and link labels"
    yield ""
    yield "A link label stands under its relation and names some of its links."
    yield ""
    ends: dict[str, tuple[str, str]] = {}
    for each in shipped.associations():
        ends[each["name"]] = ends[each["parent"]] if "parent" in each else _ends(each)
    yield from table(
        ("name", "from", "to", "called at `from`", "called at `to`", "facts"),
        (
            (
                f"`{each['name']}`",
                *(f"`{end}`" for end in ends[each["name"]]),
                each["forward"][0],
                each.get("inverse", each["forward"])[0],
                ", ".join(_relation_facts(each)),
            )
            for each in shipped.associations()
        ),
    )
    yield ""
    yield "## Pipelines"
    yield ""
    yield from table(
        ("object", "pipeline", "stages"),
        (
            (
                f"`{each['object']}`" if each["object"] else "a new one",
                f"`{each['name']}`",
                ", ".join(f"`{stage['name']}`" for stage in each["stages"]),
            )
            for each in shipped.pipelines()
        ),
    )


def _ends(association: Mapping[str, Any]) -> tuple[str, str]:
    return association["from"], association["to"]


def _relation_facts(association: Mapping[str, Any]) -> Iterator[str]:
    if "parent" in association:
        yield f"link label of `{association['parent']}`"
    yield from (name for name in ("default", "symmetric", "primary", "part") if name in association)
    forward, inverse = association.get("most", (None, None))
    if forward:
        yield f"{forward} per `from` record"
    if inverse:
        yield f"{inverse} per `to` record"


def _properties(properties: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    flags = {"unique": "unique", "match_key": "key", "required": "required", "indexed": "indexed"}
    flags["read_only"] = "read only"
    return table(
        ("name", "label", "kind", "facts"),
        (
            (
                f"`{each['name']}`",
                ", ".join(dict.fromkeys(each["label"])),
                f"`{each['kind']}`",
                ", ".join(text for name, text in flags.items() if each.get(name)),
            )
            for each in properties
        ),
    )


def api_page() -> Iterator[str]:
    """The routes of the OpenAPI document."""
    document = openapi()
    groups: dict[str, list[Sequence[str]]] = {}
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            inside = {each["name"] for each in route.get("parameters", ()) if each["in"] == "path"}
            asked = [e["name"] for e in route.get("parameters", ()) if e["name"] not in inside]
            groups.setdefault(route.get("tags", ["Other"])[0], []).append(
                (
                    f"`{method.upper()}`",
                    f"`{path.removeprefix('/api/v1')}`",
                    first_line(route.get("description")) or route.get("summary", ""),
                    ", ".join(f"`{name}`" for name in asked),
                    ", ".join(_fields(route, document)),
                )
            )
    for number, (tag, routes) in enumerate(groups.items()):
        if number:
            yield ""
        yield f"## {tag}"
        yield ""
        yield from table(("method", "path", "does", "parameters", "body"), routes)


def _fields(route: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    """The fields of the body that a route takes, needed ones in bold."""
    content = route.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    for each in (schema, *schema.get("anyOf", ())):
        name = each.get("$ref", "").rpartition("/")[2]
        found = document["components"]["schemas"].get(name, {})
        needed = found.get("required", ())
        yield from (f"**`{field}`**" for field in needed)
        yield from (f"`{field}`" for field in found.get("properties", {}) if field not in needed)


def openapi() -> dict[str, Any]:
    """The OpenAPI document as plain data."""
    from tresse.config.rest import api  # noqa: PLC0415  tables load after settings

    document: dict[str, Any] = json.loads(
        json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), default=str)
    )
    return document


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "refusals.md": refusals_page,
    "events.md": events_page,
    "jobs.md": jobs_page,
    "data-model.md": data_model_page,
    "api.md": api_page,
    "connections.md": connections_page,
    "formulas.md": formulas_page,
    "normalisation.md": rules_page.normalisation_page,
    "source-types.md": rules_page.source_types_page,
    "merge-methods.md": merging_page.methods_page,
    "health-checks.md": merging_page.checks_page,
    "scores.md": scores_page.scores_page,
}
