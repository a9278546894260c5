"""What refused a check or a run in its job, kept to be shown at its columns (T79)."""

import json

from tresse.jobs.work import Work
from tresse.kernel.errors import Refusal, TresseError
from tresse.transfers.models import Import
from tresse.transfers.prepare import Prepared, prepared

REFUSED = "refused"


def ready_for(row: Import, work: Work) -> Prepared:
    """The import ready to be planned; a finding of level file or column is kept and raised.

    Raises:
        TresseError: As `prepared`.
    """
    try:
        return prepared(row, actor=work.actor)
    except TresseError as error:
        details = json.loads(json.dumps(error.details, default=str))
        told = {"code": error.code, "status": error.status, "sentence": error.template}
        row.plan_facts[REFUSED] = {**told, "details": details}
        row.save(update_fields=["plan_facts"])
        raise


def refusal_of(row: Import) -> TresseError | None:
    """What refused the import in its job, if anything did since it was last changed."""
    kept = row.plan_facts.get(REFUSED)
    if not kept or row.state != "failed":
        return None
    return Refusal(kept["code"], kept["status"], kept["sentence"])(**kept["details"])
