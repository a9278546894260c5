"""Files that pages and the API hand out: of reports and of exports."""

from collections.abc import Callable
from io import StringIO

from django.http import FileResponse, HttpResponse

from tresse.transfers.changes.exporting import path_of
from tresse.transfers.models import Export, Import
from tresse.transfers.refusals import FILE_GONE, WRONG_STATE


def report_file(row: Import, name: str, write: Callable[[Import, StringIO], int]) -> HttpResponse:
    """A file that `write` makes of an import."""
    out = StringIO()
    write(row, out)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{row.pk}-{name}.csv"'
    return response


def export_file(row: Export) -> FileResponse:
    """The file of an export, to be saved.

    Raises:
        TresseError: `wrong_state`; it is not written yet. `link_expired`; the file is gone.
    """
    if row.state != "done":
        raise WRONG_STATE(state=row.state, wanted="done")
    try:
        file = path_of(row.pk).open("rb")
    except FileNotFoundError:
        raise FILE_GONE(file=row.file_name) from None
    return FileResponse(
        file,
        as_attachment=True,
        filename=row.file_name,
        content_type="text/csv; charset=utf-8",
    )
