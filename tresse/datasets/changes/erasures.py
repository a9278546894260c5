"""Erasing a person everywhere (D90 to D93), and letting someone come back."""

from django.db import transaction
from django.db.models import Q, QuerySet

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.erasing.looking import Found, found, scope_of_crm, scope_of_key
from tresse.datasets.erasing.refusals import ALREADY_LIFTED, NOT_ENDED, UNKNOWN_ERASURE
from tresse.datasets.models import Dataset, Erasure
from tresse.datasets.queries import published
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.kernel.clock import now
from tresse.objects.described import ObjectDef, data_model
from tresse.records.visibility import found as require_record
from tresse.sources.versions import engine

ERASE = "erase"
"Kind of the job."
RIGHT = "people.erase"


def erasures(actor: Actor) -> QuerySet[Erasure]:
    """All erasures, latest first.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, RIGHT)
    return Erasure.objects.select_related("author", "dataset", "job", "lifted_by").order_by("-id")


def erasure_numbered(number: int, actor: Actor) -> Erasure:
    """One erasure.

    Raises:
        TresseError: `not_permitted`, `unknown_name`.
    """
    row = erasures(actor).filter(pk=number).first() if 0 < number < 2**63 else None
    if row is None:
        raise UNKNOWN_ERASURE(number=number)
    return row


def find(dataset: Dataset, key: str, *, actor: Actor) -> Found:
    """All that is found of a person of a dataset; nothing is changed (D90).

    Args:
        dataset: A built one.
        key: As `explain` takes it: an id, `source/key`, an e-mail …
        actor: Needs `people.erase`.

    Raises:
        TresseError: `not_permitted`, `not_built`, `unknown_record`, `several_records`.
    """
    require_right(actor, RIGHT)
    version = published(dataset)
    version.dataset = dataset
    with engine() as session:
        return found(session, scope_of_key(session, version, key))


def find_record(object: ObjectDef, id: int, *, actor: Actor) -> Found:
    """All that is found of the person that a record of the CRM is; nothing is changed.

    Raises:
        TresseError: `not_permitted`, `record_not_found`.
    """
    require_right(actor, RIGHT)
    require_record(data_model(), object, [id], actor)
    with engine() as session:
        return found(session, scope_of_crm(session, object, id))


def erase(seen: Found, *, actor: Actor) -> Erasure:
    """Erase the person that was found, as a job. It cannot be taken back.

    A person whose erasure goes on already is not erased twice: that erasure is answered.

    Args:
        seen: As `find` or `find_record` answered it.
        actor: Needs `people.erase`.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, RIGHT)
    scope = seen.scope
    who = scope.person.ids[0] if scope.person.ids else _records(seen)
    with transaction.atomic():
        row = Erasure.objects.create(
            dataset=Dataset.objects.filter(name=scope.dataset).first() if scope.dataset else None,
            author_id=actor.user_id,
        )
        job = jobs.enqueue(
            ERASE,
            arguments={"erasure_id": row.pk, "scope": scope.stored()},
            actor=actor,
            target=str(row.pk),
            link=f"/erasures/{row.pk}/",
            unique=f"{ERASE}:{scope.dataset}:{who}",
        )
        if job.arguments["erasure_id"] != row.pk:
            row.delete()
            return Erasure.objects.get(pk=job.arguments["erasure_id"])
        row.job = job
        row.save(update_fields=["job"])
        audit.log(actor, "person.erase", str(row.pk), after={"dataset": scope.dataset})
    return row


def _records(seen: Found) -> str:
    return ",".join(map(str, seen.scope.person.every_record()))


def end_erasure(job: Job) -> None:
    """Bring an erasure in line with how its job ended, and forget who it was about."""
    row = Erasure.objects.filter(pk=job.arguments.get("erasure_id")).first()
    if row is not None and row.state != "done":
        row.state, row.ended_at = job.state, now()
        row.save(update_fields=["state", "ended_at"])
    Job.objects.filter(pk=job.pk).update(arguments={"erasure_id": job.arguments.get("erasure_id")})


def lift(row: Erasure, *, actor: Actor) -> Erasure:
    """Let somebody come back: from now on their rows enter again (D92).

    Raises:
        TresseError: `not_permitted`, `wrong_state`.
    """
    require_right(actor, RIGHT)
    with transaction.atomic():
        row = Erasure.objects.select_for_update().get(pk=row.pk)
        if row.lifted_at is not None:
            raise ALREADY_LIFTED(number=row.pk)
        if row.state != "done":
            raise NOT_ENDED(number=row.pk)
        row.lifted_at, row.lifted_by_id = now(), actor.user_id
        row.save(update_fields=["lifted_at", "lifted_by"])
        row.tombstones.filter(Q(lifted_at=None)).update(lifted_at=row.lifted_at)
        audit.log(actor, "person.lift", str(row.pk))
    return row
