"""What an administrator has and a member of no team may not reach: each with a word in it."""

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tresse.accounts.models import Role, Setting, Team, Token, User
from tresse.accounts.queries import actor_of
from tresse.jobs.models import Job, Notification
from tresse.kernel.clock import now
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.objects.models import AssociationType, ObjectType, Option, Pipeline, Property, Stage
from tresse.records.changes import create_record, delete_records, log_activity
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, HISTORY, LINK
from tresse.transfers.models import Export, Import, ImportFinding, ImportTemplate

WORD = "hushhush"
"In every foreign value, and nowhere else."
DEFINITIONS = (ObjectType, Property, Option, AssociationType, Pipeline, Stage)
OTHERS = (Role, Team, Setting, ImportTemplate)


@dataclass
class Foreign:
    """Ids of foreign things by what they are."""

    owner: User
    records: dict[str, int] = field(default_factory=dict)
    binned: int = 0
    activity: int = 0
    job: int = 0
    import_: int = 0
    export: int = 0
    notification: int = 0
    token: int = 0


VALUES: dict[str, dict[str, Any]] = {
    "contact": {"last_name": WORD, "email": f"{WORD}@example.com", "phone": "+33123456789"},
    "company": {"name": f"{WORD} & Co", "domain": f"{WORD}.example"},
    "deal": {"name": f"{WORD} roof", "amount": 31337},
    "product": {"name": WORD, "sku": WORD},
    "order": {"order_number": WORD, "ordered_at": "2026-01-01T10:00Z"},
    "ticket": {"subject": WORD},
    "task": {"title": WORD},
}


def made_by(owner):
    """One of everything, owned by a person."""
    model, actor, things = data_model(), actor_of(owner), Foreign(owner)
    for name, values in VALUES.items():
        object_ = model.object(name)
        links = [
            (side, things.records[side.other], None)
            for side in model.sides(name)
            if side.other in things.records and side.association.is_default
        ]
        things.records[name] = create_record(
            model, object_, values=values, actor=actor, links=links
        )
    part = model.default_side("order_line", "order")
    assert part
    line = {"variant": WORD, "owner": owner.email}
    things.records["order_line"] = create_record(
        model,
        model.object("order_line"),
        values=line,
        actor=actor,
        links=[(part, things.records["order"], None)],
    )
    contact = model.object("contact")
    things.binned = create_record(model, contact, values={"last_name": WORD}, actor=actor)
    delete_records(model, contact, [things.binned], actor=actor)
    things.activity = log_activity(
        model,
        "note",
        [(contact, things.records["contact"])],
        fields={"text": WORD},
        actor=actor,
    )
    _work(things)
    return things


def _work(things):
    owner, at = things.owner, now()
    job = Job.objects.create(
        kind="forget", author=owner, target=WORD, run_at=at, created_at=at, state="failed"
    )
    things.job = job.pk
    facts = {"object_name": "contact", "file_name": f"{WORD}.csv", "author": owner}
    imported = Import.objects.create(**facts, sha256="0" * 64, created_at=at, state="done")
    ImportFinding.objects.create(
        belongs_to=imported,
        phase="run",
        level="cell",
        line=2,
        code="invalid_email",
        template='"{value}" is not an e-mail address.',
        details={"value": WORD},
        value=WORD,
    )
    things.import_ = imported.pk
    things.export = Export.objects.create(**facts, created_at=at, state="failed").pk
    things.notification = Notification.objects.create(
        user=owner, kind="job", title=WORD, sentence=WORD, cause="x", created_at=at
    ).pk
    token = Token.objects.filter(user=owner).earliest("pk")
    Token.objects.filter(pk=token.pk).update(name=WORD)
    things.token = token.pk


def state_of(things):
    """All that a stranger may not change, as one text."""
    model = data_model()
    found = []
    for name, id in (*things.records.items(), ("contact", things.binned)):
        table = model.object(name).table
        found.append(rows(sa.select(table).where(table.c.id == id)))
    ids = [*things.records.values(), things.binned]
    found += [
        rows(sa.select(LINK).where(LINK.c.from_id.in_(ids) | LINK.c.to_id.in_(ids))),
        rows(sa.select(HISTORY).where(HISTORY.c.record_id.in_(ids))),
        rows(sa.select(ACTIVITY).where(ACTIVITY.c.id == things.activity)),
        rows(sa.select(ACTIVITY_RECORD).where(ACTIVITY_RECORD.c.record_id.in_(ids))),
    ]
    owned = (
        (Job, things.job),
        (Import, things.import_),
        (Export, things.export),
        (Notification, things.notification),
        (Token, things.token),
        (User, things.owner.pk),
    )
    found += [list(model.objects.filter(pk=id).values_list()) for model, id in owned]
    found += [list(model.objects.order_by("pk").values_list()) for model in DEFINITIONS + OTHERS]
    return json.dumps([[list(row) for row in each] for each in found], default=str)
