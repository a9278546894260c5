"""Where syncs may go: one module per kind of destination.

To add one: write its module here, name it in `DESTINATIONS`, and describe it in
`docs/reference/definitions.md`, section syncs.
"""

from collections.abc import Mapping
from typing import Any

from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.syncs.destinations.base import Destination
from tresse.syncs.destinations.crm import Crm

DESTINATIONS: Registry[Destination] = Registry(N_("destination"), (Crm(),))
CRM = "crm"


def destination_of(to: Mapping[str, Any]) -> Destination:
    """The kind of destination that a definition means: `to: {object: contact}` is the CRM.

    Raises:
        TresseError: `unknown_reference`.
    """
    name = to.get("connection", CRM)
    if isinstance(name, str) and name in DESTINATIONS:
        return DESTINATIONS[name]
    near = nearest(str(name), [each.name for each in DESTINATIONS])
    raise UNKNOWN_REFERENCE(sort=N_("connection that syncs can write"), name=name, nearest=near)
