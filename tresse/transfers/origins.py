"""What histories and timelines call an import."""

from collections.abc import Iterable, Mapping

from tresse.kernel.marks import N_
from tresse.records.origins import Origin
from tresse.transfers.models import Import


def _described(ids: Iterable[int]) -> Mapping[int, tuple[str, str]]:
    found = Import.objects.filter(pk__in=set(ids)).values_list("pk", "file_name")
    return {id: (name, f"/imports/{id}/") for id, name in found}


ORIGINS = (Origin("import", N_("Import"), _described),)
