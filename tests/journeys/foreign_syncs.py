"""A sync that a member of no team may not reach: a run that failed, and a row that did."""

from tresse.datasets.models import Dataset
from tresse.kernel.clock import now
from tresse.syncs.models import Sync, SyncFault, SyncRow, SyncRun

SYNCS = (Sync, SyncRun, SyncRow, SyncFault)


def sync_of(owner, name, word):
    """A sync of the dataset of that name, with a word in what it says; answers its run."""
    at = now()
    definition = {
        "name": name,
        "dataset": name,
        "to": {"object": "contact"},
        "columns": [{"from": "id", "to": "last_name"}],
    }
    sync = Sync.objects.create(
        name=name,
        dataset=Dataset.objects.get(name=name),
        kind="crm",
        target="contact",
        definition=definition,
        state="active",
        since=1,
        owner=owner,
    )
    run = SyncRun.objects.create(
        sync=sync,
        state="failed",
        mode="new_and_existing",
        number=1,
        author=owner,
        code="not_confirmed",
        message=word,
        definition=definition,
        started_at=at,
        ended_at=at,
    )
    facts = {"sync": sync, "run": run, "key": word, "golden_id": "0" * 32, "sort": "added"}
    facts |= {"status": "failed", "code": "not_confirmed", "message": word}
    SyncRow.objects.create(**facts, at=at)
    SyncFault.objects.create(**facts, first_at=at, last_at=at)
    sync.last_run = run
    sync.save()
    return run.pk
