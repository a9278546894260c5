"""The kinds of activity that people log, with their fields (C69, C69a)."""

from dataclasses import dataclass

from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class ActivityKind:
    """A kind of activity: what it is called, its icon, and its fields in the order shown.

    `fields`: field name → `text`, `integer`, `instant`, `texts` (a list), or a tuple of choices, of
    which the first is the default.
    """

    name: str
    label: str
    icon: str
    fields: dict[str, str | tuple[str, ...]]


ACTIVITY_KINDS: Registry[ActivityKind] = Registry(
    N_("activity kind"),
    (
        ActivityKind("note", N_("Note"), "sticky-note", {"text": "text"}),
        ActivityKind(
            "call",
            N_("Call"),
            "phone",
            {
                "text": "text",
                "direction": ("outgoing", "incoming"),
                "channel": ("phone", "video", "linkedin", "other"),
                "outcome": "text",
                "duration_seconds": "integer",
            },
        ),
        ActivityKind(
            "email",
            N_("E-mail"),
            "mail",
            {
                "direction": ("outgoing", "incoming"),
                "from": "text",
                "to": "texts",
                "cc": "texts",
                "subject": "text",
                "text": "text",
                "state": ("sent", "opened", "clicked", "bounced"),
            },
        ),
        ActivityKind(
            "meeting",
            N_("Meeting"),
            "calendar",
            {
                "text": "text",
                "starts_at": "instant",
                "ends_at": "instant",
                "place": "text",
                "attendees": "texts",
                "outcome": "text",
            },
        ),
    ),
)
