"""All general rights (C106a), and how the rights of a role are read, checked and narrowed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import ACCESSES, ACTIONS, SCOPES, Rights
from tresse.accounts.refusals import BAD_ROLE, INVALID_NAME
from tresse.kernel.definitions import check_keys
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, nearest
from tresse.kernel.marks import N_

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
YES_OR_NO = frozenset({"create", "import"})
READING = frozenset({"view", "export"})


@dataclass(frozen=True, slots=True)
class Right:
    """A general right: what it allows, and which shipped roles but the administrator have it."""

    name: str
    label: str
    roles: frozenset[str] = frozenset()


_MANAGER = frozenset({"manager"})
_MEMBER = frozenset({"manager", "member"})
_READER = frozenset({"manager", "member", "reader"})

GENERAL = (
    Right("model.edit", N_("change object types, properties, relations and pipelines")),
    Right("objects.all", N_("use object types for which no right is given yet")),
    Right("users.manage", N_("manage users, teams, roles and invitations")),
    Right("tokens.others", N_("see and revoke tokens of other users")),
    Right("settings.manage", N_("change the settings of the account")),
    Right("audit.read", N_("read the audit log")),
    Right("records.purge", N_("delete records for good")),
    Right("people.erase", N_("erase a person everywhere")),
    Right("views.share", N_("share views with a team or everyone"), _MANAGER),
    Right("segments.share", N_("share segments and lists with a team or everyone"), _MANAGER),
    Right("activities.others", N_("edit activities of other users"), _MANAGER),
    Right(
        "imports.undo_others",
        N_("undo and resume imports and bulk changes of other users"),
        _MANAGER,
    ),
    Right("connections.manage", N_("manage connections, secrets, write keys and incoming hooks")),
    Right("datasets.read", N_("see sources, datasets and scores"), _MANAGER),
    Right("datasets.manage", N_("define, run and publish datasets and decide on identity")),
    Right("syncs.read", N_("see syncs and their runs"), _MANAGER),
    Right("syncs.manage", N_("define and run syncs and confirm removals")),
    Right("events.read", N_("see the pages of events"), _MANAGER),
    Right("events.manage", N_("manage schemas, replays and refused events")),
    Right("automations.read", N_("see automations"), _MEMBER),
    Right("automations.edit", N_("draft and simulate automations"), _MANAGER),
    Right("automations.publish", N_("activate and stop automations, set lead scores"), _MANAGER),
    Right("automations.delete", N_("delete automations"), _MANAGER),
    Right(
        "automations.fire",
        N_("enter records into automations by hand, by import or by segment"),
        _MANAGER,
    ),
    Right("messages.read", N_("see messages and campaigns"), _MEMBER),
    Right("messages.edit", N_("edit templates and campaigns"), _MANAGER),
    Right("messages.send", N_("send campaigns"), _MANAGER),
    Right("messages.transactional", N_("manage and send transactional messages")),
    Right("messages.settings", N_("manage senders, topics and push sites")),
    Right("suppressions.lift", N_("lift the suppression of an address")),
    Right("consent.override", N_("raise a consent with a written reason")),
    Right("analytics.read", N_("see dashboards"), _READER),
    Right("analytics.edit", N_("make own dashboards and alerts"), _MEMBER),
    Right("analytics.share", N_("share dashboards"), _MANAGER),
    Right("analytics.publish_link", N_("publish dashboards by public links")),
    Right("analytics.send_outside", N_("send reports to outside addresses")),
)
GENERAL_RIGHTS: Mapping[str, Right] = {right.name: right for right in GENERAL}
# What a token that may only read keeps of its user's general rights.
_READING_RIGHTS = frozenset(
    {right.name for right in GENERAL if right.name.endswith(".read")} | {"objects.all"}
)


def checked_rights(given: Mapping[str, Any]) -> dict[str, Any]:
    """The rights of a role as they are stored, from what a person wrote.

    An action that is not named is not allowed; `yes` and `no` stand for `all` and `none`.

    Args:
        given: `objects`, `properties` and `rights` as in C106; each may be missing.

    Raises:
        TresseError: `unknown_key`, `unknown_reference`, `wrong_value`, `invalid_name`, `bad_role`.
    """
    check_keys(given, ("objects", "properties", "rights"), N_("a role"))
    objects = _mapping(given.get("objects"), "objects")
    properties = _mapping(given.get("properties"), "properties")
    return {
        "objects": {_object_name(name): _actions(name, each) for name, each in objects.items()},
        "properties": {
            _object_name(name): {
                prop: _one_of(access, ACCESSES, f"{name}.{prop}")
                for prop, access in _mapping(each, f"properties.{name}").items()
            }
            for name, each in properties.items()
        },
        "rights": _general(given.get("rights") or ()),
    }


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise WRONG_VALUE(name=place, wanted=gettext("names with values"), value=value)
    return value


def _object_name(name: str) -> str:
    if name != "*" and not NAME.fullmatch(str(name)):
        raise INVALID_NAME(name=name)
    return name


def _one_of(value: Any, known: Sequence[str], place: str) -> str:
    # YAML reads a bare `no` and `yes` as false and true.
    value = {False: "none", True: "all", "no": "none", "yes": "all"}.get(value, value)
    if value not in known:
        raise WRONG_VALUE(name=place, wanted=" / ".join(known), value=f'"{value}"')
    return str(value)


def _actions(object_name: str, given: Any) -> dict[str, str]:
    given = _mapping(given, object_name)
    check_keys(given, ACTIONS, f"the rights on {object_name}")
    actions = {
        action: _one_of(
            given.get(action, "none"),
            ("none", "all") if action in YES_OR_NO else SCOPES,
            f"{object_name}.{action}",
        )
        for action in ACTIONS
    }
    view = SCOPES.index(actions["view"])
    for action, scope in actions.items():
        # To create and to import are yes or no: whoever sees any records may.
        reach = min(SCOPES.index(scope), 1) if action in YES_OR_NO else SCOPES.index(scope)
        if reach > view:
            raise BAD_ROLE(action=action, object=object_name, scope=scope, view=actions["view"])
    return actions


def _general(given: Any) -> list[str]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise WRONG_VALUE(name="rights", wanted=gettext("a list of names"), value=given)
    for name in given:
        if name not in GENERAL_RIGHTS:
            raise UNKNOWN_REFERENCE(
                sort=N_("right"), name=name, nearest=nearest(str(name), GENERAL_RIGHTS)
            )
    return [name for name in GENERAL_RIGHTS if name in given]


def rights_of(stored: Mapping[str, Any], *, is_administrator: bool = False) -> Rights:
    """The rights of a role as a value that an actor holds."""
    general = frozenset(stored.get("rights", ()))
    objects = dict(stored.get("objects", {}))
    if "objects.all" in general:
        objects.setdefault("*", dict.fromkeys(ACTIONS, "all"))
    return Rights(objects, stored.get("properties", {}), general, is_administrator)


def narrowed(rights: Rights, *, read_only: bool, objects: Sequence[str] | None) -> Rights:
    """What a token keeps of its user's rights (C112).

    A token that only reads keeps viewing, exporting and the rights to see. One for named objects
    reaches no other object and has no general right.
    """
    if not read_only and objects is None:
        return rights
    everything = {"*": dict.fromkeys(ACTIONS, "all")} if rights.is_administrator else {}
    given: Mapping[str, Mapping[str, str]] = everything or rights.objects
    general = frozenset(GENERAL_RIGHTS) if rights.is_administrator else rights.general
    if objects is not None:
        other = given.get("*", {})
        given = {name: given.get(name, other) for name in objects}
        general = frozenset()
    if read_only:
        given = {
            name: {action: scope for action, scope in each.items() if action in READING}
            for name, each in given.items()
        }
        general &= _READING_RIGHTS
    return replace(rights, objects=given, general=general, is_administrator=False)
