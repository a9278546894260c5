"""Templates of imports as `apply` and `config` have them: `import_templates` (T88a)."""

from collections.abc import Mapping
from typing import Any

from tresse.accounts.actor import Actor
from tresse.kernel.definitions import DefinitionKind, Outcome
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.transfers.changes import change_template, save_template
from tresse.transfers.changes.templates import checked_content
from tresse.transfers.models import ImportTemplate


def facts_of(row: ImportTemplate) -> dict[str, Any]:
    """A template as the file of `--map` has it, with its name; shared goes without saying."""
    facts: dict[str, Any] = {"name": row.name}
    if row.object_name:
        facts["object"] = row.object_name
    if not row.is_shared:
        facts["private"] = True
    return {**facts, **row.content}


def read() -> list[dict[str, Any]]:
    """All templates, by name."""
    return [facts_of(row) for row in ImportTemplate.objects.order_by("name")]


def write(item: Mapping[str, Any], actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one template so.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `unknown_object`, `not_permitted`.
    """
    name = item.get("name")
    if not isinstance(name, str) or not name.strip():
        raise WRONG_VALUE(name="name", wanted=N_("a text"), value=name or '""')
    is_shared = not item.get("private", False)
    row = ImportTemplate.objects.filter(name=name).first()
    if row is None:
        save_template(name, content=item, actor=actor, is_shared=is_shared)
        return "created"
    content = checked_content(item)
    if (row.content, row.is_shared) == (content, is_shared):
        return "unchanged"
    change_template(row, actor=actor, content=content, is_shared=is_shared)
    return "changed"


KINDS = (
    DefinitionKind(
        "import_templates", ("objects", "properties", "association_types", "lists"), read, write
    ),
)
