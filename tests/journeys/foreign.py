"""What an administrator has and a member of no team may not reach: each with a word in it."""

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tests.journeys.foreign_syncs import SYNCS, sync_of
from tresse.accounts.models import Role, Setting, Team, Token, User
from tresse.accounts.queries import actor_of
from tresse.connections.models import Connection, Delivery, Webhook
from tresse.datasets.models import (
    Dataset,
    DatasetBuild,
    DatasetVersion,
    Decision,
    Erasure,
    Lift,
    Pin,
    ReviewItem,
    RuleVersion,
)
from tresse.jobs.models import Job, Notification
from tresse.kernel.clock import now
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.objects.models import AssociationType, ObjectType, Option, Pipeline, Property, Stage
from tresse.records.bulk_edits import undoable_of
from tresse.records.bulk_tables import BULK_ITEM, BULK_VALUE, UNDO_ITEM
from tresse.records.changes import (
    add_other_value,
    add_task,
    bulk_edit,
    create_record,
    delete_records,
    log_activity,
    merge_records,
)
from tresse.records.changes.duplicates import find_duplicates
from tresse.records.changes.undo import check_undo
from tresse.records.changes.views import add_view
from tresse.records.merge_tables import (
    DUPLICATE_GROUP,
    DUPLICATE_MEMBER,
    MERGE,
    MERGED,
    NOT_DUPLICATE,
    OTHER_VALUE,
)
from tresse.records.models import BulkEdit, Undo, View
from tresse.records.selection import Selection
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, HISTORY, LINK
from tresse.segments.changes import add_list, add_members, add_segment
from tresse.segments.models import List, Segment
from tresse.segments.tables import LIST_MEMBER, SEGMENT_MEMBER
from tresse.sources.models import Rejection, Source, SourceRun
from tresse.transfers.models import (
    Export,
    Import,
    ImportFinding,
    ImportTemplate,
    ScheduledExport,
)

WORD = "hushhush"
"In every foreign value, and nowhere else."
NAME = "hush"
"Of a saved view, list, segment, webhook, connection, source, dataset and sync."
ROOMS_OF_NAME = tuple(
    f"{room}/"
    for room in (
        *("views", "lists", "segments", "webhooks", "connections", "sources", "datasets"),
        "syncs",
    )
)
ACTS = {"runs/<number>/<act>/": "cancel", "lists/bulk": "make", "webhooks/": "test"}
ACTS |= {"connections/": "enable", "sources/": "enable", "datasets/": "enable", "syncs/": "pause"}
"Of addresses that have this in them; the first one holds."
DEFINITIONS = (ObjectType, Property, Option, AssociationType, Pipeline, Stage)
OTHERS: tuple[Any, ...] = (
    Role,
    Team,
    Setting,
    ImportTemplate,
    View,
    List,
    Segment,
    Webhook,
    Delivery,
)
OTHERS += (BulkEdit, Undo, ScheduledExport)
OTHERS += (Connection, Source, SourceRun, Rejection)
OTHERS += (Dataset, RuleVersion, DatasetVersion, DatasetBuild, Decision, Lift, Pin, ReviewItem)
OTHERS += (Erasure, *SYNCS)
KEPT: tuple[sa.Table, ...] = (
    MERGE,
    MERGED,
    OTHER_VALUE,
    DUPLICATE_GROUP,
    DUPLICATE_MEMBER,
    NOT_DUPLICATE,
)
KEPT += (LIST_MEMBER, SEGMENT_MEMBER, BULK_ITEM, BULK_VALUE, UNDO_ITEM)


@dataclass
class Foreign:
    """Ids of foreign things by what they are."""

    owner: User
    records: dict[str, int] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)
    "Further contacts: a likely duplicate, and the survivor of a merge."
    stage: int = 0
    bulk: int = 0
    undo: int = 0
    binned: int = 0
    activity: int = 0
    job: int = 0
    import_: int = 0
    export: int = 0
    schedule: int = 0
    template: int = 0
    notification: int = 0
    token: int = 0
    run: int = 0
    "Of the source."
    build: int = 0
    decision: int = 0
    review: int = 0
    "Of the dataset."
    sent: int = 0
    "A run of the sync."


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
    _twice(things, model, actor)
    _kept(things, model, actor)
    _work(things)
    _read(things)
    _unified(things)
    things.sent = sync_of(owner, NAME, WORD)
    return things


