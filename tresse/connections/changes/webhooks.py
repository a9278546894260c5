"""Making, changing and deleting webhooks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.connections.calling import check_address
from tresse.connections.models import Webhook
from tresse.connections.payload import EVENT_NAMES
from tresse.connections.queries import allows_private
from tresse.connections.secrets import seal
from tresse.connections.signing import new_secret
from tresse.kernel.clock import now
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.objects.changes.checks import checked_label, checked_name, name_from
from tresse.objects.changes.refusals import NAME_TAKEN
from tresse.objects.described import DataModel
from tresse.records.following import latest

BOTH_SECRETS = timedelta(days=1)
"How long messages are signed with the former secret as well (Y54)."
NEW = "new"
A_STATE = N_("active or paused")
A_LIST = N_("a list of names")


@transaction.atomic
def add_webhook(
    *, url: str, model: DataModel, actor: Actor, label: str = "", name: str = "", **facts: Any
) -> tuple[Webhook, str]:
    """Make a webhook; answers it and its secret, which is shown this once.

    It is told of what happens from now on.

    Args:
        url: Where to, http or https.
        model: The data model.
        actor: Needs `connections.manage`.
        label: What people read; the host if left out.
        name: Stored name; made from the label if left out.
        facts: `events objects leaves_out_quiet state`.

    Raises:
        TresseError: `not_permitted`, `bad_address`, `private_address`, `unknown_reference`,
            `wrong_value`, `invalid_name`, `name_taken`.
    """
    require_right(actor, "connections.manage")
    check_address(url, allows_private=allows_private())
    label = checked_label(label or url.split("/")[2])
    taken = [NEW, *Webhook.objects.values_list("name", flat=True)]
    secret = new_secret()
    row = Webhook(
        name=checked_name(name) if name else name_from(label, taken),
        label=label,
        url=url,
        secret=seal(secret),
        position=latest(),
        author_id=actor.user_id,
        created_at=now(),
        **_checked(facts, model),
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NAME_TAKEN(object=gettext("Webhooks"), name=row.name) from None
    audit.log(actor, "webhook.add", row.name, after=facts_of(row))
    return row, secret


@transaction.atomic
def change_webhook(row: Webhook, *, model: DataModel, actor: Actor, **facts: Any) -> Webhook:
    """Change what is named of `url label events objects leaves_out_quiet state`.

    A paused one goes on where it stopped; one that was broken is told of what happens from now on.

    Raises:
        TresseError: as `add_webhook`.
    """
    require_right(actor, "connections.manage")
    before, was = facts_of(row), row.state
    for name, value in _checked(facts, model).items():
        setattr(row, name, value)
    if facts.get("url") is not None:
        check_address(facts["url"], allows_private=allows_private())
        row.url = facts["url"]
    if facts.get("label") is not None:
        row.label = checked_label(facts["label"])
    if was == Webhook.BROKEN and row.state == Webhook.ACTIVE:
        row.position = latest()
    row.save()
    changed_before, changed = audit.difference(before, facts_of(row))
    if changed:
        audit.log(actor, "webhook.change", row.name, before=changed_before, after=changed)
    return row


@transaction.atomic
def new_secret_for(row: Webhook, *, actor: Actor) -> str:
    """Give a webhook another secret; for a day, messages are signed with the former one too."""
    require_right(actor, "connections.manage")
    secret = new_secret()
    row.former_secret, row.former_until = row.secret, now() + BOTH_SECRETS
    row.secret = seal(secret)
    row.save(update_fields=["secret", "former_secret", "former_until"])
    audit.log(actor, "webhook.new_secret", row.name)
    return secret


@transaction.atomic
def delete_webhook(row: Webhook, *, actor: Actor) -> None:
    """Delete a webhook with the messages that wait for it."""
    require_right(actor, "connections.manage")
    audit.log(actor, "webhook.delete", row.name, before=facts_of(row))
    row.delete()


def facts_of(row: Webhook) -> dict[str, Any]:
    """What can be said about a webhook, without its secret."""
    return {
        "name": row.name,
        "label": row.label,
        "url": row.url,
        "events": row.events,
        "objects": row.object_names,
        "leaves_out_quiet": row.leaves_out_quiet,
        "state": row.state,
    }


def _checked(facts: Mapping[str, Any], model: DataModel) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    if facts.get("events") is not None:
        checked["events"] = _names(facts["events"], "events", EVENT_NAMES, gettext("event"))
    if facts.get("objects") is not None:
        known = [each.name for each in model.objects]
        checked["object_names"] = _names(facts["objects"], "objects", known, gettext("object type"))
    if facts.get("leaves_out_quiet") is not None:
        checked["leaves_out_quiet"] = bool(facts["leaves_out_quiet"])
    if facts.get("state") is not None:
        if facts["state"] not in {Webhook.ACTIVE, Webhook.PAUSED}:
            raise WRONG_VALUE(name="state", wanted=gettext(A_STATE), value=facts["state"])
        checked["state"] = facts["state"]
    return checked


def _names(given: Any, key: str, known: Any, sort: str) -> list[str]:
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise WRONG_VALUE(name=key, wanted=gettext(A_LIST), value=given)
    for name in given:
        if name not in known:
            near = nearest(name, known)
            raise UNKNOWN_REFERENCE(sort=sort, name=name, nearest=near, known=list(known))
    return list(dict.fromkeys(given))
