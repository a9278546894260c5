"""What the API of exports takes."""

from typing import Any, ClassVar

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class ExportIn(Body):
    """What to write to a file; the fields are those of `export.Asked`."""

    sort: ClassVar[str] = N_("an export")
    object: str
    file: str = ""
    columns: list[str] | None = None
    filter: Any = None
    with_links: bool = True
    form: str = ""
    keys: str = "id"
