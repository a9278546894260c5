"""How long an import is kept: its report 24 months, its file 30 days (T75)."""

from datetime import timedelta

from tresse.transfers.models import Import
from tresse.transfers.prepare import file_of
from tresse.transfers.refusals import IMPORT_FILE_GONE

FILE_DAYS = 30
REPORT_MONTHS = 24
FILE_KEPT = timedelta(days=FILE_DAYS)
REPORT_KEPT = timedelta(days=REPORT_MONTHS * 365 // 12)


def is_file_there(row: Import) -> bool:
    """Whether the file of an import is still kept."""
    return file_of(row.pk).exists()


def require_file(row: Import) -> None:
    """Go on only while the file of an import is kept.

    Raises:
        TresseError: `link_expired`; it went after 30 days.
    """
    if not is_file_there(row):
        raise IMPORT_FILE_GONE(file=row.file_name, days=FILE_DAYS)
