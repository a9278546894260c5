"""Refusals about definitions and about values of properties."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

UNKNOWN_PROPERTY = Refusal(
    "unknown_property", 422, N_('{object} has no property named "{name}".')
)
UNKNOWN_OBJECT = Refusal("unknown_object", 404, N_('There is no object type "{name}".'))
ASSOCIATION_TYPE_NOT_FOUND = Refusal(
    "association_type_not_found", 422, N_('There is no relation "{name}". Known: {known}.')
)
