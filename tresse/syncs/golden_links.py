"""Where syncs wrote a golden record: on its page, links to its records in the CRM (D130a)."""

from collections.abc import Iterator

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.datasets.golden_links import GoldenLink, GoldenLinks, record_links
from tresse.datasets.models import Dataset
from tresse.objects.described import data_model
from tresse.syncs.models import SyncState

CRM = "crm"
"Kind of the destination whose rows are records of this installation."
MOST = 20


def written_to(dataset: Dataset, golden_id: str, actor: Actor) -> Iterator[GoldenLink]:
    """Records of the CRM that a golden record was written to, then other places by their sync."""
    found = SyncState.objects.filter(sync__dataset=dataset, golden_id=golden_id)
    states = list(found.select_related("sync").order_by("sync__name", "key")[:MOST])
    if not states:
        return
    known = {each.name: each for each in data_model().objects}
    for each in states:
        sync, object_ = each.sync, known.get(each.sync.target)
        about = gettext("by the sync {name}").format(name=sync.name)
        if sync.kind != CRM:
            yield GoldenLink(each.remote or sync.target, about, f"/syncs/{sync.name}/", "send")
        elif object_ is not None and each.remote.isdecimal():
            yield from record_links(object_, [int(each.remote)], about, actor)


LINKS = (GoldenLinks("syncs", written_to),)
