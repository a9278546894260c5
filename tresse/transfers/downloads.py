"""Files that pages and the API hand out: of reports and of exports."""

import tempfile
from pathlib import Path

from django.http import FileResponse

from tresse.accounts.actor import Actor
from tresse.kernel.clock import now
from tresse.transfers.activities import import_model
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.error_file import format_of, write_error_file
from tresse.transfers.models import Export, Import
from tresse.transfers.refusals import EXPORT_NOT_READY, FILE_GONE
from tresse.transfers.report import write_findings
from tresse.transfers.samples import write_sample

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "jsonl": "application/jsonl",
}


def findings_file(row: Import) -> FileResponse:
    """All findings of an import as CSV, to be saved (T78)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "findings.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            write_findings(row, out)
        # Open, it outlives its folder.
        file = path.open("rb")
    name = f"import-{row.pk}-findings.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES["csv"])


def error_file(row: Import) -> FileResponse:
    """The error file of an import, to be saved; in the format of its file (T77)."""
    format = format_of(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"errors.{format}"
        write_error_file(row, path, format=format)
        # Open, it outlives its folder.
        file = path.open("rb")
    name = f"import-{row.pk}-errors.{format}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[format])


def sample_file(object_name: str, format: str, *, actor: Actor) -> FileResponse:
    """The sample file of an object type, to be saved (T90).

    Raises:
        TresseError: as `samples.write_sample`.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample"
        write_sample(object_name, format, path, actor=actor)
        file = path.open("rb")
    name = f"{import_model(object_name).object(object_name).slug}-sample.{format}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[format])


def export_file(row: Export) -> FileResponse:
    """The file of an export, to be saved.

    Raises:
        TresseError: `wrong_state`; it is not written yet. `link_expired`; the file is gone.
    """
    if row.state != "done":
        raise EXPORT_NOT_READY(state=row.state, wanted="done")
    if row.expires_at is not None and row.expires_at < now():
        raise FILE_GONE(file=row.file_name)
    try:
        file = path_of(row.pk).open("rb")
    except FileNotFoundError:
        raise FILE_GONE(file=row.file_name) from None
    return FileResponse(
        file,
        as_attachment=True,
        filename=row.file_name,
        content_type=TYPES[row.settings.get("format", "csv")],
    )
