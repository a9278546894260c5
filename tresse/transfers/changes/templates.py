"""Templates of imports: mapping and settings kept under a name (T88)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_NAME, nearest
from tresse.kernel.marks import N_
from tresse.transfers.mapping.template import read_template
from tresse.transfers.models import ImportTemplate


@transaction.atomic
def save_template(name: str, *, content: Mapping[str, Any], actor: Actor) -> ImportTemplate:
    """Keep a mapping under a name; one of that name is replaced.

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    read_template(content)
    template, _ = ImportTemplate.objects.update_or_create(
        name=name, defaults={"content": dict(content), "author_id": actor.user_id}
    )
    audit.log(actor, "import_template.save", name)
    return template


def template_named(name: str) -> ImportTemplate:
    """The template of that name.

    Raises:
        TresseError: `unknown_name`, with the nearest one.
    """
    found = ImportTemplate.objects.filter(name=name).first()
    if found is None:
        known = list(ImportTemplate.objects.values_list("name", flat=True))
        raise UNKNOWN_NAME(sort=N_("template"), name=name, nearest=nearest(name, known))
    return found
