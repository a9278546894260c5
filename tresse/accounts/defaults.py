"""The roles that come with the product (C106, C106a)."""

from typing import Any

from tresse.accounts.models import ADMINISTRATOR, Role
from tresse.accounts.rights import GENERAL, checked_rights
from tresse.kernel.marks import N_

SHIPPED_OBJECTS = (
    "contact",
    "company",
    "deal",
    "product",
    "ticket",
    "order",
    "order_line",
    "task",
)
"Objects of which the shipped roles say something; others wait for a right (C5)."

_REACH = ("edit", "delete", "merge", "bulk_edit")
SHIPPED_ROLES: tuple[tuple[str, str, dict[str, str]], ...] = (
    (ADMINISTRATOR, N_("Administrator"), {}),
    (
        "manager",
        N_("Manager"),
        {"view": "all", "create": "all", "import": "all", "export": "all"}
        | dict.fromkeys(_REACH, "team"),
    ),
    (
        "member",
        N_("Member"),
        {"view": "team", "create": "all", "import": "all", "export": "team"}
        | dict.fromkeys(_REACH, "own"),
    ),
    ("reader", N_("Reader"), {"view": "all"}),
)


def shipped_rights(role: str, actions: dict[str, str]) -> dict[str, Any]:
    """The rights of a shipped role as they are stored."""
    return checked_rights(
        {
            "objects": dict.fromkeys(SHIPPED_OBJECTS, actions) if actions else {},
            "rights": [right.name for right in GENERAL if role in right.roles],
        }
    )


def make_defaults() -> None:
    """Make the shipped roles that are missing; those that exist stay as people changed them."""
    for name, label, actions in SHIPPED_ROLES:
        Role.objects.get_or_create(
            name=name,
            defaults={
                "label": label,
                "rights": shipped_rights(name, actions),
                "is_builtin": True,
            },
        )