def _twice(things, model, actor):
    """Duplicates, a merge, other values."""
    contact = model.object("contact")
    same = {"last_name": WORD, "phone": "+33123456789"}
    two, survivor, gone = (
        create_record(model, contact, values=values, actor=actor)
        for values in (same, same, {"last_name": f"{WORD} too", "email": f"{WORD}@gone.example"})
    )
    merge_records(model, contact, survivor, [gone], actor=actor)
    add_other_value(
        model, contact, survivor, name="email", value=f"{WORD}@other.example", actor=actor
    )
    things.others += [two, survivor]
    find_duplicates(model, contact)


def _kept(things, model, actor):
    """What is made of records: a view, a list, a segment, a bulk edit with its undo, a webhook."""
    contact, id = model.object("contact"), things.records["contact"]
    facts = {"name": NAME, "label": WORD}
    named = {"property": "last_name", "operator": "is", "value": WORD}
    add_view(model, contact, actor=actor, filter=named, **facts)
    row = add_list(base="contact", model=model, actor=actor, description=WORD, **facts)
    add_members(row, [id, *things.others], model=model, actor=actor)
    add_segment(base="contact", filter=named, model=model, actor=actor, folder=WORD, **facts)
    about = [(contact, id)]
    add_task(model, about, values={"title": WORD, "due_at": "2026-01-01T10:00Z"}, actor=actor)
    edited = bulk_edit(
        model,
        contact,
        Selection((id,)),
        settings={
            "act": "edit",
            "changes": [{"property": "city", "act": "set", "value": WORD}],
        },
        number=None,
        actor=actor,
    )
    things.bulk = edited.pk
    things.undo = check_undo(undoable_of(edited, contact), actor=actor).pk
    pipeline = model.object("deal").pipelines[0]
    things.stage = pipeline.stages[0].id
    hook = Webhook.objects.create(
        name=NAME,
        label=WORD,
        url=f"https://{WORD}.example/",
        secret="sealed",  # noqa: S106  no secret
        created_at=now(),
    )
    Delivery.objects.create(
        webhook=hook,
        message=WORD,
        body=json.dumps({"word": WORD}),
        number=1,
        state="failed",
        created_at=now(),
    )


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
    things.schedule = ScheduledExport.objects.create(
        name=WORD,
        object_name="contact",
        cron="0 6 * * 1",
        goes_to={"download": True},
        file_name=f"{WORD}.csv",
        owner=owner,
    ).pk
    things.template = ImportTemplate.objects.create(
        name=WORD, object_name="contact", author=owner
    ).pk
    things.notification = Notification.objects.create(
        user=owner, kind="job", title=WORD, sentence=WORD, cause="x", created_at=at
    ).pk
    token = Token.objects.filter(user=owner).earliest("pk")
    Token.objects.filter(pk=token.pk).update(name=WORD)
    things.token = token.pk


def _read(things):
    """A connection that leads nowhere, a source of it with a run that failed, a refused row."""
    at = now()
    connection = Connection.objects.create(
        name=NAME,
        kind="folder",
        settings={"url": f"/{WORD}"},
        owner_id=things.owner.pk,
        created_at=at,
        changed_at=at,
    )
    definition = {
        "name": NAME,
        "connection": NAME,
        "read": {"starts_with": WORD},
        "entity": "contacts",
        "record_key": ["id"],
        "columns": [{"name": "id", "type": "text"}, {"name": WORD, "type": "text"}],
    }
    source = Source.objects.create(
        name=NAME,
        connection=connection,
        entity="contacts",
        definition=definition,
        owner=things.owner,
        is_reviewed=True,
    )
    run = SourceRun.objects.create(
        source=source,
        state="failed",
        mode="each",
        author=things.owner,
        message=WORD,
        read=1,
        rejected=1,
        started_at=at,
        ended_at=at,
    )
    source.last_run = run
    source.save()
    Rejection.objects.create(source=source, run=run, line=2, code="key_null", value=WORD, raw=WORD)
    things.run = run.pk


