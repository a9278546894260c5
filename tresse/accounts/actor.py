"""Who acts: a person or token with the rights of a role, as a frozen value that changes ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ACTIONS = ("view", "create", "edit", "delete", "merge", "bulk_edit", "import", "export")
SCOPES = ("none", "own", "team", "all")
ACCESSES = ("none", "read", "edit")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role allows.

    `objects`: object name → action → scope (`create` and `import`: `all` or `none`); the name `*`
    stands for objects not named. `properties`: object name → property name → access, `edit` where
    not named. `general`: names of rights (C106a). An administrator may everything.
    """

    objects: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    general: frozenset[str] = frozenset()
    is_administrator: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or a token of theirs) at work, or the system itself (`SYSTEM`).

    `source`: the door, one of C25 (`page`, `api`, `import`, `system` …; the command line is `api`).
    `team_mates`: ids of users who share a team with this one, itself included.
    """

    user_id: int | None
    name: str
    rights: Rights
    email: str = ""
    language: str = "en"
    zone: str = "UTC"
    team_mates: frozenset[int] = frozenset()
    unowned_hidden: frozenset[str] = frozenset()
    "Objects whose records without owner are seen only by those who see all (C107)."
    token_id: int | None = None
    source: str = "page"

    def scope(self, object_name: str, action: str) -> str:
        """How far an action reaches on an object: `none`, `own`, `team` or `all`."""
        if self.rights.is_administrator:
            return "all"
        given = self.rights.objects.get(object_name) or self.rights.objects.get("*", {})
        return given.get(action, "none")

    def access(self, object_name: str, property_name: str) -> str:
        """`edit`, `read` or `none`."""
        if self.rights.is_administrator:
            return "edit"
        return self.rights.properties.get(object_name, {}).get(property_name, "edit")

    def has(self, right: str) -> bool:
        """Whether the person has a general right (C106a)."""
        return self.rights.is_administrator or right in self.rights.general


SYSTEM = Actor(None, "Tresse", Rights(is_administrator=True), source="system")
