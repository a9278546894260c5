"""Templates of imports: mapping and settings kept under a name (T88)."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.refusals import NAME_TAKEN
from tresse.kernel.errors import NOT_PERMITTED, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.transfers.activities import import_model
from tresse.transfers.mapping.template import read_template
from tresse.transfers.models import Import, ImportTemplate
from tresse.transfers.settings import read_settings, require_storable
from tresse.transfers.template_contents import content_of

NOT_YOURS = N_('The template "{name}" is of {person}; only they or an administrator may change it.')
MOST_CHARACTERS = 100


@transaction.atomic
def save_template(
    name: str, *, content: Mapping[str, Any], actor: Actor, is_shared: bool | None = None
) -> ImportTemplate:
    """Keep a mapping under a name; one's own template of that name is replaced.

    Args:
        name: At most 100 characters, unique in the house.
        content: As a mapping file has it (T88a); `object`, `name` and `private` may be in it.
        actor: Whose it becomes.
        is_shared: Whether others see it; None: as `private` in the content says, else as it was.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `unknown_object`, `name_taken`.
    """
    name = _checked_name(name)
    kept = checked_content(content)
    if is_shared is None and "private" in content:
        is_shared = not content["private"]
    row = ImportTemplate.objects.select_for_update().filter(name=name).first()
    if row is not None and not _is_open(row, actor):
        raise NAME_TAKEN(sort=gettext("The list of templates"), name=name)
    if row is None:
        row = ImportTemplate(name=name, author_id=actor.user_id)
    row.content, row.object_name = kept, str(kept.get("object", ""))
    if is_shared is not None:
        row.is_shared = is_shared
    _saved(row)
    audit.log(actor, "import_template.save", name)
    return row


def keep_template(
    row: Import, *, name: str, actor: Actor, is_shared: bool = False
) -> ImportTemplate:
    """Keep what an import was asked: mapping, settings, answers about options, reading (T88).

    Raises:
        TresseError: As `save_template`.
    """
    content = content_of(row, actor=actor)
    return save_template(name, content=content, actor=actor, is_shared=is_shared)


@transaction.atomic
def change_template(
    row: ImportTemplate,
    *,
    actor: Actor,
    name: str | None = None,
    is_shared: bool | None = None,
    content: Mapping[str, Any] | None = None,
) -> ImportTemplate:
    """Rename a template, share it or not, or put other contents in it.

    Raises:
        TresseError: `not_permitted`, and as `save_template`.
    """
    _require_open(row, actor)
    if name is not None:
        row.name = _checked_name(name)
    if is_shared is not None:
        row.is_shared = is_shared
    if content is not None:
        row.content = checked_content(content)
        row.object_name = str(row.content.get("object", ""))
    _saved(row)
    audit.log(actor, "import_template.change", row.name)
    return row


@transaction.atomic
def delete_template(row: ImportTemplate, *, actor: Actor) -> None:
    """Drop a template; imports that used it keep what they took from it.

    Raises:
        TresseError: `not_permitted`.
    """
    _require_open(row, actor)
    audit.log(actor, "import_template.delete", row.name)
    row.delete()


def _checked_name(name: Any) -> str:
    require_storable(name=name)
    bare = " ".join(name.split()) if isinstance(name, str) else ""
    if not bare or len(bare) > MOST_CHARACTERS:
        raise WRONG_VALUE(name="name", wanted=gettext("1 to 100 characters"), value=f'"{name}"')
    return bare


def checked_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as it is kept: without name and sharing, with the object by its name."""
    require_storable(**{str(key): value for key, value in content.items()})
    read = read_template(content)
    read_settings(read.settings)
    kept = {key: value for key, value in content.items() if key not in ("name", "private")}
    if read.object:
        kept["object"] = import_model(read.object).object(read.object).name
    return kept


def _saved(row: ImportTemplate) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NAME_TAKEN(sort=gettext("The list of templates"), name=row.name) from None


def _is_open(row: ImportTemplate, actor: Actor) -> bool:
    return row.author_id == actor.user_id or actor.rights.is_administrator


def _require_open(row: ImportTemplate, actor: Actor) -> None:
    if not _is_open(row, actor):
        sentence = gettext(NOT_YOURS).format(name=row.name, person=row.author or "Tresse")
        raise NOT_PERMITTED(sentence=sentence)