def _unified(things):
    """A dataset of that source: a version whose files are gone, a decision, a case to review."""
    at, owner = now(), things.owner
    definition = {"name": NAME, "entity": "contacts", "sources": [{"source": NAME}]}
    dataset = Dataset.objects.create(
        name=NAME, entity="contacts", definition=definition, owner=owner
    )
    rules = RuleVersion.objects.create(
        dataset=dataset,
        number=1,
        content={"identity": {"keys": [["id"]], "guard": {"blocked": {"id": [WORD]}}}},
        author=owner,
        applied_at=at,
    )
    build = DatasetBuild.objects.create(
        dataset=dataset,
        state="failed",
        author=owner,
        message=WORD,
        source_rows=1,
        started_at=at,
        ended_at=at,
    )
    version = DatasetVersion.objects.create(
        dataset=dataset,
        number=1,
        build=build,
        rules=rules,
        rows=0,
        source_rows=0,
        bytes=0,
        columns=[{"name": "id", "type": "text", "semantic": ""}],
        inputs={NAME: 1},
        as_of=at,
        definition={**definition, **rules.content},
        basis={"sources": [NAME]},
    )
    dataset.rules, dataset.version, dataset.last_build = rules, version, build
    dataset.save()
    sides = {"a": f"{NAME}/1", "b": f"{NAME}/2"}
    decision = Decision.objects.create(
        dataset=dataset, kind=Decision.APART, reason=WORD, author=owner, **sides
    )
    review = ReviewItem.objects.create(
        dataset=dataset, kind="refused", signature="0" * 64, facts={"value": WORD}, **sides
    )
    Lift.objects.create(dataset=dataset, column="id", value=WORD, author=owner)
    Pin.objects.create(dataset=dataset, record=sides["a"], column="id", value=WORD, author=owner)
    found = {f"related_rows:{WORD}": 1}
    things.erasure = Erasure.objects.create(
        dataset=dataset, state="done", found=found, removed=found, author=owner, ended_at=at
    ).pk
    things.build, things.decision, things.review = build.pk, decision.pk, review.pk


def state_of(things):
    """All that a stranger may not change, as one text."""
    model = data_model()
    found = []
    contacts = [("contact", id) for id in (things.binned, *things.others)]
    for name, id in (*things.records.items(), *contacts):
        table = model.object(name).table
        found.append(rows(sa.select(table).where(table.c.id == id)))
    ids = [*things.records.values(), things.binned, *things.others]
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
    found += [rows(sa.select(table)) for table in KEPT]
    found += [list(model.objects.filter(pk=id).values_list()) for model, id in owned]
    found += [list(model.objects.order_by("pk").values_list()) for model in DEFINITIONS + OTHERS]
    return json.dumps([[list(row) for row in each] for each in found], default=str)


def values_of(things, path, object_name="contact"):
    """The ids of foreign things for the parameters of an address."""
    before = path.split("<")[0].split("{")[0]
    known = {
        "object_name": object_name,
        "id": things.records[object_name],
        "activity": things.activity,
        "key": "deal_contact",
        "type_name": "deal_contact",
        "name": "email",
        "value": f"{WORD}@example.com",
        "user_id": things.owner.pk,
        "job_id": things.job,
        "import_id": things.import_,
        "export_id": things.export,
        "schedule_id": things.schedule,
        "template_id": things.template,
        "position": 1,
        "format": "csv",
        "notification_id": things.notification,
        "token_id": things.token,
        "secret": "x",
        "handle": "x",
        "stage": "won",
        "stage_name": "won",
        "stage_id": things.stage,
        "option": "en",
        "act": "edit",
        "group": "reversed",
        "kind": "folder",
        "connection": NAME,
        "number": things.run,
    }
    if "activities/" in before:
        known["id"] = things.activity
    if "tasks/" in before:
        known["id"] = things.records["task"]
    if "/bulk" in path:
        known["id"] = things.bulk
    if "unmerge" in path:
        known["id"] = things.others[-1]
    known["act"] = next((act for room, act in ACTS.items() if room in path), "edit")
    if any(room in path for room in ROOMS_OF_NAME):
        known["name"] = NAME
    known |= _of_customer_data(things, path, before)
    if "/panels/" in path:
        known["name"] = "lists"
    if "roles/" in before:
        known["name"] = "administrator"
    return known


def _of_datasets(things, path):
    """The parameters of addresses of datasets."""
    numbers = {"builds/": things.build, "decisions/": things.decision, "review/": things.review}
    number = next((value for room, value in numbers.items() if room in path), 1)
    key = "revenue_total" if "scores/" in path else "0" * 32
    keys = {"key": key, "one": f"{NAME}/1", "other": f"{NAME}/2", "score": "revenue_total"}
    return {**keys, "feed": NAME, "number": number}


def _of_customer_data(things, path, before):
    """The parameters of addresses of datasets, erasures and syncs."""
    if "syncs/" in before:
        acts = {"act": "cancel"} if "/runs/" in path else {}
        return {"number": things.sent, **acts}
    if "erasures/" in before:
        return {"number": things.erasure}
    return _of_datasets(things, path) if "datasets/" in before else {}
