"""What an import takes over from a template or from an import of the past (T88)."""

from collections.abc import Mapping, Sequence
from typing import Any

from tresse.accounts.actor import Actor
from tresse.transfers.activities import import_model
from tresse.transfers.changes.imports import change_import, read_import
from tresse.transfers.mapping.near import compared
from tresse.transfers.models import Import
from tresse.transfers.prepare import stored_form
from tresse.transfers.template_contents import usable


def take_over(row: Import, content: Mapping[str, Any], *, actor: Actor) -> Import:
    """Give a draft the settings, ways of reading and answers of a template, as far as they fit.

    Answers for columns that the file does not have are left out, and those that name what is
    archived, which then have no answer (T89).

    Raises:
        TresseError: `wrong_value` (it is of another object), `wrong_state`, `unknown_key`.
    """
    object = import_model(row.object_name).object(row.object_name)
    kept = usable(content, object=object, actor=actor)
    row = read_import(row, actor=actor, reading=dict(kept.template.reading))
    headers = {compared(header) for header in stored_form(row).headers}
    answers = {
        header: answer
        for header, answer in kept.template.columns.items()
        if compared(header) in headers
    }
    return change_import(
        row,
        actor=actor,
        settings=dict(kept.template.settings),
        mapping=answers,
        match=list(kept.template.match),
    )


def fits(content: Mapping[str, Any], headers: Sequence[str]) -> bool:
    """Whether the columns of a file are those of a template, in any order (T88, T89)."""
    wanted = {compared(str(header)) for header in content.get("columns") or {}}
    return bool(wanted) and wanted <= {compared(header) for header in headers}
